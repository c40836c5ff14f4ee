// Colour and 关怀版 at once, without a reload; the form works without this script.
import { all, find } from "./dom.js";

const YEAR_S = 365 * 24 * 3600;
/** @type {Record<string, string>} */
const DEFAULTS = { theme: "auto", mode: "standard" };

/**
 * @param {string} name theme | mode
 * @param {string} value
 */
function choose(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax`;
  const root = document.documentElement;
  if (value === DEFAULTS[name]) root.removeAttribute(`data-${name}`);
  else root.setAttribute(`data-${name}`, value);
  for (const button of all(`[data-display] button[name=${name}]`)) {
    const pressed = button.getAttribute("value") === value;
    button.setAttribute("aria-pressed", String(pressed));
  }
}

/** Wires the display switches in the footer; the language needs a new page and is posted. */
export function startTheme() {
  find("[data-display]")?.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button || !(button.name in DEFAULTS)) return;
    event.preventDefault();
    choose(button.name, button.value);
  });
}

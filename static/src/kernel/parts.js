// Parts of a page that come anew from the server while the rest, and what is opened, stays.
import { all } from "./dom.js";
import { send } from "./http.js";

/**
 * Puts the live parts ([data-live], known by id) of the page's fresh answer in place of the old.
 * Nothing is touched while a dialog is open or somebody writes inside such a part.
 * @param {string} [place] where the page is
 * @returns {Promise<boolean>} whether the parts were put in
 */
export async function freshen(place = location.pathname + location.search) {
  const answer = await send("GET", place, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (document.querySelector("dialog[open]")) return false;
  const opened = all("details[open]").map((one) => one.id);
  for (const part of all("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    const writes = part.contains(document.activeElement) && isField(document.activeElement);
    if (newer && !writes && !newer.isEqualNode(part)) {
      const held = /** @type {HTMLAnchorElement | null} */ (document.activeElement)?.href;
      part.replaceChildren(...newer.childNodes);
      if (held) focusAgain(part, held);
    }
  }
  for (const one of all("details"))
    if (one.id) one.toggleAttribute("open", opened.includes(one.id));
  return true;
}

/** @param {Element | null} node */
function isField(node) {
  return node?.matches("input, textarea, select") ?? false;
}

/** @param {Element} part @param {string} href */
function focusAgain(part, href) {
  const links = /** @type {HTMLAnchorElement[]} */ (all("a[href]", part));
  links.find((link) => link.href === href)?.focus({ preventScroll: true });
}

// The choice between the table and the hall in three dimensions; the table is always in the page.
import { el } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { probe } from "./power.js";

/** @typedef {import("../openings/state.js").Hall} Hall */
/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/** @typedef {import("./facts.js").Own} Own */
/** @typedef {"table" | "scene"} Choice */

const KEPT = "hall-view";

/** @returns {Choice} */
function remembered() {
  try {
    return localStorage.getItem(KEPT) === "scene" ? "scene" : "table";
  } catch {
    return "table";
  }
}

/** @param {Choice} choice */
function remember(choice) {
  try {
    localStorage.setItem(KEPT, choice);
  } catch {
    // Without storage the choice holds for this page.
  }
}

const night = matchMedia("(prefers-color-scheme: dark)");

/** What the page shows, by its own setting or the system's. @returns {import("./themes.js").ThemeName} */
function themeNow() {
  const set = document.documentElement.dataset.theme;
  const dark = set ? set === "dark" : night.matches;
  return dark ? "night" : "day";
}

/**
 * Wires the switch. Without WebGL there is none and nothing is lost.
 * @param {object} by
 * @param {HTMLElement} by.box where the scene is mounted
 * @param {HTMLElement} by.buttons where the two buttons go
 * @param {() => Hall} by.hall
 * @param {string} [by.title] of the lot
 * @param {import("./desks.js").Cast} [by.cast]
 * @param {(seat: number) => void} [by.chosen] a place was chosen in the scene
 * @param {HTMLElement} [by.rows] the table: a row pointed at is shown in the scene
 */
export function hallViews({ box, buttons, hall, title, cast, chosen, rows }) {
  /** @type {Own} */
  const own = {};
  /** @type {import("./index.js").Mounted | null} */
  let mounted = null;
  let choice = /** @type {Choice} */ ("table");
  let acting = /** @type {"host" | "deputy"} */ ("host");
  const pick = (/** @type {Choice} */ name, /** @type {string} */ words) => {
    const button = el("button", { type: "button", class: "btn sm", "data-choice": name }, words);
    button.addEventListener("click", () => {
      remember(name);
      void choose(name);
    });
    return button;
  };
  const both = [pick("table", _("表格")), pick("scene", _("立体"))];

  function press() {
    for (const button of both) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === choice));
    }
    box.hidden = choice !== "scene";
  }

  /** @param {Choice} name */
  async function choose(name) {
    choice = name;
    press();
    if (name === "table") {
      mounted?.dispose();
      mounted = null;
      return;
    }
    if (mounted) return;
    const { mountHall } = await import("./index.js").catch(() => ({ mountHall: null }));
    if (!mountHall || choice !== "scene") {
      if (!mountHall) back();
      return;
    }
    const made = await mountHall(box, { hall: hall(), theme: themeNow(), title, cast });
    if (choice !== "scene") {
      made.dispose();
      return;
    }
    mounted = made;
    mounted.own(own);
    mounted.act(acting);
  }

  /** @param {Event} event in the table */
  function point({ target }) {
    const row = /** @type {Element} */ (target).closest("tr[data-seat]");
    mounted?.select(row ? Number(row.getAttribute("data-seat")) : null);
  }

  /** The table alone: the scene could not be had, or was taken away. */
  function back() {
    choice = "table";
    mounted = null;
    press();
  }

  if (probe().webgl) {
    buttons.replaceChildren(...both);
    buttons.hidden = false;
    box.addEventListener("hall3d:lost", back);
    box.addEventListener("hall3d:seat", (event) =>
      chosen?.(/** @type {CustomEvent} */ (event).detail.seat),
    );
    for (const kind of ["pointerover", "focusin"]) rows?.addEventListener(kind, point);
    const redress = () => mounted?.setTheme(themeNow());
    new MutationObserver(redress).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    night.addEventListener("change", redress);
    void choose(remembered());
  }

  return {
    /** @param {Hall} next @param {LiveEvent | null} event */
    update: (next, event) => mounted?.update(next, event),
    /** My place, my sign-in, who is present. @param {Own} change */
    own(change) {
      const names = /** @type {(keyof Own)[]} */ (Object.keys(change));
      if (names.every((name) => own[name] === change[name])) return;
      Object.assign(own, change);
      mounted?.own(change);
    },
    /** @param {"host" | "deputy"} desk */
    act(desk) {
      acting = desk;
      mounted?.act(desk);
    },
  };
}

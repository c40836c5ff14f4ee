// The wall's tiles with a still of each sitting's picture; it stays when the board is drawn anew.
import { all, el } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { thumbnail } from "./thumbnail.js";

const EVERY_MS = 10_000;

/** @type {Map<string, HTMLCanvasElement>} */
const stills = new Map();
let timer = 0;

/** Fills the slots of the board as it stands now. */
export function wallPictures() {
  for (const slot of all("[data-picture]")) {
    const still = stills.get(slot.dataset.picture ?? "");
    slot.hidden = still === undefined;
    if (!still) continue;
    // Two lots of one sitting have a tile each.
    const own = el("canvas", { role: "img", "aria-label": _("现场画面的静帧") });
    own.width = still.width;
    own.height = still.height;
    own.getContext("2d")?.drawImage(still, 0, 0);
    slot.replaceChildren(own);
  }
  if (timer === 0) timer = window.setTimeout(look, 0);
}

async function look() {
  const wanted = new Set(all("[data-picture]").map((slot) => slot.dataset.picture ?? ""));
  for (const sitting of document.hidden ? [] : wanted) {
    const still = stills.get(sitting) ?? el("canvas");
    const shown = await thumbnail(still, sitting).catch(() => false);
    if (shown) stills.set(sitting, still);
    else stills.delete(sitting);
  }
  timer = window.setTimeout(look, EVERY_MS);
  wallPictures();
}

// The lots of one sitting as tabs: where each of them is in its life, while this one is on the page.
import { chip, el, replace } from "../kernel/dom.js";
import { getJson } from "../kernel/http.js";
import { follow } from "../kernel/live.js";
import { _ } from "../kernel/words.js";
import { stageNames } from "./rail-view.js";

/** @typedef {{id: string, number: string, name: string, live_id: string}} Lot */

/**
 * Fills the tabs; a lot that is opened alone has none.
 * @param {HTMLElement} box
 * @param {Lot[]} lots
 * @param {string} here the lot on the page
 * @param {string} [place] "/host" on the host's console
 * @returns {(stage: string, paused: boolean) => void} tells where the lot on the page is
 */
export function lotTabs(box, lots, here, place = "") {
  if (lots.length < 2) return () => {};
  /** @type {Map<string, HTMLElement>} */
  const chips = new Map();
  const tabs = lots.map((lot) => {
    const state = el("span", { class: "lot-state" });
    chips.set(lot.id, state);
    const href = `/lots/${lot.id}/hall${place}`;
    const current = lot.id === here ? "page" : null;
    return el("a", { href, "aria-current": current }, lot.name, " ", state);
  });
  const show = (/** @type {string} */ id, /** @type {string} */ stage, paused = false) => {
    const node = chips.get(id);
    const word = paused ? _("已暂停") : (stageNames()[stage] ?? stage);
    if (!node || node.dataset.word === word) return;
    node.dataset.word = word;
    replace(node, mark(stage, paused, word));
  };
  box.hidden = false;
  replace(box, ...tabs);
  for (const lot of lots) if (lot.id !== here) void listen(lot, show);
  return (stage, paused) => show(here, stage, paused);
}

/** @param {string} stage @param {boolean} paused @param {string} word */
function mark(stage, paused, word) {
  if (paused) return chip("neutral", word, "pause");
  if (["failed_too_few", "cancelled"].includes(stage)) return chip("refused", word);
  return stage === "closed" ? chip("done", word) : chip("progress", word);
}

/** @param {Lot} lot @param {(id: string, stage: string, paused?: boolean) => void} show */
async function listen(lot, show) {
  const told = await getJson(`/lots/${lot.id}/hall/state`).catch(() => null);
  if (!told) return;
  let { stage, paused } = told;
  show(lot.id, stage, paused);
  follow(lot.live_id, {
    after: told.last_seq,
    onEvent({ kind, payload }) {
      if (kind === "stage_changed") stage = payload.stage;
      if (kind === "paused" || kind === "resumed") paused = kind === "paused";
      show(lot.id, stage, paused);
    },
  });
}

// The lots of one sitting as tabs: where each of them is in its life, while this one is on the page.
import { chip, el, replace } from "../kernel/dom.js";
import { getJson } from "../kernel/http.js";
import { follow } from "../kernel/live.js";
import { _ } from "../kernel/words.js";
import { stageNames } from "./stage-names.js";
import { initial, reduce } from "./state.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {{id: string, number: string, name: string, live_id: string}} Lot */
/** @typedef {(id: string, stage: string, paused: boolean, needed?: boolean) => void} Show */

/**
 * Fills the tabs; a lot that is opened alone has none.
 * @param {HTMLElement} box
 * @param {Lot[]} lots
 * @param {string} here the lot on the page
 * @param {object} [host] on the host's console
 * @param {string} [host.place] "/host"
 * @param {(hall: Hall) => boolean} [host.wants] whether a lot waits for the host
 * @returns {(hall: Hall) => void} tells where the lot on the page is
 */
export function lotTabs(box, lots, here, { place = "", wants } = {}) {
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
  /** @type {Show} */
  const show = (id, stage, paused, needed = false) => {
    const node = chips.get(id);
    const name = paused ? _("已暂停") : (stageNames()[stage] ?? stage);
    const word = needed ? _("%(stage)s，等你操作", { stage: name }) : name;
    if (!node || node.dataset.word === word) return;
    node.dataset.word = word;
    replace(node, needed ? chip("need", word) : mark(stage, paused, word));
  };
  const tell = (/** @type {string} */ id, /** @type {Hall} */ hall) =>
    show(id, hall.stage, hall.paused !== null, wants?.(hall));
  box.hidden = false;
  replace(box, ...tabs);
  for (const lot of lots) {
    if (lot.id === here) continue;
    if (wants) fold(lot, tell);
    else void listen(lot, show);
  }
  return (hall) => tell(here, hall);
}

/** For the host the whole stream says what the lot waits for. @param {Lot} lot @param {(id: string, hall: Hall) => void} tell */
function fold(lot, tell) {
  let hall = initial;
  follow(lot.live_id, {
    onEvent(event) {
      hall = reduce(hall, event);
      tell(lot.id, hall);
    },
  });
}

/** @param {string} stage @param {boolean} paused @param {string} word */
function mark(stage, paused, word) {
  if (paused) return chip("neutral", word, "pause");
  if (["failed_too_few", "cancelled"].includes(stage)) return chip("refused", word);
  return stage === "closed" ? chip("done", word) : chip("progress", word);
}

/** @param {Lot} lot @param {Show} show */
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

// The reading desk of the room: one pane that follows the sheet's bid, and a second one to compare.
import { el } from "../../kernel/dom.js";
import { bookmarks } from "./bookmarks.js";
import { Pane } from "./pane.js";

/** @typedef {import("./pane.js").Bid} Bid */

/**
 * @param {HTMLElement} box
 * @param {{room: string, engine: import("./paper.js").Engine, bids: Bid[], owner: string}} of
 */
export function readingDesk(box, { room, engine, bids, owner }) {
  const marks = bookmarks(localStorage, owner);
  const setting = { room, engine, bids, marks };
  const first = el("div", { class: "pane" });
  const second = el("div", { class: "pane", hidden: true });
  box.replaceChildren(first, second);
  /** @type {Pane | null} */
  let other = null;

  const close = () => {
    other?.close();
    other = null;
    second.replaceChildren();
    second.hidden = true;
    box.classList.remove("two");
    pane.showCompared(false);
  };
  const compare = (/** @type {boolean} */ on) => {
    if (!on) {
      close();
      return;
    }
    const neighbour = bids.find(({ number }) => number !== pane.bid);
    if (!neighbour) {
      pane.showCompared(false);
      return;
    }
    second.hidden = false;
    box.classList.add("two");
    other = new Pane(second, {
      ...setting,
      choosable: true,
      onClose: close,
      onScroll: (at) => pane.follow(at),
    });
    void other.open(neighbour.number, pane.part).then(() => {
      if (pane.sheets) other?.follow(pane.sheets.place());
    });
  };
  const pane = new Pane(first, {
    ...setting,
    onCompare: compare,
    onScroll: (at) => other?.follow(at),
  });

  return {
    /** @param {number} bid */
    open: (bid) => pane.open(bid, pane.part),
    close() {
      close();
      pane.close();
    },
  };
}

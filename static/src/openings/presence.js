// The presence line, and who is told when nobody presides any more. Nothing before the list: no
// frame comes then.
import { el, icon, replace } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { hostGone } from "./sitting-state.js";

/** @typedef {{roles: {[role: string]: number}, seats: {lot: string, seat: number}[], names?: {[role: string]: string}}} Frame */

/** The seats of one lot that are on line. @param {Frame} frame @param {string} lot */
export const seatsHere = (frame, lot) =>
  frame.seats.filter((one) => one.lot === lot).map(({ seat }) => seat);

const PATIENCE_MS = 8_000; // a host who reloads the page is not gone

/**
 * @param {Frame} frame
 * @param {{lot: string, bids: {seat: number}[]}} here the lot on the page and its list
 * @returns {string} the line in words
 */
export function presenceLine(frame, { lot, bids }) {
  const { roles } = frame;
  const mine = seatsHere(frame, lot).length;
  return [
    roles.host ? _("主持在场") : _("主持不在线"),
    roles.deputy ? _("副主持在场") : "",
    roles.supervisor ? _("监督在场") : _("监督不在线"),
    roles.witness ? _("见证在场") : "",
    _("投标人 %(here)s/%(all)s", { here: mine, all: bids.length }),
    _("公众 %(n)s", { n: roles.public ?? 0 }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Draws the line and marks the seats that are on line.
 * @param {HTMLElement} box
 * @param {object} page
 * @param {string} page.lot
 * @param {() => {seat: number}[] | null} page.bids
 * @param {(gone: boolean) => void} [page.gone] told when nobody presides, and when somebody does again
 */
export function presencePart(box, { lot, bids, gone = () => {} }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let missed = false;
  const miss = (/** @type {boolean} */ now) => {
    if (missed === now) return;
    missed = now;
    gone(now);
  };
  return {
    /** @param {Frame} frame */
    show(frame) {
      const list = bids();
      if (!list) return;
      const line = presenceLine(frame, { lot, bids: list });
      if (box.textContent !== line) replace(box, icon("user"), el("span", {}, line));
      box.hidden = false;
      mark(frame, lot);
      clearTimeout(waiting);
      if (!hostGone(frame)) miss(false);
      else waiting = setTimeout(() => miss(true), PATIENCE_MS);
    },
    /** The session is over, or the line is down: nothing is known. */
    hide() {
      clearTimeout(waiting);
      box.hidden = true;
      miss(false);
      mark({ roles: {}, seats: [] }, lot);
    },
  };
}

/** A row of the table carries whether its seat is on line. @param {Frame} frame @param {string} lot */
function mark(frame, lot) {
  const here = new Set(seatsHere(frame, lot).map(String));
  for (const row of document.querySelectorAll("#bids tr[data-seat]")) {
    const { dataset } = /** @type {HTMLElement} */ (row);
    row.toggleAttribute("data-here", here.has(dataset.seat ?? ""));
  }
}

// What has come out so far, below the task: prices and ranking, the report, what was revealed.
import { all, replace } from "../kernel/dom.js";
import { getJson } from "../kernel/http.js";
import { LINE } from "./state.js";
import { pricePanel } from "./price-view.js";
import { qualificationPanel, technicalPanel } from "./results-view.js";
import { securityPanel } from "./security-view.js";
import { signingPanel } from "./signing-view.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {import("./signing-view.js").Word} Word */
/**
 * @typedef {object} By
 * @property {(results: any) => void} confirm
 * @property {(word: Word) => void} sign
 */

/** @param {HTMLElement} box @param {By} by */
export function outcome(box, { confirm, sign }) {
  /** @type {any} */
  let results = null;
  /** @type {any} */
  let report = null;
  let fetched = "";
  let shown = "";

  /** @param {Room} room @param {boolean} ready */
  function draw(room, ready) {
    const own = [room.stage, room.confirmed, room.signed, room.bids];
    const key = JSON.stringify([results, report, own, ready]);
    if (key === shown) return;
    shown = key;
    const open = new Set(all("details[open] > summary", box).map((one) => one.textContent));
    const member = room.role === "member";
    const at = LINE.indexOf(room.stage);
    const panels = [
      at >= LINE.indexOf("signing") && room.stage !== "failed"
        ? signingPanel(room, report, { sign: member ? sign : null, ready })
        : null,
      results
        ? pricePanel(room, results, {
            confirm: member && room.stage === "price" ? () => confirm(results) : null,
          })
        : null,
      results ? technicalPanel(room, results) : null,
      results ? qualificationPanel(room, results) : null,
      at >= LINE.indexOf("qualification") ? securityPanel(room) : null,
    ];
    // What is being written is not swept away by somebody else's signature.
    const form = box.querySelector("#sign-form");
    if (form?.contains(document.activeElement) && panels[0]?.querySelector("#sign-form")) {
      panels[0].querySelector("#sign-form")?.replaceWith(form);
    }
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    replace(box, ...panels);
    if (focused && box.contains(focused)) focused.focus();
    for (const summary of all("details > summary", box)) {
      if (open.has(summary.textContent)) summary.closest("details")?.toggleAttribute("open", true);
    }
  }

  return {
    draw,
    /**
     * Fetches what the stage has revealed; asked again only when something moved on.
     * @param {Room} room @param {boolean} ready
     */
    async refresh(room, ready) {
      const at = LINE.indexOf(room.stage);
      const mark = JSON.stringify([
        room.stage,
        room.confirmed,
        room.signed,
        room.reported,
        room.seq,
      ]);
      if (mark === fetched || room.stage === "failed") return;
      const path = `/evaluations/${room.room}`;
      if (at > LINE.indexOf("qualification") && mayRead(room)) {
        results = await getJson(`${path}/results`);
      }
      if (at >= LINE.indexOf("signing")) report = await getJson(`${path}/report`);
      fetched = mark;
      draw(room, ready);
    },
  };
}

/** The centre hosts the room and learns the outcome from the report alone. @param {Room} room */
const mayRead = (room) =>
  room.role === "supervisor" || (room.role === "member" && room.state === "pledged");

// What every hall page does: fold the stream, draw rail, table, trustees and ledger, say what is new.
import { all, find, pageData, qs } from "../kernel/dom.js";
import { showRefusal } from "../kernel/http.js";
import { ledger } from "../kernel/ledger.js";
import { follow } from "../kernel/live.js";
import { say } from "../kernel/say.js";
import { _ } from "../kernel/words.js";
import { bidsTable } from "./bids-view.js";
import { drawDraw } from "./draw-view.js";
import { initial, reduce, reduceAll } from "./state.js";
import { taskPanel } from "./task-view.js";
import { drawCommittee, drawRail, ledgerRow } from "./views.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./tasks.js").Task} Task */
/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/**
 * @typedef {object} Page
 * @property {{id: string, number: string, name: string}} lot
 * @property {string} live_id
 * @property {LiveEvent[]} events
 * @property {"public" | "bidder" | "host" | "supervisor"} role
 * @property {boolean} demo
 * @property {string} csrf_token
 * @property {string} upload_url
 * @property {string} phone
 */

/**
 * Starts the page; `taskOf` says what is asked of whoever looks.
 * @param {object} by
 * @param {(hall: Hall) => Task} by.taskOf
 * @param {(id: string, hall: Hall) => Promise<unknown>} by.perform
 * @param {(form: NonNullable<Task["form"]>, hall: Hall) => Node} [by.extra]
 * @param {() => string | null} [by.pseudonym] my own row
 * @param {(seat: number) => void} [by.readOut]
 * @param {(seat: number) => void} [by.excuse]
 * @param {(hall: Hall) => void} [by.drawn] after each drawing
 */
export function startHall({ taskOf, perform, extra, pseudonym, readOut, excuse, drawn }) {
  /** @type {Page} */
  const page = pageData();
  let hall = reduceAll(initial, page.events);
  const rows = ledger("ledger");
  for (const event of page.events) rows.add(ledgerRow(event));
  for (const row of all("#ledger .new")) row.classList.remove("new");
  const act = async (/** @type {string} */ id) => {
    const refusal = find("[data-refusal]", qs("#task"));
    if (refusal) refusal.hidden = true;
    try {
      await perform(id, hall);
      // What I did is on the stream; without a socket it would show at the next poll only.
      await line.refresh().catch(() => {});
    } catch (error) {
      draw();
      showRefusal(qs("[data-refusal]", qs("#task")), error);
    }
  };
  const panel = taskPanel(qs("#task"), {
    perform: (id) => void act(id),
    extra: extra ? (form) => extra(form, hall) : undefined,
  });
  const bids = bidsTable(qs("#bids"));
  const draw = () => {
    const task = taskOf(hall);
    drawRail(qs("#rail"), hall, task.tone === "need");
    panel.show(task, hall);
    bids(hall, { pseudonym: pseudonym?.() ?? null, readOut, excuse });
    const draws = find("#draw");
    if (draws) drawDraw(draws, hall);
    drawCommittee(qs("#committee"), hall, page.phone);
    drawn?.(hall);
  };
  const caption = find("[data-say]");
  if (caption && hall.caption) {
    caption.textContent = hall.caption;
    const line = /** @type {HTMLElement | null} */ (caption.closest(".say"));
    if (line) line.hidden = false;
  }
  draw();
  const line = follow(page.live_id, {
    after: hall.seq,
    kept: _("已完成的步骤都在服务器上，断线期间的事件会补齐。"),
    onEvent(event) {
      hall = reduce(hall, event);
      rows.add(ledgerRow(event));
      if (event.payload?.say) say(event.payload.say);
      draw();
    },
    onGap: rows.gap,
  });
  return { page, draw, hall: () => hall };
}

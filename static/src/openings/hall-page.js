// What every hall page does: fold the stream, draw rail, table, trustees and ledger, say what is new.
import { all, find, pageData, qs } from "../kernel/dom.js";
import { showRefusal } from "../kernel/http.js";
import { ledger } from "../kernel/ledger.js";
import { follow } from "../kernel/live.js";
import { caption, say } from "../kernel/say.js";
import { _ } from "../kernel/words.js";
import { hallViews } from "../hall3d/switch.js";
import { bidsTable } from "./bids-view.js";
import { chatDrawer } from "./chat-drawer.js";
import { drawDraw } from "./draw-view.js";
import { lotTabs } from "./lots-view.js";
import { drawRail } from "./rail-view.js";
import { startSitting } from "./sitting.js";
import { initial, reduce, reduceAll } from "./state.js";
import { taskPanel } from "./task-view.js";
import { drawCommittee, ledgerRow } from "./views.js";
import { drawWindows } from "./windows-view.js";

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
 * @property {import("./sitting.js").Told} sitting
 * @property {{name: string} | null} [me]
 * @property {[string, string][]} [script] what a host says at each stage
 */

/**
 * Starts the page; `taskOf` says what is asked of whoever looks.
 * @param {object} by
 * @param {(hall: Hall) => Task} by.taskOf
 * @param {(id: string, hall: Hall) => Promise<unknown>} by.perform
 * @param {(form: NonNullable<Task["form"]>, hall: Hall) => Node} [by.extra]
 * @param {() => string | null} [by.pseudonym] my own row
 * @param {() => boolean} [by.signedIn] that I have signed in; this browser alone knows
 * @param {(seat: number) => void} [by.readOut]
 * @param {(seat: number) => void} [by.excuse]
 * @param {(hall: Hall) => void} [by.drawn] after each drawing
 * @param {(seats: number[]) => void} [by.here] the seats that are on line now
 */
export function startHall(by) {
  const { taskOf, perform, extra, pseudonym, signedIn, readOut, excuse, drawn, here } = by;
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
  const place = location.pathname.endsWith("/host") ? "/host" : "";
  const tab = lotTabs(qs("#lot-tabs"), page.sitting.lots, page.lot.id, {
    place,
    wants: place ? (other) => taskOf(other).tone === "need" : undefined,
  });
  let needed = false;
  const rail = part(
    ({ stage, until, paused, reached, deadline, sitting: no }) => [
      ...[stage, until, paused, reached, deadline, no],
      needed,
    ],
    (now) => drawRail(qs("#rail"), now, needed),
  );
  const parts = [
    part(
      ({ windows, paused }) => [windows, paused],
      (now) => drawWindows(qs("#windows"), now),
    ),
    part(
      ({ draws, drawFor, bids: rows }) => [draws, drawFor, draws && rows],
      (now) => drawDraw(qs("#draw"), now),
    ),
    part(released, (now) => drawCommittee(qs("#committee"), now, page.phone)),
  ];
  const draw = () => {
    const task = taskOf(hall);
    needed = task.tone === "need";
    rail(hall);
    panel.show(task, hall);
    bids(hall, { pseudonym: pseudonym?.() ?? null, readOut, excuse });
    for (const one of parts) one(hall);
    tab(hall);
    scene.own({ mySeat: seatOf(hall, pseudonym?.() ?? null), signedIn: signedIn?.() ?? false });
    drawn?.(hall);
  };
  const soon = coalesced(draw);
  const { host, deputy } = page.sitting;
  const cast = { ...(host && { host: host.name }), ...(deputy && { deputy: deputy.name }) };
  const scene = hallViews({
    box: qs("#hall3d"),
    buttons: qs("#hall-views"),
    hall: () => hall,
    title: page.lot.name,
    cast,
    rows: qs("#bids"),
    chosen: (seat) => find(`#bids tr[data-seat="${seat}"]`)?.scrollIntoView({ block: "center" }),
  });
  chatDrawer();
  const sitting = startSitting(page, () => hall, {
    presence: (now) => {
      scene.own({ presence: now });
      here?.(now.seats);
    },
    presiding: (acting) => {
      scene.act(acting);
      soon();
    },
  });
  parts.push(
    part(
      ({ bids: rows, stage }) => [rows !== null, stage],
      () => sitting.draw(),
    ),
  );
  if (hall.caption) caption(hall.caption);
  draw();
  const line = follow(page.live_id, {
    after: hall.seq,
    kept: _("已完成的步骤都在服务器上，断线期间的事件会补齐。"),
    onEvent(event) {
      hall = reduce(hall, event);
      rows.add(ledgerRow(event));
      scene.update(hall, event);
      if (event.payload?.say) say(event.payload.say);
      soon();
    },
    onGap: rows.gap,
  });
  return { page, draw, scene, line, sitting, hall: () => hall };
}

/** My place among the listed. @param {Hall} hall @param {string | null} own pseudonym */
const seatOf = ({ bids }, own) =>
  own === null ? null : (bids?.find(({ pseudonym }) => pseudonym === own)?.seat ?? null);

/** What the committee's panel shows. @param {Hall} hall */
const released = (hall) => [
  hall.stage,
  hall.first,
  hall.second,
  hall.wrongShares,
  hall.declined,
  hall.checkpoint,
  hall.manifest,
  hall.openings,
  hall.recordDigest,
  hall.record,
  hall.paused,
  hall.failed,
];

/**
 * A part of the page that is drawn when what it shows has changed.
 * @param {(hall: Hall) => unknown[]} shows
 * @param {(hall: Hall) => void} draw
 * @returns {(hall: Hall) => void}
 */
function part(shows, draw) {
  /** @type {unknown[] | null} */
  let last = null;
  return (hall) => {
    const next = shows(hall);
    if (last?.every((value, at) => value === next[at])) return;
    last = next;
    draw(hall);
  };
}

/**
 * Once for all events of a moment; a page nobody sees is drawn as well, only later.
 * @param {() => void} draw
 */
function coalesced(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const now = () => {
      waiting = false;
      draw();
    };
    if (document.hidden) setTimeout(now, 200);
    else requestAnimationFrame(now);
  };
}

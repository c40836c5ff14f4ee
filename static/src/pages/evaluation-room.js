// 评标室: one page for members, supervisor and centre; the server decides, this only offers.
import { all, find, pageData, qs, replace } from "../kernel/dom.js";
import { Offline, Refused, getJson, postJson, showRefusal } from "../kernel/http.js";
import { ledger } from "../kernel/ledger.js";
import { follow } from "../kernel/live.js";
import { say } from "../kernel/say.js";
import { _ } from "../kernel/words.js";
import { askPanel } from "../evaluation/ask-view.js";
import { ledgerRow } from "../evaluation/ledger-row.js";
import { confirmPrice, confirmSheet, fitting, order, recusal } from "../evaluation/dialogues.js";
import { checkIn, pledge, signReport, vote } from "../evaluation/member.js";
import { outcome } from "../evaluation/outcome.js";
import { drawMine, drawOthers } from "../evaluation/progress-view.js";
import { readingDesk } from "../evaluation/reader/desk.js";
import { SheetDesk } from "../evaluation/sheet-desk.js";
import { SHEETS, adopt, readable, reduce } from "../evaluation/state.js";
import { taskOf } from "../evaluation/tasks.js";
import { drawRail, drawSites, drawStage, tick } from "../evaluation/top-view.js";
import { SealingError } from "../sealing/errors.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */

const ASK_AFTER_MS = 150;
const RETRY_MS = 3000;
/** @type {{state: any, demo: boolean, engine: import("../evaluation/reader/paper.js").Engine}} */
const page = pageData();
const account = { get: getJson, post: postJson };
let room = adopt(page.state);
const known = room.seq;
const at = (/** @type {string} */ what) => `/evaluations/${room.room}${what}`;
/** @type {OpenKey | null} */
let key = null;
/** @type {SheetDesk | null} */
let desk = null;
/** @type {ReturnType<typeof readingDesk> | null} */
let reading = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;

const rows = ledger("ledger");
const panel = askPanel(qs("#task"), {
  demo: page.demo,
  perform: (act) => void perform(act),
  onKey: (opened) => {
    key = opened;
    void settle();
  },
});
const out = outcome(qs("#outcome"), {
  confirm: (results) => void after(confirmPrice(account, room, results)),
  sign: (word) =>
    void acting(async () => signReport(account, room.room, /** @type {OpenKey} */ (key), word)),
});

draw();
void settle();
setInterval(() => tick(qs("#stage")), 1000);
for (const button of all("[data-order]")) {
  button.addEventListener("click", () => {
    void after(order(account, room, button.dataset.order ?? ""));
  });
}
qs("#main").addEventListener("click", (event) => {
  const opener = /** @type {Element} */ (event.target).closest("[data-dialog=recusal]");
  if (opener) void recuse();
});
addEventListener("beforeunload", (event) => {
  if (desk?.dirty) event.preventDefault();
});
addEventListener("online", () => void desk?.refresh().catch(() => {}));

const line = follow(room.live_id, {
  after: 0,
  kept: _("已输入的评分都在本机加密保存，连上后自动上传；错过的事件会补齐。"),
  onEvent(event) {
    rows.add(ledgerRow(event));
    if (event.seq <= known) settled(event.seq);
    if (event.seq <= room.seq) return;
    room = reduce(room, event);
    if (event.payload?.say) say(event.payload.say);
    if (event.kind === "sheet_returned" && event.payload?.seat === room.seat) {
      void desk?.refresh().catch(() => {});
    }
    draw();
    if (room.stale) askSoon(ASK_AFTER_MS);
    else void settle();
  },
  onGap: rows.gap,
  onState(state) {
    if (state === "refused") void leave();
    if (state === "live") void desk?.refresh().catch(() => {});
  },
});

/** Whoever may no longer watch is told so by the page itself. */
async function leave() {
  const still = await getJson(at("/state")).catch((error) => error);
  if (still instanceof Refused) location.reload();
}

/** What happened before the page was opened is not new. @param {number} seq */
function settled(seq) {
  find(`#ledger [data-seq="${seq}"]`)?.classList.remove("new");
}

/** Asks for the room's state once events have calmed down. @param {number} delay */
function askSoon(delay) {
  clearTimeout(asking);
  asking = setTimeout(() => void ask(), delay);
}

async function ask() {
  try {
    const told = await getJson(at("/state"));
    room = adopt(told, room);
    draw();
    await settle();
    if (room.stale) askSoon(ASK_AFTER_MS);
  } catch (error) {
    if (error instanceof Offline) askSoon(RETRY_MS);
    else showRefusal(qs("#room-refusal"), error);
  }
}

/** Draws everything that follows from the room alone. */
function draw() {
  const me = { ready: key !== null, owes: desk?.owes ?? null };
  const task = taskOf(room, me);
  drawSites(qs("#sites"), room);
  drawStage(qs("#stage"), room);
  drawRail(qs("#rail"), room, task?.tone === "need");
  panel.show(task, room);
  drawOthers(qs("#others"), room);
  const inSheets = SHEETS.includes(room.stage);
  qs("#others-panel").hidden = !inSheets;
  qs("#sheet").hidden = !(inSheets && desk && room.state === "pledged");
  const acts = find("#mine-acts");
  if (acts)
    acts.hidden = room.state !== "pledged" || ["signing", "closed", "failed"].includes(room.stage);
  showOrders();
  drawProgress();
  out.draw(room, key !== null);
}

function showOrders() {
  const box = find("#orders");
  if (box) box.hidden = ["closed", "failed"].includes(room.stage);
  const fits = fitting(room);
  for (const button of all("[data-order]")) button.hidden = !fits[button.dataset.order ?? ""];
}

function drawProgress() {
  const shown = desk !== null && SHEETS.includes(room.stage);
  qs("#mine-panel").hidden = !shown;
  if (!desk || !shown) return;
  const { rows: items, leaves } = desk.view;
  drawMine(qs("#mine"), items, leaves.values());
  const facts = { bids: leaves.size, items: leaves.size * items.length };
  qs("#mine-sum").textContent = _("%(bids)s 份投标，%(items)s 项", facts);
}

/** Opens and closes what the stage allows: the reading desk, the sheets, the results. */
async function settle() {
  settleReader();
  try {
    await settleSheets();
    await out.refresh(room, key !== null);
    draw();
  } catch (error) {
    if (error instanceof Offline) askSoon(RETRY_MS);
    else showRefusal(qs("#room-refusal"), error);
  }
}

function settleReader() {
  const may = readable(room);
  const box = qs("#reader");
  if (may === (reading !== null)) return;
  box.hidden = !may;
  if (may) {
    const owner = `${room.room}.${room.seat}`;
    reading = readingDesk(box, { room: room.room, engine: page.engine, bids: room.bids, owner });
    const first = desk?.view.bid || room.bids[0]?.number;
    if (first) void reading.open(first);
    return;
  }
  reading?.close();
  reading = null;
  replace(box);
}

async function settleSheets() {
  if (!key || room.state !== "pledged" || !SHEETS.includes(room.stage)) return;
  desk ??= new SheetDesk(qs("#sheet"), account, key, {
    onBid: (bid) => void reading?.open(bid),
    onChange: () => {
      drawProgress();
      if (desk?.owes === 0) draw();
    },
    confirm: confirmSheet,
    refuse: (error) => showRefusal(qs("#room-refusal"), error),
  });
  await desk.open(room);
  desk.view.block(room.paused ? _("评标已暂停") : "");
}

/** @param {string} act */
async function perform(act) {
  if (act === "recuse") await recuse();
  if (act === "pause" || act === "resume") await after(order(account, room, act));
  const own = /** @type {OpenKey} */ (key);
  /** @type {{[act: string]: () => Promise<unknown>}} */
  const acts = {
    "check-in": () => checkIn(account, room.room, own),
    pledge: () => pledge(account, room.room, own),
    vote: () => cast(),
  };
  const doing = acts[act];
  if (doing) await acting(doing, panel.refusal);
}

async function recuse() {
  if (await recusal(account, room)) location.assign("/evaluations");
}

async function cast() {
  const seat = panel.chosen();
  if (seat === null) throw new Error(_("请先选一位委员。"));
  await vote(account, room.room, seat);
  room = { ...room, election: { ...room.election, voted: true } };
}

/**
 * Does something and shows what came of it; a refusal is shown where it was asked.
 * @param {() => Promise<unknown>} doing @param {() => HTMLElement} [where]
 */
async function acting(doing, where = () => qs("#room-refusal")) {
  qs("#room-refusal").hidden = true;
  try {
    await doing();
    await after(Promise.resolve(true));
  } catch (error) {
    showRefusal(where(), inWords(error));
  }
}

/** What this browser refuses to sign, in words. @param {unknown} error */
function inWords(error) {
  if (!(error instanceof SealingError) || error.code !== "EVA-3007") return error;
  const what = _("报告内容与指纹不符，没有签署。");
  return new Refused({ code: error.code, what, next: _("保留页面，联系监督部门核查。") }, 0);
}

/** What was done is on the stream; without a socket it would show at the next poll only. @param {Promise<boolean>} done */
async function after(done) {
  if (!(await done)) return;
  await line.refresh().catch(() => {});
  await ask();
}

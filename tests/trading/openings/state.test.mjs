import assert from "node:assert/strict";
import { test } from "node:test";
import { awaited, initial, reduce, reduceAll, tally } from "../../../static/src/openings/state.js";
import { countdown } from "../../../static/src/openings/state-windows.js";
import { openObjections } from "../../../static/src/openings/state-record.js";

const AT = "2026-11-24T01:30:00+00:00";
/** @param {number} seat */
const row = (seat) => ({
  seat,
  organisation: `单位 ${seat}`,
  credit_code: "",
  pseudonym: `${seat}`.repeat(64),
  commitment: "00",
  deposit: { outcome: "ok", finality: "final", word: "已到账", sound: true },
  attended: seat === 1,
  state: "listed",
  code: null,
  word: null,
});
/** @param {any[][]} events @returns {any[]} */
const numbered = (events) =>
  events.map(([kind, payload = {}], index) => ({ seq: index + 1, kind, payload, at: AT }));
const script = numbered([
  ["session_opened", { deadline: AT, sign_in_from: AT, threshold: 2, trustees: [] }],
  ["stage_changed", { stage: "sign_in", until: AT }],
  ["deadline_locked", { checkpoint: { size: 8, root: "ab" } }],
  ["stage_changed", { stage: "deadline_lock", until: null }],
  ["share_released", { trustee: 1, role: "agency", name: "甲", release: 1 }],
  ["list_published", { bids: [row(1), row(2), row(3)], say: "公布投标人名单，共 3 家。" }],
  ["decryption_started", { no: 1, opens: AT, until: AT }],
  ["bid_failed", { seat: 2, code: "OPN-2107", final: false }],
  ["bid_unlocked", { seat: 1, via: "bid_key" }],
  [
    "bid_failed",
    { seat: 3, state: "revoked_bidder_fault", code: "OPN-2114", word: "撤销", final: true },
  ],
]);

test("before the list there is nothing to count", () => {
  const hall = reduceAll(initial, script.slice(0, 5));
  assert.equal(hall.bids, null);
  assert.equal(tally(hall), null);
  assert.equal(hall.first.length, 1);
});

test("the whole script folds into the list as it stands", () => {
  const hall = reduceAll(initial, script);
  assert.deepEqual(
    hall.bids?.map((bid) => [bid.state, bid.trouble, bid.code]),
    [
      ["unlocked", null, null],
      ["listed", "OPN-2107", null],
      ["revoked_bidder_fault", null, "OPN-2114"],
    ],
  );
  assert.equal(tally(hall)?.unlocked, 1);
  assert.equal(hall.caption, "公布投标人名单，共 3 家。");
});

test("old numbers change nothing and a gap is only named", () => {
  const hall = reduceAll(initial, script);
  assert.equal(reduce(hall, script[3]), hall);
  const gap = reduce(hall, { seq: 14, kind: "closed", payload: {}, at: AT });
  assert.deepEqual(gap.missing, { from: 11, to: 13 });
  assert.equal(gap.seq, 10);
  assert.equal(gap.record, null);
});

test("any cut of the stream, replayed from its last number, gives the same hall", () => {
  const whole = reduceAll(initial, script);
  for (let cut = 0; cut <= script.length; cut += 1) {
    const half = reduceAll(initial, script.slice(0, cut));
    assert.deepEqual(reduceAll(half, script), whole);
  }
});

test("a reopened window relists those who were only late", () => {
  const hall = reduce(reduceAll(initial, script), {
    seq: 11,
    kind: "extended",
    payload: { no: 2, until: AT, reason: "证书服务中断", reopened: true },
    at: AT,
  });
  assert.equal(hall.bids?.[2]?.state, "listed");
  assert.equal(hall.window?.reason, "证书服务中断");
});

test("an objection waits for its answer, and a pause stops the countdown", () => {
  const more = numbered(
    [...script.map((event) => [event.kind, event.payload])].concat([
      ["stage_changed", { stage: "record_confirmation", until: AT }],
      ["bid_objected", { seat: 1, text: "报价不符" }],
      ["objection_raised", { no: 1, seat: 1, organisation: "甲", text: "报价不符" }],
      ["paused", { at: AT, by: "supervisor", reason: "核查" }],
    ]),
  );
  const paused = reduceAll(initial, more);
  assert.equal(openObjections(paused).length, 1);
  assert.equal(countdown(paused), null);
  const on = reduce(paused, { seq: 15, kind: "resumed", payload: { until: AT }, at: AT });
  assert.equal(countdown(on)?.label, "确认窗口关闭还有");
  const done = reduce(on, {
    seq: 16,
    kind: "objection_answered",
    payload: { no: 1, seat: 1, text: "已核对" },
    at: AT,
  });
  assert.equal(openObjections(done).length, 0);
  assert.equal(paused.bids?.[0]?.waiting, 1);
  assert.equal(done.bids?.[0]?.waiting, 0);
  assert.equal(done.objections[0]?.answer?.text, "已核对");
});

const FIVE = [1, 2, 3, 4, 5].map((index) => ({ index, role: "centre", name: `受托 ${index}` }));
/** @param {any[][]} more */
const locked = (more) =>
  reduceAll(
    initial,
    numbered([
      ["session_opened", { deadline: AT, sign_in_from: AT, threshold: 3, trustees: FIVE }],
      ["stage_changed", { stage: "deadline_lock", until: null }],
      ["close_witnessed", {}],
      ...more,
    ]),
  );
/** @param {number} trustee */
const share = (trustee) => ["share_released", { trustee, role: "centre", name: "", release: 1 }];

test("the hall names who is awaited and since when, and stops once three of five gave", () => {
  const two = locked([share(1), share(4)]);
  assert.deepEqual(awaited(two), { missing: 1, names: ["受托 2", "受托 3", "受托 5"], since: AT });
  assert.equal(awaited(locked([share(1), share(4), share(5)])), null);
  assert.equal(
    awaited(locked([share(1), ["paused", { at: AT, by: "host", reason: "核查" }]])),
    null,
  );
});

test("a trustee's refusal and its reason stay in the hall", () => {
  const reason = "时间戳无法核实";
  const hall = locked([["release_declined", { trustee: 2, name: "受托 2", release: 1, reason }]]);
  assert.deepEqual(
    hall.declined.map((one) => [one.name, one.reason, one.at]),
    [["受托 2", reason, AT]],
  );
  assert.equal(hall.close, "in_time");
  assert.equal(locked([["close_late", {}]]).close, "late");
});

test("a reconvened session adds a record of its own, and each signature stands on its record", () => {
  const issued = { facts_hash: "aa", pdf_hash: "bb", url: "/lots/1/record", sign_until: AT };
  const hall = locked([
    ["closed", { facts_hash: "aa" }],
    ["record_issued", { no: 1, ...issued }],
    ["reconvened", { no: 2, reason: "遗漏", by: "host" }],
    ["closed", { no: 2, facts_hash: "cc" }],
    ["record_issued", { no: 2, ...issued, facts_hash: "cc", url: "/lots/1/records/2" }],
    ["record_signed", { no: 1, revision: 2, role: "host", seat: null, name: "代理" }],
    ["signing_closed", { no: 1, unsigned: [{ role: "bidder", seat: 1, name: "甲" }] }],
  ]);
  assert.equal(hall.sitting, 2);
  assert.equal(hall.record?.facts_hash, "aa");
  assert.deepEqual(
    hall.records.map((one) => [one.no, one.signed.length, one.unsigned?.length ?? null]),
    [
      [1, 1, 1],
      [2, 0, null],
    ],
  );
});

test("every window is kept with what opened and ended it", () => {
  const again = { no: 2, until: AT, reason: "网络故障", reopened: true };
  const events = numbered([
    ...script.map(({ kind, payload }) => [kind, payload]),
    ["window_closed", { no: 1 }],
    ["extended", again],
  ]);
  const hall = reduceAll(initial, events);
  assert.deepEqual(
    hall.windows.map(({ no, closed, reopened, reason }) => [no, Boolean(closed), reopened, reason]),
    [
      [1, true, false, null],
      [2, false, true, "网络故障"],
    ],
  );
  assert.equal(hall.bids?.[2]?.state, "listed");
});

test("a pause with a time counts to it, without one nothing runs out", () => {
  const pause = { at: AT, by: "supervisor", reason: "核查", resumes_at: null };
  const still = reduceAll(initial, numbered([["paused", pause]]));
  assert.equal(countdown(still), null);
  const timed = reduceAll(initial, numbered([["paused", { ...pause, resumes_at: AT }]]));
  assert.equal(countdown(timed)?.until, AT);
});

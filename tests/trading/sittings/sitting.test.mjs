import assert from "node:assert/strict";
import { test } from "node:test";
import { standing } from "../../../static/src/openings/chair.js";
import { isMine, speakerOf } from "../../../static/src/openings/chat.js";
import { presenceLine, seatsHere } from "../../../static/src/openings/presence.js";
import {
  begin,
  fold,
  hostGone,
  mayspeak,
  moderates,
} from "../../../static/src/openings/sitting-state.js";

const AT = "2026-11-24T01:30:00+00:00";
const host = { person: "h", name: "方静", organisation: "代理" };
const deputy = { person: "d", name: "高远", organisation: "代理" };
const listed = { bids: [{ seat: 1 }, { seat: 2 }], stage: "bidder_decryption" };
/** @param {any[][]} events @returns {any} */
const folded = (events, from = begin({ host, deputy, acting: host })) =>
  events
    .map(([kind, payload], index) => ({ seq: from.seq + index + 1, kind, payload, at: AT }))
    .reduce(fold, from);
/** @param {number} no @returns {any[]} */
const line = (no, more = {}) => [
  "chat_said",
  {
    no,
    by_role: "host",
    name: "方静",
    organisation: "代理",
    lot: null,
    seat: null,
    text: `${no}`,
    ...more,
  },
];
/** @param {string} lot @param {number} number */
const seat = (lot, number) => ({ by_role: "bidder", lot, seat: number, organisation: "霁川" });

test("lines come in order, once, and keep who took them away", () => {
  const said = folded([
    line(1),
    line(2, seat("a", 1)),
    ["chat_removed", { no: 1, by: "监督", reason: "广告" }],
  ]);
  assert.deepEqual(
    said.lines.map((/** @type {any} */ each) => [each.no, each.removed?.reason ?? null]),
    [
      [1, "广告"],
      [2, null],
    ],
  );
  assert.equal(fold(said, { seq: 2, kind: "chat_said", payload: line(9)[1], at: AT }), said);
  assert.equal(folded([["recording_part", {}]], said).lines, said.lines);
});

test("a mute spares the others and is lifted", () => {
  const one = folded([
    ["chat_muted", { scope: "seat", lot: "a", seat: 1, by: "方静", reason: "广告" }],
  ]);
  const bidder = (/** @type {string} */ lot, /** @type {number} */ number) => ({
    speaks: "bidder",
    me: "x",
    lot,
    seat: number,
  });
  assert.equal(mayspeak(one, bidder("a", 1), listed), "muted");
  assert.equal(mayspeak(one, bidder("a", 2), listed), "may");
  assert.equal(mayspeak(one, bidder("b", 1), listed), "may");
  const all = folded(
    [["chat_muted", { scope: "all", lot: null, seat: null, by: "方静", reason: "唱标" }]],
    one,
  );
  assert.equal(mayspeak(all, bidder("a", 2), listed), "muted");
  assert.equal(mayspeak(all, { speaks: "supervisor", me: "s" }, listed), "may");
  assert.equal(mayspeak(all, { speaks: "host", me: "h" }, listed), "may");
  const again = folded(
    [
      ["chat_unmuted", { scope: "all" }],
      ["chat_unmuted", { scope: "seat", lot: "a", seat: 1 }],
    ],
    all,
  );
  assert.deepEqual([again.muted, again.mutedSeats], [null, {}]);
});

test("nobody speaks before the list, after the end, or without a seat", () => {
  const empty = begin();
  const early = { bids: null, stage: "sign_in" };
  for (const speaks of ["host", "bidder", "supervisor", "witness"])
    assert.equal(mayspeak(empty, { speaks, me: "x", lot: "a", seat: 1 }, early), "early");
  assert.equal(mayspeak(empty, { speaks: null, me: null }, listed), "watch");
  assert.equal(
    mayspeak(empty, { speaks: "bidder", me: "x", lot: "a", seat: null }, listed),
    "no_seat",
  );
  assert.equal(
    mayspeak(empty, { speaks: "host", me: "x" }, { ...listed, stage: "closed" }),
    "over",
  );
});

test("one presides, the other relieves, colleagues watch", () => {
  const now = begin({ host, deputy, acting: host });
  assert.deepEqual(
    ["h", "d", "c"].map((me) => standing(now, me)),
    ["presides", "relief", "watches"],
  );
  assert.equal(standing(begin(), "c"), "open");
  assert.equal(standing(begin({ host, acting: host }), "c"), "relief");
  const later = folded([["host_changed", { host, deputy, acting: deputy, reason: "断线" }]], now);
  assert.deepEqual(
    ["h", "d"].map((me) => standing(later, me)),
    ["relief", "presides"],
  );
  assert.deepEqual(
    ["h", "d"].map((me) => moderates(later, { speaks: "host", me })),
    [false, true],
  );
  assert.equal(mayspeak(now, { speaks: "host", me: "c" }, listed), "watch");
});

test("a line knows its speaker, and I know mine", () => {
  const [own, other] = [line(1, seat("a", 3)), line(2)].map(([, payload]) => ({
    ...payload,
    at: AT,
    removed: null,
  }));
  assert.equal(speakerOf(own), "03 霁川");
  assert.equal(speakerOf(other), "方静");
  assert.ok(isMine(own, { speaks: "bidder", me: "x", name: "某", lot: "a", seat: 3 }));
  assert.ok(!isMine(own, { speaks: "bidder", me: "x", name: "某", lot: "b", seat: 3 }));
  assert.ok(!isMine(own, { speaks: "bidder", me: "x", name: "某", lot: "a", seat: null }));
  assert.ok(isMine(other, { speaks: "host", me: "h", name: "方静", lot: "a", seat: null }));
});

test("the presence line counts this lot's seats and says when nobody presides", () => {
  const roles = { host: 1, deputy: 0, supervisor: 1, witness: 0, public: 12 };
  const frame = {
    roles,
    seats: [
      { lot: "a", seat: 1 },
      { lot: "b", seat: 2 },
    ],
  };
  assert.deepEqual(seatsHere(frame, "a"), [1]);
  assert.equal(
    presenceLine(frame, { lot: "a", bids: listed.bids }),
    "主持在场 · 监督在场 · 投标人 1/2 · 公众 12",
  );
  assert.ok(!hostGone(frame));
  assert.ok(hostGone({ roles: { ...roles, host: 0 } }));
  assert.ok(!hostGone(null));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { initial } from "../../../static/src/openings/state.js";
import { pointsToWatch } from "../../../static/src/openings/watch-list.js";

/** @param {number} seat @param {object} [more] @returns {any} */
const bid = (seat, more = {}) => ({
  seat,
  organisation: `单位 ${seat}`,
  deposit: { outcome: "ok", finality: "final", word: "已到账", sound: true },
  attended: true,
  state: "listed",
  trouble: null,
  rescue: null,
  offer: null,
  answer: null,
  ...more,
});
/** @param {object} more @returns {any} */
const hall = (more) => ({ ...initial, ...more });
/** @param {any} now @param {number[] | null} here */
const who = (now, here = null) => pointsToWatch(now, here, "/h").map((one) => one.who);

test("before the list there is nothing to watch", () => {
  assert.deepEqual(who(hall({ stage: "sign_in" }), [1]), []);
});

test("who fails comes before who is away, and nobody is away while no presence is known", () => {
  const bids = [bid(1), bid(2, { trouble: "OPN-2101" }), bid(3, { state: "unlocked" }), bid(4)];
  const now = hall({ stage: "bidder_decryption", bids });
  assert.deepEqual(who(now), ["02 单位 2"]);
  assert.deepEqual(who(now, [4]), ["02 单位 2", "01 单位 1"]);
  assert.deepEqual(who({ ...now, paused: { at: "", by: "", reason: "" } }, [4]), ["02 单位 2"]);
  assert.equal(pointsToWatch(now, null, "/h")[0].href, "/h/failures#OPN-2101");
});

test("in the confirmation those are missed who have not answered", () => {
  const read = { state: "opened", offer: { price_fen: 1, above_ceiling: false } };
  const bids = [bid(1, { ...read, answer: "agreed" }), bid(2, read), bid(3, { state: "revoked" })];
  assert.deepEqual(who(hall({ stage: "record_confirmation", bids }), []), ["02 单位 2"]);
});

test("objections, trustees, deposits and prices have their line", () => {
  const bids = [
    bid(1, { deposit: { outcome: "short", finality: "pending", word: "待核实", sound: null } }),
    bid(2, { state: "opened", offer: { price_fen: 9, above_ceiling: true } }),
  ];
  const trustees = [
    { index: 1, role: "agency", name: "甲" },
    { index: 2, role: "notary", name: "乙" },
  ];
  const objections = [{ no: 1, seat: 2, organisation: "单位 2", answer: null }];
  const now = hall({ stage: "opening", bids, trustees, threshold: 2, objections });
  const found = pointsToWatch(now, null, "/h");
  assert.deepEqual(
    found.map((one) => one.who),
    ["02 单位 2", "受托人", "01 单位 1", "02 单位 2"],
  );
  assert.equal(found[1].sub, "甲、乙");
});

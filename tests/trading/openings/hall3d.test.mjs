// The scene's pure part: what it shows of a hall, where it stands, what repaints when.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MOST_BALLS,
  RISE_MS,
  SETTLE_MS,
  ballsOf,
  settled,
} from "../../../static/src/hall3d/balls-plan.js";
import { block, patchable, stale } from "../../../static/src/hall3d/blocks.js";
import { VIEWS, pulled, shot } from "../../../static/src/hall3d/cameras.js";
import { changes, plateName, read } from "../../../static/src/hall3d/facts.js";
import { pageKey, screenBlocks } from "../../../static/src/hall3d/pages.js";
import { MOST_SEATS, SCREEN, VEILED_SEATS, planHall } from "../../../static/src/hall3d/plan.js";
import { frugal, governor } from "../../../static/src/hall3d/power.js";
import { LOOKS, paperOf, tokenOf } from "../../../static/src/hall3d/tokens.js";
import { initial, reduce, reduceAll } from "../../../static/src/openings/state.js";
import { momentOf, openingEvents } from "../../../trading/bench/hall3d_events.mjs";

const STAGES = [
  "waiting",
  "sign_in",
  "deadline_lock",
  "list_published",
  "bidder_decryption",
  "opening",
  "verification",
  "parameter_draw",
  "draw_large",
  "read_out",
  "paused",
  "record_confirmation",
  "questions",
  "closed",
];
/** @param {number} n @param {string} until */
const hallOf = (n, until) => reduceAll(initial, openingEvents(n, until));
/** @param {string} until */
const moment = (until) => ({ now: momentOf(until), title: "标段", age: 0 });
/** @param {Partial<import("../../../static/src/openings/state.js").Bid>} change @returns {any} */
const bid = (change) => ({
  state: "listed",
  attended: true,
  answer: null,
  waiting: 0,
  matched: false,
  trouble: null,
  rescue: null,
  ...change,
});

test("every number of seats is placed, apart, in front of the screen and within the walls", () => {
  for (const count of [1, 2, 3, 5, 24, 32, 33, 106, 107, 200, 299, 300]) {
    const plan = planHall(count);
    assert.equal(plan.seats.length, count, String(count));
    for (const [i, a] of plan.seats.entries()) {
      assert.ok(Math.abs(a.x) < plan.halfWidth && a.z > 2 && a.z < plan.back, `${count}/${i}`);
      for (const b of plan.seats.slice(i + 1)) {
        assert.ok(Math.hypot(a.x - b.x, a.z - b.z) > 0.7, `${count}: two on one chair`);
      }
    }
  }
  assert.equal(planHall(5000).seats.length, MOST_SEATS);
});

test("before the list the room is the same whatever the truth, but for my own sign-in", () => {
  const shown = STAGES.slice(0, 3).map((until) => [3, 200].map((n) => read(hallOf(n, until))));
  for (const [few, many] of shown) {
    assert.equal(few.places.length, VEILED_SEATS);
    assert.deepEqual(few.places, many.places);
    assert.equal(few.veiled, true);
    assert.deepEqual(few.present, { host: 0, supervisor: 0, witness: 0, public: 0 });
  }
  const presence = { roles: { public: 40, host: 1 }, names: { supervisor: "沈确" } };
  const told = read(hallOf(3, "sign_in"), { presence, signedIn: true });
  assert.equal(told.present.public, 0);
  assert.deepEqual(told.names, {});
  assert.deepEqual(read(hallOf(3, "read_out"), { presence }).names, { supervisor: "沈确" });
  assert.deepEqual(
    told.places.filter(({ token }) => token !== "empty").map(({ token }) => token),
    ["mine"],
  );
  const blocks = (/** @type {number} */ n) =>
    screenBlocks(read(hallOf(n, "sign_in")), moment("sign_in")).map(({ id, key }) => [id, key]);
  assert.deepEqual(blocks(3), blocks(200));
});

test("the list gives as many places as there are bidders, each with its name", () => {
  const facts = read(hallOf(24, "list_published"), { mySeat: 7 });
  assert.equal(facts.places.length, 24);
  assert.equal(facts.mine, 6);
  assert.equal(plateName("云岭建设工程有限公司"), "云岭建设工程");
  assert.equal(plateName("有限公司"), "有限公司");
});

test("each status has a shape of its own, and 撤销 is not 撤回", () => {
  const kinds = Object.values(LOOKS).map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.equal(new Set(Object.values(LOOKS).map(({ shape }) => shape)).size, kinds.length);
  const revoked = tokenOf(bid({ state: "revoked_key" }));
  const withdrawn = tokenOf(bid({ state: "withdrawn_platform" }));
  assert.deepEqual([revoked, withdrawn], ["revoked", "withdrawn"]);
  assert.notEqual(LOOKS[revoked].tone, LOOKS[withdrawn].tone);
  const steps = [
    bid({ attended: false }),
    bid({}),
    bid({ trouble: "OPN-2103" }),
    bid({ rescue: { given: 0, threshold: 2 } }),
    bid({ state: "unlocked" }),
    bid({ state: "opened" }),
    bid({ state: "opened", matched: true }),
    bid({ state: "opened", matched: true, answer: "agreed" }),
    bid({ state: "opened", answer: "deemed" }),
    bid({ state: "opened", answer: "objected", waiting: 1 }),
    bid({ state: "opened", answer: "objected" }),
    bid({ state: "refused_unsigned" }),
  ].map(tokenOf);
  const order = "absent listed trouble rescue unlocked opened matched signed deemed objected";
  assert.deepEqual(steps, [...order.split(" "), "answered", "unsigned"]);
  assert.deepEqual(
    ["listed", "unlocked", "opened", "matched", "signed", "revoked"].map((one) =>
      paperOf(/** @type {any} */ (one)),
    ),
    [1, 2, 3, 4, 5, 6],
  );
});

test("only what an event changed moves", () => {
  const before = hallOf(24, "bidder_decryption");
  const seat = before.bids?.find(({ state }) => state === "listed")?.seat ?? 0;
  const at = new Date(momentOf("bidder_decryption")).toISOString();
  const event = { seq: before.seq + 1, kind: "bid_unlocked", payload: { seat }, at };
  const [a, b] = [read(before), read(reduce(before, event))];
  const change = changes(a, b);
  assert.deepEqual(change.seats, [seat - 1]);
  assert.deepEqual([change.room, change.desks, change.draw, change.light], Array(4).fill(false));
  const keys = new Map(screenBlocks(a, moment("bidder_decryption")).map((o) => [o.id, o.key]));
  const dirty = stale(keys, screenBlocks(b, moment("bidder_decryption"))) ?? [];
  assert.deepEqual(dirty.map(({ id }) => id).sort(), [`cell ${seat}`, "tally"]);
  assert.ok(patchable(dirty, SCREEN.width * SCREEN.height));
  assert.equal(pageKey(a), pageKey(b));
});

test("a second later only the clock repaints, and nothing when the picture is the same", () => {
  const facts = read(hallOf(200, "bidder_decryption"));
  const first = moment("bidder_decryption");
  const keys = new Map(screenBlocks(facts, first).map(({ id, key }) => [id, key]));
  assert.deepEqual(stale(keys, screenBlocks(facts, first)), []);
  const later = stale(keys, screenBlocks(facts, { ...first, now: first.now + 1000 })) ?? [];
  assert.ok(later.length > 0 && later.every(({ id }) => ["time", "left", "bar"].includes(id)));
  assert.equal(stale(new Map([["other", ""]]), screenBlocks(facts, first)), null);
  const large = block("large", [0, 0, SCREEN.width, SCREEN.height], "", () => {});
  assert.equal(patchable([large], SCREEN.width * SCREEN.height), false);
});

test("every stage has a page, within the screen, without two blocks of one name", () => {
  for (const until of STAGES) {
    for (const n of [1, 5, 24, 200]) {
      const blocks = screenBlocks(read(hallOf(n, until)), moment(until));
      assert.equal(new Set(blocks.map(({ id }) => id)).size, blocks.length, until);
      for (const { id, x, y, w, h } of blocks) {
        const inside = x >= 0 && y >= 0 && x + w <= SCREEN.width + 1 && y + h <= SCREEN.height + 1;
        assert.ok(inside, `${until} ${id}`);
      }
    }
  }
});

test("the line of light runs only while the close is locked, further with every proof", () => {
  const lines = STAGES.map((until) => read(hallOf(5, until)).line);
  assert.deepEqual(
    lines.map((line) => line > 0),
    STAGES.map((until) => until === "deadline_lock"),
  );
  const full = hallOf(5, "deadline_lock");
  assert.ok(read({ ...full, first: [] }).line < read(full).line);
  assert.equal(read(hallOf(5, "paused")).paused, true);
});

test("balls: a small set whole, a large one by digits, none before its time", () => {
  const [small, large] = (hallOf(5, "draw_large").draws ?? []).map((row) => row);
  assert.ok(small && large);
  const first = read(hallOf(5, "parameter_draw")).draw;
  assert.ok(first);
  assert.equal(ballsOf(first, 0).length, first.options.length);
  assert.ok(ballsOf(first, 0).every(({ lit }) => lit === 0));
  const done = ballsOf(first, SETTLE_MS + RISE_MS);
  assert.equal(done.find(({ lit }) => lit === 1)?.text, first.value);
  const second = read(hallOf(5, "draw_large")).draw;
  assert.ok(second && second.options.length === 200);
  const digits = ballsOf(second, SETTLE_MS + RISE_MS);
  assert.equal(
    digits
      .filter(({ lit }) => lit === 1)
      .map(({ text }) => text)
      .join(""),
    second.value,
  );
  assert.ok(digits.length <= MOST_BALLS);
  assert.deepEqual([settled(64, -5), settled(64, 0), settled(64, SETTLE_MS)], [0, 0, 64]);
});

test("cameras look at the room from inside it; a narrow window widens the lens", () => {
  for (const n of [5, 24, 200]) {
    const plan = planHall(n);
    for (const view of VIEWS) {
      const wide = shot(view, plan, plan.seats[0], 1.6);
      const tall = shot(view, plan, plan.seats[0], 0.5);
      assert.ok(wide.eye[1] < plan.height && Math.abs(wide.eye[0]) < plan.halfWidth, view);
      assert.ok(tall.fov > wide.fov && tall.fov <= 76, view);
    }
    const from = shot("overview", plan, plan.seats[0], 1.6);
    assert.deepEqual(pulled(from, plan.seats[0]).eye, from.eye);
  }
});

test("a machine that says it is weak, or is slow, gets the simple hall", async () => {
  assert.equal(await frugal({ connection: { saveData: true } }), true);
  assert.equal(await frugal({ getBattery: async () => ({ charging: false, level: 0.1 }) }), true);
  assert.equal(await frugal({ getBattery: () => Promise.reject(new Error("no")) }), false);
  assert.equal(await frugal({ deviceMemory: 8 }), false);
  /** @type {string[]} */
  const told = [];
  const coarser = () => told.push("coarser") < 3;
  const judge = governor({ coarser, simpler: () => void told.push("simpler") });
  for (let i = 0; i < 200; i += 1) judge.took(16);
  assert.deepEqual(told, []);
  for (let i = 0; i < 3; i += 1) judge.took(400);
  assert.deepEqual(told, ["simpler"]);
  for (let i = 0; i < 40; i += 1) judge.took(60);
  assert.equal(told[1], "coarser");
});

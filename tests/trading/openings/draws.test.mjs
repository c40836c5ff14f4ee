import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../../static/src/sealing/bytes.js";
import { drawParameter } from "../../../static/src/sealing/parameters.js";
import { recheck } from "../../../static/src/openings/draw-check.js";
import { nextDraw } from "../../../static/src/openings/state-draws.js";
import { countdown, initial, reduceAll } from "../../../static/src/openings/state.js";

const AT = "2026-11-24T01:30:00+00:00";
const LOT = "0c5f2f4e-7d5e-4b0c-9a8e-3f1f0a1b2c3d";
const ROOT = "ab".repeat(32);
const PRICES = [70_000, 80_000, 85_000];
const NAMED = ["01", "02", "03"].map((n) => n.repeat(32));
/** @type {any[]} */
const DRAWS = [
  { name: "k", title: "下浮系数 K", kind: "set", options: ["0.95", "0.96", "0.97"] },
  { name: "delta", title: "Δ", kind: "set", options: ["0.04", "0.05"] },
  {
    ...{ name: "b", title: "B 值所在的投标", kind: "bid", delta: "delta", options: [] },
    ...{ mean: "0.7", ceiling: "0.3", cut: "0.25", upper: "0.95" },
  },
];
const parts = NAMED.map((commitment) => ({ commitment, part: commitment }));

/** @param {number} seat */
const row = (seat) => ({ seat, commitment: NAMED[seat - 1], state: "opened", organisation: "甲" });
/** @param {any[][]} events @returns {any[]} */
const numbered = (events) =>
  events.map(([kind, payload], index) => ({ seq: index + 1, kind, payload, at: AT }));

/** The events of a hall whose three values are drawn, and then read out. */
async function script() {
  const inputs = {
    lot: LOT,
    root: fromHex(ROOT, 32),
    parts: new Map(parts.map((each) => [each.commitment, each.part])),
    prices: new Map(NAMED.map((name, i) => [name, PRICES[i]])),
    ceiling: 100_000,
  };
  const earlier = new Map();
  const told = [];
  for (const [i, each] of DRAWS.entries()) {
    const own = await drawParameter(each, inputs, earlier);
    earlier.set(each.name, own.value);
    const { name, title, kind } = each;
    const from = { close_root: ROOT, parts, log_leaf: "" };
    told.push(["parameter_drawn", { no: i + 1, name, title, kind, ...own, ...from }]);
  }
  return numbered([
    ["deadline_locked", { checkpoint: { size: 9, root: ROOT } }],
    ["list_published", { bids: [row(1), row(2), row(3)] }],
    ["stage_changed", { stage: "parameter_draw", until: AT }],
    ["parameters_announced", { lot: LOT, ceiling_fen: 100_000, draws: DRAWS }],
    ...told,
    ...PRICES.map((price_fen, i) => ["bid_read_out", { seat: i + 1, price_fen }]),
  ]);
}

test("draws are announced, drawn one by one, and the host is told the next", async () => {
  const events = await script();
  const announced = reduceAll(initial, events.slice(0, 4));
  assert.equal(nextDraw(announced)?.name, "k");
  assert.equal(countdown(announced)?.label, "参数抽取最迟还有");
  const two = reduceAll(announced, events.slice(0, 6));
  assert.equal(nextDraw(two)?.name, "b");
  const all = reduceAll(two, events);
  assert.equal(nextDraw(all), null);
  assert.deepEqual(all.draws?.[2]?.options, all.draws?.[2]?.drawn?.options);
  assert.equal(reduceAll(initial, events.slice(0, 3)).draws, null);
});

test("this browser comes to the same, and to a bid's set once prices are read", async () => {
  const events = await script();
  const before = await recheck(reduceAll(initial, events.slice(0, 7)));
  assert.deepEqual([...before.values()], ["same", "same", "partly"]);
  const after = await recheck(reduceAll(initial, events));
  assert.deepEqual([...after.values()], ["same", "same", "same"]);
  const { drawn } = reduceAll(initial, events).draws?.[2] ?? {};
  // Δ 0.04 or 0.05: A × 0.95 is 91,200 or 90,250; C is 70,000.
  assert.deepEqual(drawn?.options, [NAMED[1], NAMED[2]]);
});

test("whatever is changed is found: value, seed, set, part, root", async () => {
  /** @type {((payload: any) => void)[]} */
  const changes = [
    (p) => (p.value = p.options[(p.index + 1) % 3]),
    (p) => (p.index = (p.index + 1) % 3),
    (p) => (p.seed = `0${p.seed.slice(1)}`.replace(/^00/, "01")),
    (p) => (p.options = ["0.95", "0.96"]),
    (p) => (p.parts = p.parts.slice(1)),
    (p) => (p.parts = [{ ...p.parts[0], part: null }, ...p.parts.slice(1)]),
    (p) => (p.close_root = "cd".repeat(32)),
  ];
  for (const change of changes) {
    const events = structuredClone(await script());
    change(events[4].payload);
    const found = await recheck(reduceAll(initial, events));
    assert.equal(found.get(1), "different", change.toString());
  }
});

test("one bid drawn among others than the prices allow is found after the read-out", async () => {
  const events = structuredClone(await script());
  const told = events[6].payload;
  Object.assign(told, { options: NAMED, index: null, value: null });
  const found = await recheck(reduceAll(initial, events));
  assert.equal(found.get(3), "different");
});

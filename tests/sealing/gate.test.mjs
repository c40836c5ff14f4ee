// What a trustee's client refuses before it looks at a single bid: strange witnesses, wrong counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "../../static/src/sealing/gate.js";

const LOT = "11111111-1111-4111-8111-111111111111";
const NOTE = "sunbid/demo/x\n4\nAAAA\n\n— sunbid/demo/x AAAA\n";

/** @param {Map<string, string>} held */
const memoryOf = (held) => ({
  get: async (/** @type {string} */ name) => held.get(name) ?? null,
  set: async (/** @type {string} */ name, /** @type {string} */ value) =>
    void held.set(name, value),
});

/** @param {Map<string, string>} held @param {string} cosigner @returns {any} */
const order = (held, cosigner) => ({
  stage: "list",
  lot: LOT,
  trustee: 1,
  keys: {},
  manifest: { format: "SBE/1 manifest", lot: LOT, entries: [], live: [] },
  envelopes: [],
  memory: memoryOf(held),
  deadline: "2026-12-01T01:30:00Z",
  close: { checkpoint: NOTE, cosignatures: [], stamp: null, delta: 10, decision: null },
  log: { name: "sunbid/demo/x", key: "00".repeat(32), cosigners: [{ name: "w", key: cosigner }] },
});

/** @param {any} what @returns {Promise<{failed: string[][], passed: string[]}>} */
async function looked(what) {
  /** @type {string[][]} */
  const failed = [];
  /** @type {string[]} */
  const passed = [];
  await examine(what, {
    passed: (step) => void passed.push(step),
    failed: (step, code) => void failed.push([step, code]),
  }).catch(() => {});
  return { failed, passed };
}

test("keys seen first are kept, others later stop the client at the first step", async () => {
  const held = new Map();
  const first = await looked(order(held, "11".repeat(32)));
  assert.deepEqual(first.failed[0][0], "close");
  assert.notEqual(first.failed[0][1], "ENV-6008");
  assert.equal(held.size, 1);
  assert.deepEqual((await looked(order(held, "22".repeat(32)))).failed, [["close", "ENV-6008"]]);
  assert.notDeepEqual((await looked(order(held, "11".repeat(32)))).failed, [["close", "ENV-6008"]]);
});

test("without the close nothing is looked at", async () => {
  const what = { ...order(new Map(), "11".repeat(32)), close: undefined };
  assert.deepEqual(await looked(what), { failed: [["close", "ENV-6006"]], passed: [] });
});

test("a second manifest stops the client whatever else holds", async () => {
  const held = new Map([[LOT, "00".repeat(32)]]);
  const what = { ...order(held, ""), log: undefined };
  assert.deepEqual(await looked(what), { failed: [["manifest", "ENV-6001"]], passed: ["close"] });
});

test("an empty manifest is below every floor", async () => {
  const what = { ...order(new Map(), ""), log: undefined };
  const { failed, passed } = await looked(what);
  assert.deepEqual(failed, [["floor", "ENV-6002"]]);
  assert.deepEqual(passed, ["close", "manifest", "envelopes"]);
});

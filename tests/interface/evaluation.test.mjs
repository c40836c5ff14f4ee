// The evaluation room without a browser: its reducer, sheets, drafts, search and draw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, openDraftKey } from "../../static/src/evaluation/drafts.js";
import { commit, commitmentOf, fits, reveal, seedOf } from "../../static/src/evaluation/draw.js";
import { Keeper } from "../../static/src/evaluation/keeper.js";
import { findOn, search } from "../../static/src/evaluation/reader/finding.js";
import {
  hundredths,
  judge,
  marksOf,
  points,
  rowsOf,
  stepped,
  summary,
} from "../../static/src/evaluation/sheet-model.js";
import { adopt, bySite, readable, reduce, reduceAll } from "../../static/src/evaluation/state.js";
import { taskOf } from "../../static/src/evaluation/tasks.js";
import { generate } from "../../static/src/sealing/p256.js";

const AT = "2026-11-24T01:30:00Z";
const PLAN = {
  method: "comprehensive",
  seats: 3,
  checks: [{ key: "licence", name: "营业执照", rule: "有效" }],
  items: [
    { key: "a", name: "方案", rule: "", kind: "range", maximum: "10", step: "0.5" },
    { key: "b", name: "业绩", rule: "", kind: "range", maximum: "6", step: "1" },
  ],
};

/** @param {object} [changes] */
const told = (changes = {}) => ({
  room: "r",
  lot: { id: "l", number: "E1", name: "标段" },
  live_id: "live",
  seq: 10,
  stage: "technical",
  role: "member",
  seat: 2,
  state: "pledged",
  leader: 1,
  members: [2, 1, 3].map((seat) => ({
    seat,
    site: seat < 3 ? "主" : "副",
    kind: seat < 3 ? "home" : "guest",
    state: "pledged",
    since: AT,
    name: null,
  })),
  sites: [
    { name: "副", kind: "guest" },
    { name: "主", kind: "home" },
  ],
  plan: PLAN,
  bids: [
    { number: 2, commitment: "bb", organisation: "乙", credit_code: "", price_fen: 1, parts: [] },
    { number: 1, commitment: "aa", organisation: "甲", credit_code: "", price_fen: 1, parts: [] },
  ],
  public_key: "",
  progress: [1, 2, 3].map((seat) => ({ seat, submitted: 0 })),
  each: 2,
  ...changes,
});

/** @param {number} seq @param {string} kind @param {object} [payload] */
const event = (seq, kind, payload = {}) => ({ seq, kind, payload, at: AT });

test("the room folds what events carry, and knows when it must ask", () => {
  const room = adopt(told());
  assert.deepEqual(
    room.bids.map(({ number }) => number),
    [1, 2],
  );
  const one = reduce(
    room,
    event(11, "sheet_submitted", { seat: 3, stage: "technical", submitted: 1, of: 2 }),
  );
  assert.deepEqual([one.seq, one.stale], [11, false]);
  assert.equal(one.progress.find(({ seat }) => seat === 3)?.submitted, 1);
  assert.equal(reduce(one, event(11, "paused")), one, "an old number changes nothing");
  assert.equal(reduce(one, event(13, "paused", { by: "x" })).stale, true, "a gap makes stale");
  assert.equal(reduce(one, event(12, "something_new")).stale, true);
  assert.equal(reduce(one, event(12, "stage_changed", { stage: "price" })).stage, "price");
});

test("pause and resume, check-in and leader, as the room's facts name them", () => {
  const room = adopt(told({ stage: "check_in", state: "accepted", leader: null }));
  const after = reduceAll(room, [
    event(11, "checked_in", { seat: 2 }),
    event(12, "pledged", { seat: 2 }),
    event(13, "paused", { by: "supervisor", reason: "核实" }),
  ]);
  assert.equal(after.state, "pledged");
  assert.equal(after.paused?.reason, "核实");
  assert.equal(readable(after), false);
  const resumed = reduce(after, event(14, "resumed"));
  assert.equal(resumed.paused, null);
  assert.equal(reduce(resumed, event(15, "leader_elected", { seat: 3 })).leader, 3);
});

test("an older answer than what the stream has told is asked again", () => {
  const room = reduce(adopt(told()), event(11, "resumed"));
  assert.equal(adopt(told({ seq: 10 }), room).stale, true);
  assert.equal(adopt(told({ seq: 11 }), room).stale, false);
});

test("sites stand home first, members by seat", () => {
  const sites = bySite(adopt(told()));
  assert.deepEqual(
    sites.map(({ name, members }) => [name, members.map(({ seat }) => seat)]),
    [
      ["主", [1, 2]],
      ["副", [3]],
    ],
  );
});

test("one thing is asked at a time, of whom it concerns", () => {
  const me = { ready: false, owes: null };
  const at = (/** @type {object} */ changes) => taskOf(adopt(told(changes)), me);
  assert.equal(at({ stage: "check_in", state: "accepted" })?.form, "key");
  assert.equal(at({ stage: "election" })?.form, "vote");
  assert.equal(at({})?.form, "key", "the certificate first");
  const open = { ready: true, owes: 1 };
  assert.equal(taskOf(adopt(told()), open), null, "the sheet itself is the task");
  assert.equal(taskOf(adopt(told()), { ready: true, owes: 0 })?.tone, "done");
  assert.equal(at({ role: "supervisor", seat: null, state: null })?.tone, "progress");
  assert.equal(at({ stage: "failed" })?.tone, "refused");
});

const ROWS = rowsOf(PLAN, "technical");
/** @param {string} value @param {string} [note] */
const entry = (value, note = "") => ({ value, note });

test("points are whole hundredths, both ways", () => {
  for (const [text, amount] of /** @type {const} */ ([
    ["0", 0],
    ["8.5", 850],
    ["10", 1000],
    ["0.05", 5],
    ["100", 10_000],
  ])) {
    assert.equal(hundredths(text), amount);
    assert.equal(points(amount), text);
  }
});

test("a mark is judged as it is typed", () => {
  const [row] = /** @type {import("../../static/src/evaluation/sheet-model.js").Row[]} */ (ROWS);
  const verdict = (/** @type {string} */ value) => judge(row, entry(value)).verdict;
  assert.equal(verdict("8.5"), "ok");
  assert.equal(verdict("８．５"), "ok", "full-width digits count");
  assert.equal(verdict(""), "empty");
  assert.equal(verdict("10.5"), "above");
  assert.equal(verdict("8.3"), "off_step");
  assert.equal(verdict("-1"), "malformed");
  assert.equal(verdict("1e1"), "malformed");
  assert.equal(judge(row, entry("8.50")).text, "8.5");
});

test("a failed check needs its reason", () => {
  const [row] = /** @type {import("../../static/src/evaluation/sheet-model.js").Row[]} */ (
    rowsOf(PLAN, "qualification")
  );
  assert.equal(judge(row, entry("fail")).verdict, "no_reason");
  assert.equal(judge(row, entry("fail", "执照过期")).verdict, "ok");
  assert.equal(judge(row, entry("pass")).verdict, "ok");
});

test("the sum counts only what stands, and the sheet only what is whole", () => {
  const entries = { a: entry("8.5"), b: entry("7") };
  assert.deepEqual(
    { ...summary(ROWS, entries) },
    { amount: 850, maximum: 1600, filled: 1, empty: 0, wrong: 1, failed: 0, complete: false },
  );
  assert.throws(() => marksOf(ROWS, entries), RangeError);
  assert.deepEqual(marksOf(ROWS, { a: entry("8.5", " 好 "), b: entry("6") }), {
    a: { value: "8.5", note: "好" },
    b: { value: "6", note: "" },
  });
});

test("points taken off, all or nothing, and a discount count as the plan says", () => {
  const item = (/** @type {string} */ key, /** @type {string} */ kind, step = "0.5") => {
    return { key, name: key, rule: "", kind, maximum: "10", step, objective: true };
  };
  const rows = rowsOf(
    {
      checks: [],
      items: [item("off", "deduction"), item("all", "fixed", "10"), item("small", "discount")],
    },
    "technical",
  );
  const entries = { off: entry("2.5"), all: entry("10"), small: entry("6") };
  // 10 − 2.5 and 10; the discount gives no points
  const { amount, maximum, complete } = summary(rows, entries);
  assert.deepEqual({ amount, maximum, complete }, { amount: 1750, maximum: 2000, complete: true });
  const [, all] = /** @type {import("../../static/src/evaluation/sheet-model.js").Row[]} */ (rows);
  assert.equal(judge(all, entry("5")).verdict, "off_step");
});

test("steps stay inside the range", () => {
  const [row] = /** @type {import("../../static/src/evaluation/sheet-model.js").Row[]} */ (ROWS);
  assert.equal(stepped(row, "", 1), "0");
  assert.equal(stepped(row, "", -1), "10");
  assert.equal(stepped(row, "9.5", 1), "10");
  assert.equal(stepped(row, "10", 1), "10");
  assert.equal(stepped(row, "0", -1), "0");
});

test("words are found over blanks and line ends, case does not count", async () => {
  const items = [{ str: "采用冷板式" }, { str: "液 冷，PUE" }, { str: " 1.22" }];
  const spans = [
    { item: 0, from: 4, to: 5 },
    { item: 1, from: 0, to: 3 },
  ];
  assert.deepEqual(findOn(items, "式液冷", 1), [{ page: 1, spans }]);
  assert.equal(findOn(items, "pue 1.22", 1).length, 1);
  assert.equal(findOn(items, "  ", 1).length, 0);
  /** @type {boolean[]} */
  const ends = [];
  const paper = { pages: 2, text: async () => ({ items }) };
  await search(paper, "液冷", { tell: (_hits, done) => ends.push(done), stopped: () => false });
  assert.deepEqual(ends, [false, true]);
});

/** A store as the browser has one. */
function store() {
  /** @type {Map<string, string>} */
  const held = new Map();
  return {
    held,
    getItem: (/** @type {string} */ name) => held.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) =>
      void held.set(name, value),
    removeItem: (/** @type {string} */ name) => void held.delete(name),
  };
}

/** A server that keeps drafts, and can be away. */
function server() {
  /** @type {any[]} */
  const drafts = [];
  let wrapped = "";
  const line = { up: true };
  const reach = () => {
    if (!line.up) throw new Error("offline");
  };
  return {
    line,
    drafts,
    get: async (/** @type {string} */ path) => {
      reach();
      return path.endsWith("draft-key") ? { wrapped } : { drafts: drafts.slice(-1) };
    },
    post: async (/** @type {string} */ path, /** @type {any} */ body) => {
      reach();
      if (path.endsWith("draft-key")) wrapped ||= body.wrapped;
      else drafts.push(body);
      return { wrapped };
    },
  };
}

/** @param {() => boolean} holds */
async function until(holds) {
  for (let turn = 0; turn < 200 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(holds());
}

test("what is typed while the server is away is kept encrypted, and sent when it is back", async () => {
  const { keys } = await generate();
  const [far, near] = [server(), store()];
  const key = await openDraftKey(far, "r", keys);
  /** @type {string[]} */
  const said = [];
  const keeper = () =>
    new Keeper(new Drafts(far, "r", key), {
      store: near,
      tell: ({ state }) => said.push(state),
      merged: (_stage, _bid, { marks }) => marks,
      again: () => true,
      now: () => 0,
    });
  far.line.up = false;
  const first = keeper();
  first.changed("technical", "aa", { a: entry("8.5", "散热方案具体") });
  await until(() => said.includes("waiting"));
  assert.equal(first.dirty, true);
  const [kept] = [...near.held.values()];
  assert.ok(kept && !kept.includes("8.5") && !kept.includes("散热"), "only ciphertext stays here");

  const second = keeper();
  const held = await second.held("technical", "aa");
  assert.equal(held.a?.value, "8.5", "a page opened anew has it too");

  far.line.up = true;
  first.now();
  await until(() => !first.dirty);
  assert.equal(said.at(-1), "saved");
  assert.equal(far.drafts.length, 1);
  assert.equal(near.held.size, 0);
  clearTimeout(second.timer);
});

test("a party's number fits its commitment in this draw only, and makes the seed", async () => {
  const near = store();
  /** @type {any} */
  const state = {
    stage: "committing",
    role: "agency",
    lot: "0192",
    name: "experts",
    pool: { digest: "11".repeat(32) },
    parties: [{ party: "agency", commitment: null, nonce: null }],
  };
  /** @type {any[]} */
  const posted = [];
  const account = {
    get: async () => state,
    post: async (/** @type {string} */ path, /** @type {any} */ body) => {
      posted.push([path, body]);
      return state;
    },
  };
  await commit(account, "r", near, state);
  await commit(account, "r", near, state);
  assert.equal(posted[0][1].commitment, posted[1][1].commitment, "the kept number is used again");
  await reveal(account, "r", near, state);
  const { nonce } = posted[2][1];
  const party = { party: "agency", commitment: posted[0][1].commitment, nonce };
  assert.deepEqual(await fits({ ...state, parties: [party] }), { agency: true });
  assert.deepEqual(await fits({ ...state, name: "experts/2", parties: [party] }), {
    agency: false,
  });
  assert.equal(await seedOf(state), null);
  assert.match((await seedOf({ ...state, parties: [party] })) ?? "", /^[0-9a-f]{64}$/);
  assert.equal(await reveal(account, "r", store(), state), null, "another browser has it");
  assert.notEqual(await commitmentOf({ ...party, lot: "x", name: "experts" }), party.commitment);
});

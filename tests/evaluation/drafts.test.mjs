// Drafts: only their author reads them, two tabs lose nothing, the server learns no length.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Drafts,
  merge,
  nameOf,
  openDraft,
  openDraftKey,
  sealDraft,
  unwrapKey,
} from "../../static/src/evaluation/drafts.js";
import { generate } from "../../static/src/sealing/p256.js";

const ROOM = "018f0000-0000-7000-8000-000000000001";
const BID = "ab".repeat(32);
const own = (await generate()).keys;
const PLACE = { room: ROOM, stage: /** @type {const} */ ("technical"), bid: BID, version: 1 };

/** @param {string} value */
const mark = (value, note = "") => ({ value, note });

class Turned extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** What the server does: keeps each version once, and the first key. */
function server() {
  /** @type {any[]} */
  const kept = [];
  let wrapped = /** @type {string | null} */ (null);
  return {
    kept,
    get: async (/** @type {string} */ path) => {
      if (path.endsWith("/draft-key")) return { wrapped };
      const newest = new Map(kept.map((each) => [nameOf(each.stage, each.bid), each]));
      return { drafts: [...newest.values()] };
    },
    post: async (/** @type {string} */ path, /** @type {any} */ body) => {
      if (path.endsWith("/draft-key")) return { wrapped: (wrapped ??= body.wrapped) };
      const before = kept.filter(({ stage, bid }) => stage === body.stage && bid === body.bid);
      if (body.version !== before.length + 1) throw new Turned("EVA-1221");
      kept.push(body);
      return { version: body.version };
    },
  };
}

/** @param {ReturnType<typeof server>} account */
async function tab(account) {
  const drafts = new Drafts(account, ROOM, await openDraftKey(account, ROOM, own));
  await drafts.load();
  return drafts;
}

test("what one tab keeps another opens; another certificate does not", async () => {
  const account = server();
  const first = await tab(account);
  await first.save("technical", BID, { scheme: mark("8.5", "好") });
  const second = await tab(account);
  assert.deepEqual(second.draft("technical", BID).marks, { scheme: mark("8.5", "好") });
  assert.equal(second.draft("qualification", BID).version, 0);
  const { wrapped } = await account.get("/draft-key");
  const stranger = (await generate()).keys;
  await assert.rejects(unwrapKey(ROOM, wrapped ?? "", stranger.pair), /ENV-3101/);
  const elsewhere = "018f0000-0000-7000-8000-00000000000f";
  await assert.rejects(unwrapKey(elsewhere, wrapped ?? "", own.pair), /ENV-3101/);
});

test("two tabs that begin together share one key", async () => {
  const account = server();
  const [one, two] = await Promise.all([tab(account), tab(account)]);
  await one.save("technical", BID, { scheme: mark("8") });
  await two.load();
  assert.deepEqual(two.draft("technical", BID).marks, { scheme: mark("8") });
});

test("two tabs with different marks lose neither", async () => {
  const account = server();
  const [one, two] = [await tab(account), await tab(account)];
  await one.save("technical", BID, { scheme: mark("8") });
  const saved = await two.save("technical", BID, { team: mark("5") });
  assert.deepEqual(saved.marks, { scheme: mark("8"), team: mark("5") });
  assert.deepEqual([saved.version, saved.conflicts], [2, []]);
  assert.equal(account.kept.length, 2);
});

test("the same mark changed in two tabs is told, and both versions stay", async () => {
  const account = server();
  const [one, two] = [await tab(account), await tab(account)];
  await one.save("technical", BID, { scheme: mark("8") });
  const saved = await two.save("technical", BID, { scheme: mark("6") });
  assert.deepEqual(saved.marks, { scheme: mark("6") });
  assert.deepEqual(saved.conflicts, [{ key: "scheme", mine: mark("6"), theirs: mark("8") }]);
  const older = await openDraft(one.key, PLACE, account.kept[0].ciphertext);
  assert.deepEqual(older, { scheme: mark("8") });
});

test("a lost answer is no conflict", async () => {
  const account = server();
  const one = await tab(account);
  const { post } = account;
  account.post = async (path, body) => {
    await post(path, body);
    account.post = post;
    throw new Turned("EVA-1221"); // the retry of a request that was in fact kept
  };
  const saved = await one.save("technical", BID, { scheme: mark("8") });
  assert.deepEqual([saved.marks, saved.conflicts], [{ scheme: mark("8") }, []]);
});

test("another refusal is not swallowed", async () => {
  const account = server();
  const one = await tab(account);
  account.post = async () => {
    throw new Turned("EVA-1201");
  };
  await assert.rejects(one.save("technical", BID, {}), /EVA-1201/);
});

test("a draft opens at its own place and version only, and its length tells nothing", async () => {
  const { key } = await tab(server());
  const low = await sealDraft(key, PLACE, { scheme: mark("0") });
  const high = await sealDraft(key, PLACE, { scheme: mark("29.5", "很好".repeat(100)) });
  assert.equal(low.length, high.length);
  assert.equal(low.length, 2 * (8192 + 28));
  assert.deepEqual(await openDraft(key, PLACE, low), { scheme: mark("0") });
  for (const change of [{ version: 2 }, { bid: "cd".repeat(32) }, { room: "x" }]) {
    await assert.rejects(openDraft(key, { ...PLACE, ...change }, low), /ENV-5102/);
  }
});

test("merging is mark by mark", () => {
  const base = { a: mark("1"), b: mark("1"), c: mark("1"), d: mark("1") };
  const mine = { a: mark("2"), b: mark("1"), c: mark("3"), d: mark("4") };
  const theirs = { a: mark("1"), b: mark("2"), c: mark("3"), d: mark("5"), e: mark("6") };
  assert.deepEqual(merge(base, mine, theirs), {
    marks: { a: mark("2"), b: mark("2"), c: mark("3"), d: mark("4"), e: mark("6") },
    conflicts: [{ key: "d", mine: mark("4"), theirs: mark("5") }],
  });
});

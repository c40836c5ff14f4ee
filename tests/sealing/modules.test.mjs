// The sealing modules alone, in Node: what pages rely on without a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { knownLot } from "../../static/src/bids/vault-lots.js";
import { joined, split } from "../../static/src/bids/vault-pieces.js";
import { hex, random, sha256, utf8 } from "../../static/src/sealing/bytes.js";
import { SealingError } from "../../static/src/sealing/errors.js";
import { sizeClass } from "../../static/src/sealing/header.js";
import * as hpke from "../../static/src/sealing/hpke.js";
import { expand, extract } from "../../static/src/sealing/hkdf.js";
import { canonical, parse } from "../../static/src/sealing/jcs.js";
import { liveEntries } from "../../static/src/sealing/manifest.js";
import { Frontier, leafHash, verifyInclusion } from "../../static/src/sealing/merkle.js";
import * as p256 from "../../static/src/sealing/p256.js";
import { Pace } from "../../static/src/sealing/pace.js";
import * as recovery from "../../static/src/sealing/recovery.js";
import { SoftSigner } from "../../static/src/sealing/signer.js";
import { Sha256 } from "../../static/src/sealing/sha256.js";
import * as vault from "../../static/src/sealing/vault.js";
import { call, serve } from "../../static/src/sealing/worker-protocol.js";

/** @param {string} code */
const refused = (code) => (/** @type {unknown} */ error) =>
  error instanceof SealingError && error.code === code;

test("HKDF of RFC 5869 case 1", async () => {
  const prk = await extract(
    Uint8Array.from({ length: 13 }, (_, i) => i),
    new Uint8Array(22).fill(11),
  );
  assert.equal(hex(prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  const info = Uint8Array.from({ length: 10 }, (_, i) => 0xf0 + i);
  assert.equal(
    hex(await expand(prk, info, 42)),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

test("derived private keys cannot be exported", async () => {
  const keys = await p256.deriveKeys(random(32));
  assert.equal(keys.signing.extractable, false);
  assert.equal(keys.pair.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", keys.pair.privateKey));
  const { enc, ciphertext } = await hpke.seal(keys.publicKey, utf8("x"), utf8("info"));
  assert.equal(hex(await hpke.open(keys.pair, enc, ciphertext, utf8("info"))), "78");
  await assert.rejects(hpke.open(keys.pair, enc, ciphertext, utf8("other")), refused("ENV-3101"));
});

test("a recovery code survives print, bad typing and back, and a wrong letter is noticed", async () => {
  const { bytes, printed } = await recovery.newCode();
  assert.match(printed, /^([A-Z2-7]{4}-){13}[A-Z2-7]{4}$/);
  const typed = printed
    .toLowerCase()
    .replaceAll("-", "  ")
    .replaceAll("o", "0")
    .replaceAll("i", "1");
  assert.equal(hex(await recovery.parse(typed)), hex(bytes));
  const wrong = (printed[0] === "A" ? "B" : "A") + printed.slice(1);
  await assert.rejects(recovery.parse(wrong), refused("ENV-5201"));
  await assert.rejects(recovery.parse(printed.slice(1)), refused("ENV-5201"));
  await assert.rejects(recovery.parse(`9${printed.slice(1)}`), refused("ENV-5201"));
});

test("vault records have one size, open with each wrap, and with nothing else", async () => {
  const key = vault.newVaultKey();
  const certificate = new SoftSigner(await p256.deriveKeys(random(32)));
  const { bytes: code } = await recovery.newCode();
  const byCode = await vault.recoverySigner(code);
  const note = { at: "2026-11-22T00:00:00.000Z", by: "陆清遥", name: "严".repeat(90) };
  const record = await vault.sealRecord(key, { seed: "ab", lot: "某标段", receipts: [] });
  assert.equal(record.ciphertext.length, 2 * vault.RECORD);
  const stranger = new SoftSigner(await p256.deriveKeys(random(32)));
  for (const [kind, keys] of Object.entries({ certificate, recovery: byCode })) {
    const to = { kind: /** @type {vault.Kind} */ (kind), publicKey: keys.publicKey, note };
    const wrap = await vault.wrapFor(key, to);
    assert.ok(JSON.stringify(wrap).length < 2048, "the server takes 2 KiB");
    const opened = await vault.unwrap(wrap, keys);
    assert.equal((await vault.openRecord(opened, record)).lot, "某标段");
    await assert.rejects(vault.unwrap(wrap, stranger), refused("ENV-3101"));
    const read = await vault.readNote(await vault.aesKey(opened), wrap);
    assert.deepEqual(read, { ...note, name: "严".repeat(20) });
    const moved = { ...wrap, key: hex(stranger.publicKey) };
    assert.equal(await vault.readNote(await vault.aesKey(opened), moved), null);
  }
  await assert.rejects(vault.openRecord(random(32), record), refused("ENV-5102"));
  const moved = { ...record, id: hex(random(16)) };
  await assert.rejects(vault.openRecord(key, moved), refused("ENV-5102"));
  await assert.rejects(vault.sealRecord(key, "x".repeat(5000)), refused("ENV-5101"));
});

test("a vault's new key leads to the one before, and not the other way", async () => {
  const [former, key] = [vault.newVaultKey(), vault.newVaultKey()];
  const link = await vault.linkFormer(key, former, 2);
  const session = await vault.aesKey(key);
  assert.equal(hex(await vault.openFormer(session, link, 2)), hex(former));
  await assert.rejects(vault.openFormer(session, link, 3), refused("ENV-5102"));
  const before = await vault.aesKey(former);
  await assert.rejects(vault.openFormer(before, link, 2), refused("ENV-5102"));
});

test("of two seeds the first acknowledged counts, whatever the clocks say", () => {
  const lot = (/** @type {string} */ name, /** @type {string} */ made_at) => ({
    type: "lot",
    lot: "a",
    name,
    number: "1",
    deadline: "2026-12-01T00:00:00Z",
    made_at,
  });
  const paid = (/** @type {string} */ number) => ({ type: "sub_account", lot: "a", number });
  const bare = { cosignatures: [], stamp: null };
  const whole = { cosignatures: ["— witness AAAA"], stamp: "30" };
  const receipt = {
    type: "receipt",
    lot: "a",
    envelope_id: "e1",
    admitted_at: "2026-11-02",
    receipt: bare,
  };
  const earlier = { ...receipt, envelope_id: "e0", admitted_at: "2026-11-01" };
  const back = { type: "withdrawal", lot: "a", envelope_id: "e1" };
  const records = [lot("first", "2026-11-09"), lot("second", "2026-11-01"), paid("1"), paid("2")];
  const known = knownLot([...records, receipt, earlier, receipt], "a");
  assert.equal(known?.name, "first");
  assert.equal(known?.subAccount?.number, "1");
  assert.deepEqual(
    known?.receipts.map(({ envelope_id: id }) => id),
    ["e0", "e1"],
  );
  const vouched = knownLot([...records, receipt, { ...receipt, receipt: whole }, receipt], "a");
  assert.deepEqual(
    vouched?.receipts.map(({ receipt: held }) => held),
    [whole],
  );
  const after = knownLot([...records, receipt, back, back, paid("3"), paid("4")], "a");
  assert.equal(after?.subAccount?.number, "3");
  assert.deepEqual(after?.withdrawn, ["e1"]);
  assert.equal(knownLot(records, "b"), null);
});

test("what is too long for one record lies in pieces, whole again where the last one came", async () => {
  const key = await vault.aesKey(vault.newVaultKey());
  const long = { type: "receipt", lot: "标段", stamp: "ab".repeat(4000) };
  const pieces = split(long);
  assert.equal(pieces.length, 3);
  for (const piece of pieces) await vault.sealRecord(key, piece);
  const [first, second, third] = pieces;
  const other = { type: "withdrawal", lot: "标段" };
  assert.deepEqual(joined([first, second]), []);
  assert.deepEqual(joined([second, first, first, other, third]), [other, long]);
  assert.deepEqual(split(other), [other]);
});

test("size classes waste at most an eighth above 8 MiB and never less than the content", () => {
  const mib = 1024 * 1024;
  assert.equal(sizeClass(0, "technical"), mib);
  assert.equal(sizeClass(mib - 8, "technical"), mib);
  assert.equal(sizeClass(mib - 7, "technical"), 2 * mib);
  assert.equal(sizeClass(200 * mib, "technical"), 208 * mib);
  for (let size = 8 * mib; size < 4096 * mib; size = Math.floor(size * 1.37)) {
    const padded = sizeClass(size, "technical");
    assert.ok(padded >= size + 8 && padded <= size * 1.125 + 2 * mib && padded % mib === 0);
  }
  assert.throws(() => sizeClass(65529, "opening"), refused("ENV-1008"));
});

test("streamed SHA-256 equals WebCrypto's for every length around the block borders", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001]) {
    const bytes = random(Math.min(length, 65_536));
    const hash = new Sha256();
    for (let at = 0; at < bytes.length; at += 37) hash.add(bytes.subarray(at, at + 37));
    assert.equal(hex(hash.digest()), hex(await sha256(bytes)), String(length));
  }
});

test("trees of every size: each leaf proves itself, another does not", async () => {
  const leaves = await Promise.all(Array.from({ length: 9 }, (_, i) => leafHash(Uint8Array.of(i))));
  for (let size = 1; size <= leaves.length; size++) {
    const tree = new Frontier();
    for (const leaf of leaves.slice(0, size)) await tree.add(leaf);
    const root = await tree.root();
    if (size === 1) assert.equal(hex(root), hex(leaves[0]));
    const proof = { leaf: leaves[0], index: 0, size, path: [], root };
    assert.equal(await verifyInclusion(proof), size === 1);
  }
});

test("canonical text refuses what two readers could read differently", () => {
  assert.equal(canonical({ b: [1, null], a: "é\n" }), '{"a":"é\\n","b":[1,null]}');
  for (const value of [1.5, 2 ** 53, NaN, undefined, "\ud800", new Date(), { a: undefined }]) {
    assert.throws(() => canonical(value), refused("ENV-1001"));
  }
  assert.throws(() => parse('{"a":1,"a":1}'), refused("ENV-1002"));
  assert.throws(() => parse("{"), refused("ENV-1001"));
});

test("a manifest whose order or live list is told wrong is refused", () => {
  const entry = (/** @type {number} */ at, /** @type {string} */ who) => ({
    kind: /** @type {const} */ ("envelope"),
    commitment: `c${at}`,
    envelope_id: `e${at}`,
    log_index: at,
    pseudonym: who,
    sequence: 1,
  });
  const manifest = {
    format: /** @type {const} */ ("SBE/1 manifest"),
    lot: "lot",
    entries: [entry(1, "a"), entry(2, "b"), entry(3, "a")],
    live: ["c2", "c3"],
  };
  assert.deepEqual(
    liveEntries(manifest).map(({ log_index }) => log_index),
    [2, 3],
  );
  assert.throws(() => liveEntries({ ...manifest, live: ["c1", "c2"] }), refused("ENV-4001"));
  const entries = [entry(2, "a"), entry(1, "b")];
  assert.throws(() => liveEntries({ ...manifest, entries }), refused("ENV-4001"));
});

test("pace tells rate and time left, and nothing while nothing moves", () => {
  let now = 0;
  const pace = new Pace(() => now);
  assert.equal(pace.at(0, 1000).left, null);
  now = 1000;
  assert.deepEqual(pace.at(250, 1000), { bytes: 250, total: 1000, rate: 250, left: 3 });
});

test("a worker answers, reports, refuses by code, pauses and stops", async () => {
  const { port1, port2 } = new MessageChannel();
  const side = (/** @type {any} */ port) => ({
    postMessage: (/** @type {unknown} */ message) => port.postMessage(message),
    addEventListener: (/** @type {string} */ kind, /** @type {any} */ listener) => {
      if (kind === "message")
        port.on("message", (/** @type {unknown} */ data) => listener({ data }));
    },
    removeEventListener: () => {},
  });
  serve(
    {
      async double(order, { report, gate, signal }) {
        report("half");
        await gate();
        signal.throwIfAborted();
        return order * 2;
      },
      refuse: () => Promise.reject(new SealingError("ENV-3004", { a: 1 })),
    },
    side(port2),
  );
  const worker = /** @type {any} */ (side(port1));
  /** @type {unknown[]} */
  const seen = [];
  const watch = { onProgress: (/** @type {unknown} */ progress) => seen.push(progress) };
  assert.equal(await call(worker, "double", 21, watch).promise, 42);
  assert.deepEqual(seen, ["half"]);
  await assert.rejects(call(worker, "refuse", null).promise, { code: "ENV-3004" });
  port1.close();
  port2.close();
});

// The browser's readers under mutation: whatever text they are given, they read it or refuse by
// code. `node tests/fuzz/readers.mjs SECONDS` goes on for so long and tells each fault once.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { SealingError } from "../../static/src/sealing/errors.js";
import { readHeader } from "../../static/src/sealing/header.js";
import { canonical, parse } from "../../static/src/sealing/jcs.js";
import { liveEntries } from "../../static/src/sealing/manifest.js";
import { readCheckpoint, verifyReceipt } from "../../static/src/sealing/receipts.js";
import * as recovery from "../../static/src/sealing/recovery.js";

/** @typedef {{name: string, read: (text: string) => unknown, seeds: string[]}} Target */

const VECTORS = new URL("../../docs/vectors/sbe1.json", import.meta.url);
const LOG = { name: "log", key: "00".repeat(32) };
const NOTE = `log\n7\n${btoa("\0".repeat(32))}\ntime x\n\n— log ${btoa("\0".repeat(68))}\n`;

/** @returns {Promise<Target[]>} */
export async function targets() {
  const { vectors } = JSON.parse(await readFile(VECTORS, "utf-8"));
  const headers = vectors.map((/** @type {{header: string}} */ { header }) => header);
  const entry = { kind: "envelope", commitment: "c", envelope_id: "e", log_index: 1 };
  const manifest = {
    entries: [{ ...entry, pseudonym: "p", sequence: 1 }],
    format: "SBE/1 manifest",
    live: ["c"],
    lot: "x",
  };
  const leaf = canonical({ body: { commitment: "c" }, kind: "bid.envelope", salt: "00" });
  const receipt = { checkpoint: NOTE, commitment: "c", index: 0, leaf, path: [], tree_size: 1 };
  return [
    { name: "header", read: (text) => readHeader(text), seeds: headers },
    { name: "json", read: again, seeds: headers },
    { name: "checkpoint", read: (text) => readCheckpoint(text, LOG), seeds: [NOTE] },
    {
      name: "receipt",
      read: (text) => verifyReceipt(parse(text), LOG),
      seeds: [canonical(receipt)],
    },
    { name: "manifest", read: (text) => liveEntries(parse(text)), seeds: [canonical(manifest)] },
    { name: "recovery code", read: recovery.parse, seeds: [vectors[1].recovery_code] },
  ];
}

/** @param {string} text */
function again(text) {
  if (canonical(parse(text)) !== text) throw new Error("another text");
}

/** @param {number} seed @returns {() => number} numbers in [0, 1) that repeat (mulberry32) */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const VALUES = [
  ...[null, true, false, 0, -1, 1.5, 2 ** 53, "", "x", "00", [], {}, [[]], "\ud800"],
  ...["constructor", "__proto__", "0".repeat(130), 1e308, { a: { a: {} } }],
];
const PIECES = ["", "\0", '"', "{", "}", "[", ",", "\\u0000", "\ud800", "9".repeat(400), "\n\n"];

/** @param {string} text @param {() => number} next @returns {string} near to the text */
export function near(text, next) {
  const pick = (/** @type {any} */ list) => list[Math.floor(next() * list.length)];
  if (next() < 0.5) {
    const value = safely(() => JSON.parse(text));
    if (value && typeof value === "object") {
      change(value, next, pick);
      return safely(() => canonical(value)) ?? JSON.stringify(value);
    }
  }
  const at = Math.floor(next() * (text.length + 1));
  const end = at + pick([0, 1, 2, 8, 100]);
  return text.slice(0, at) + pick([pick(PIECES), text.slice(at, end).repeat(2)]) + text.slice(end);
}

/** @param {any} value @param {() => number} next @param {(list: any) => any} pick */
function change(value, next, pick) {
  let place = value;
  for (;;) {
    const names = Object.keys(place);
    if (names.length === 0) return;
    const name = pick(names);
    const inner = place[name];
    if (inner && typeof inner === "object" && Object.keys(inner).length > 0 && next() < 0.7) {
      place = inner;
    } else if (next() < 0.2) {
      delete place[name];
      return;
    } else {
      place[name] = pick(VALUES);
      return;
    }
  }
}

/** @template T @param {() => T} act @returns {T | null} */
function safely(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

/**
 * @param {Target} target @param {number} seed
 * @returns {Promise<{fault: string, text: string} | null>} what is neither read nor refused by code
 */
export async function attempt(target, seed) {
  const next = numbers(seed);
  let text = target.seeds[Math.floor(next() * target.seeds.length)];
  for (let times = 1 + Math.floor(next() * 3); times > 0; times--) text = near(text, next);
  try {
    await target.read(text);
    return null;
  } catch (error) {
    if (error instanceof SealingError) return null;
    const { name, stack } = /** @type {Error} */ (error);
    const place = String(stack)
      .split("\n")
      .find((line) => line.includes("/static/"));
    return { fault: `${name} ${String(place).trim()}`, text };
  }
}

/** @param {number} seconds @returns {Promise<number>} exit status */
async function main(seconds) {
  const until = Date.now() + seconds * 1000;
  const all = await targets();
  /** @type {Map<string, string>} */
  const faults = new Map();
  let tried = 0;
  for (let seed = Date.now() | 0; Date.now() < until; seed++) {
    for (const target of all) {
      const found = await attempt(target, seed);
      if (found && !faults.has(found.fault)) {
        faults.set(found.fault, found.text);
        console.log(`FAULT ${target.name} seed ${seed}: ${found.fault}`);
      }
      tried += 1;
    }
  }
  console.log(`javascript: ${tried} inputs in ${seconds} s, ${faults.size} faults`);
  return faults.size ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(Number(process.argv[2] ?? 60));
}

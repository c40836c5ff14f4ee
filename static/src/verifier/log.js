// Checkpoints, proofs and cosignatures of a bundle's log: docs/sealed-bid-envelope.md 9.
import { concat, equal, fromBase64, fromHex, hex, sha256, utf8 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { leafHash, verifyConsistency, verifyInclusion } from "../sealing/merkle.js";
import { Failed, ensure } from "./failure.js";
import { ed25519Holds } from "./marks.js";

/** @typedef {import("./archive.js").Bytes} Bytes */
/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./papers.js").Proof} Proof */
/** @typedef {import("./papers.js").Consistency} Consistency */
/** @typedef {{size: number, root: Bytes, extensions: string[]}} Point */
/** @typedef {{name: string, id: Bytes, raw: Bytes}} Line */

const MAX_NOTE = 64 * 1024;
const LOG = 0x01;
const COSIGNER = 0x04;

/** @param {string} text @returns {Bytes} canonical base64 */
function base64(text) {
  const raw = fromBase64(text);
  ensure(btoa(String.fromCharCode(...raw)) === text, "LOG-1001: base64 of a note");
  return raw;
}

/** @param {string} line without its newline @returns {Line} */
function lineOf(line) {
  const found = /^— ([^\s+]+) (\S+)$/u.exec(line);
  if (!found) throw new Failed("LOG-1002: a signature line");
  const raw = base64(found[2]);
  ensure(raw.length > 4, "LOG-1002: a signature line");
  return { name: found[1], id: raw.slice(0, 4), raw: raw.slice(4) };
}

/** @param {string} note @returns {{body: string, lines: Line[]}} */
function split(note) {
  const cut = note.lastIndexOf("\n\n");
  ensure(note.length <= MAX_NOTE && cut >= 0 && note.endsWith("\n"), "LOG-1002: a note");
  ensure(cut + 2 < note.length, "LOG-1002: a note");
  return {
    body: note.slice(0, cut + 1),
    lines: note
      .slice(cut + 2, -1)
      .split("\n")
      .map(lineOf),
  };
}

/** @param {string} note @returns {string} what is signed, cosigned and stamped */
export const bodyOf = (note) => split(note).body;

/** @param {string} name @param {number} kind @param {Bytes} key */
const keyId = async (name, kind, key) =>
  (await sha256(`${name}\n`, Uint8Array.of(kind), key)).slice(0, 4);

/** @type {WeakMap<Bundle, Map<string, Promise<Point>>>} each note is checked once */
const checked = new WeakMap();

/** @param {Bundle} bundle @param {string} note @returns {Promise<Point>} signed by the log */
export function checkpoint(bundle, note) {
  const known = checked.get(bundle) ?? new Map();
  checked.set(bundle, known);
  const found = known.get(note) ?? checkNote(bundle, note);
  known.set(note, found);
  return found;
}

/** @param {Bundle} bundle @param {string} note @returns {Promise<Point>} */
async function checkNote(bundle, note) {
  const { name } = bundle.log;
  const key = fromHex(bundle.log.key, 32);
  const { body, lines } = split(note);
  const id = await keyId(name, LOG, key);
  const own = lines.find((line) => line.name === name && equal(line.id, id));
  const holds = own && (await ed25519Holds(key, utf8(body), own.raw));
  ensure(holds, "a checkpoint is not signed by the log");
  const [origin, size, root, ...extensions] = body.slice(0, -1).split("\n");
  ensure(root && /^(0|[1-9][0-9]{0,14})$/.test(size), "LOG-1001: a checkpoint");
  ensure(origin === name && extensions.every(Boolean), "a checkpoint is of another log");
  const hash = base64(root);
  ensure(hash.length === 32, "LOG-1001: a checkpoint");
  return { size: Number(size), root: hash, extensions };
}

/** @param {Bundle} bundle */
export const closePoint = (bundle) => checkpoint(bundle, bundle.close.checkpoint);

/**
 * The checkpoint in whose tree a leaf of this kind and content lies.
 * @param {Bundle} bundle @param {Proof} proof @param {string} kind
 * @param {Record<string, unknown>} body
 */
export async function included(bundle, proof, kind, body) {
  const content = JSON.parse(proof.leaf);
  const told = Object.entries(body).every(
    ([name, value]) => JSON.stringify(content.body[name]) === JSON.stringify(value),
  );
  ensure(content.kind === kind && told, `leaf ${proof.index} tells otherwise`);
  const point = await checkpoint(bundle, proof.checkpoint);
  const held = await verifyInclusion({
    leaf: await leafHash(proof.leaf),
    index: proof.index,
    size: point.size,
    path: proof.path.map((step) => fromHex(step, 32)),
    root: point.root,
  });
  const same = proof.tree_size === point.size;
  ensure(held && same, `leaf ${proof.index} is not in its checkpoint's tree`);
  return point;
}

/** @param {Point} older @param {Point} newer @param {Consistency} proofs by the older size */
export async function extended(older, newer, proofs) {
  const told = proofs.find(({ old_size }) => old_size === older.size);
  const path = older.size === newer.size || !told ? [] : told.path;
  const holds = await verifyConsistency({
    oldSize: older.size,
    oldRoot: older.root,
    size: newer.size,
    root: newer.root,
    path: path.map((step) => fromHex(step, 32)),
  });
  ensure(holds, `the log does not extend its checkpoint of ${older.size} leaves`);
}

/**
 * When each cosigner signed a note's body, in seconds; throws for a line that does not hold.
 * @param {Bundle} bundle @param {import("./papers.js").Witnessed} witnessed
 * @returns {Promise<number[]>}
 */
export async function cosignedAt(bundle, { checkpoint: note, cosignatures }) {
  const body = bodyOf(note);
  const left = new Map();
  for (const { name, key } of bundle.log.cosigners) {
    left.set(hex(await keyId(name, COSIGNER, fromHex(key, 32))), { name, key: fromHex(key, 32) });
  }
  const times = [];
  for (const text of cosignatures) {
    const line = lineOf(text.endsWith("\n") ? text.slice(0, -1) : text);
    ensure(line.raw.length === 72, "LOG-1002: a cosignature");
    const known = left.get(hex(line.id));
    left.delete(hex(line.id));
    const seconds = new DataView(line.raw.buffer, line.raw.byteOffset, 8).getBigUint64(0);
    const message = utf8(`cosignature/v1\ntime ${seconds}\n${body}`);
    const holds = known?.name === line.name;
    const signed = holds && (await ed25519Holds(known.key, message, line.raw.slice(8)));
    ensure(signed, `cosignature of ${line.name.slice(0, 80)}`);
    times.push(Number(seconds));
  }
  return times;
}

/** @param {Bundle} bundle @param {import("./papers.js").Receipt} receipt the platform's word */
export async function platformSigned(bundle, receipt) {
  const { platform_signature, ...rest } = receipt;
  const message = concat(receipt.format, canonical(rest));
  const key = fromHex(bundle.platform, 32);
  const holds = await ed25519Holds(key, message, fromHex(platform_signature, 64));
  ensure(holds, `the platform's signature under the receipt of ${receipt.commitment}`);
}

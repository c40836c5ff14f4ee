// Receipts: a commitment's leaf, its inclusion proof and the log's signed checkpoint, all checked.
import { concat, equal, fromBase64, fromHex, sha256, utf8 } from "./bytes.js";
import { bodyOf, cosignedAt } from "./cosignatures.js";
import { SealingError, reading } from "./errors.js";
import { parse } from "./jcs.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { stampedAt } from "./stamps.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/**
 * The log as its reader knows it: signer name and raw Ed25519 key in hex; whom the reader trusts to
 * have watched it, and the certificates (DER in hex) of the time-stamp authorities.
 * @typedef {{name: string, key: string, cosigners?: import("./cosignatures.js").Cosigner[],
 *   stamping?: string[]}} LogKey
 */
/**
 * @typedef {object} Receipt
 * @property {string} [format] "SBE/1 receipt", or "SBE/1 refusal" with `code` and `at`
 * @property {string} commitment
 * @property {string} [code]
 * @property {string} [at]
 * @property {string} leaf exact canonical text of the log leaf
 * @property {number} index
 * @property {number} tree_size
 * @property {string[]} path
 * @property {string} checkpoint signed note
 * @property {string[]} [cosignatures] lines
 * @property {string | null} [stamp] RFC 3161 token in hex
 */
/** @typedef {{cosigned: {name: string, at: number}[], stamped: number | null}} Witnessed */
/** @typedef {{origin: string, size: number, root: Bytes, extensions: string[]}} Checkpoint */

export const REFUSAL = "SBE/1 refusal";
/** Kinds of leaf by format of receipt: a refusal never passes for a receipt. */
const KINDS = new Map([
  ["SBE/1 receipt", ["bid.commitment", "bid.withdrawal"]],
  [REFUSAL, ["bid.refusal"]],
]);

/**
 * A checkpoint out of a signed note whose signature by the log's key is right.
 * @param {string} note @param {LogKey} log
 * @returns {Promise<Checkpoint>} throws LOG-1002 (form) or LOG-2003 (signature)
 */
export const readCheckpoint = (note, log) => reading("LOG-1002", () => checkpointOf(note, log));

/** @param {string} note @param {LogKey} log @returns {Promise<Checkpoint>} */
async function checkpointOf(note, log) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new SealingError("LOG-1002", { what: "form" });
  const text = note.slice(0, cut + 1);
  const key = fromHex(log.key, 32);
  const id = (await sha256(`${log.name}\n`, Uint8Array.of(1), key)).slice(0, 4);
  if (!(await signedBy(note.slice(cut + 2), text, log.name, id, key))) {
    throw new SealingError("LOG-2003");
  }
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
  if (origin !== log.name) throw new SealingError("LOG-2003");
  if (!root || !/^(0|[1-9][0-9]{0,14})$/.test(size)) {
    throw new SealingError("LOG-1001", { what: "lines" });
  }
  return { origin, size: Number(size), root: fromBase64(root), extensions };
}

/**
 * @param {string} lines @param {string} text @param {string} name @param {Bytes} id
 * @param {Bytes} key
 */
async function signedBy(lines, text, name, id, key) {
  for (const line of lines.split("\n")) {
    if (!line.startsWith(`— ${name} `)) continue;
    const raw = fromBase64(line.slice(name.length + 3));
    if (!equal(raw.slice(0, 4), id)) continue;
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", imported, raw.slice(4), utf8(text));
  }
  return false;
}

/**
 * That a receipt proves its commitment, or a refusal its attempt, code and time, to stand in the
 * signed log.
 * @param {Receipt} receipt
 * @param {LogKey} log
 * @returns {Promise<{index: number, size: number, leaf: any, checkpoint: Checkpoint} & Witnessed>}
 *   throws LOG-2001 (the leaf does not name the commitment), LOG-2002 (not in the tree), LOG-2003,
 *   LOG-2107, LOG-12xx, LOG-22xx (a cosignature or stamp that does not hold)
 */
export const verifyReceipt = (receipt, log) => reading("LOG-1101", () => proven(receipt, log));

/** @param {Receipt} receipt @param {LogKey} log */
async function proven(receipt, log) {
  const leaf = parse(receipt.leaf);
  if (!tells(leaf, receipt)) throw new SealingError("LOG-2001");
  const checkpoint = await readCheckpoint(receipt.checkpoint, log);
  const included = await verifyInclusion({
    leaf: await leafHash(receipt.leaf),
    index: receipt.index,
    size: checkpoint.size,
    path: receipt.path.map((step) => fromHex(step, 32)),
    root: checkpoint.root,
  });
  if (!included || receipt.tree_size !== checkpoint.size) throw new SealingError("LOG-2002");
  const witnessed = await watched(receipt, log);
  return { index: receipt.index, size: checkpoint.size, leaf, checkpoint, ...witnessed };
}

/**
 * Who vouches for a receipt's checkpoint besides the log itself, each checked.
 * @param {Pick<Receipt, "checkpoint" | "cosignatures" | "stamp">} receipt @param {LogKey} log
 * @returns {Promise<Witnessed>} milliseconds; nobody when the reader knows nobody
 */
export async function watched({ checkpoint, cosignatures, stamp }, { cosigners, stamping }) {
  const body = bodyOf(checkpoint);
  const known = cosigners ?? [];
  const cosigned = known.length ? await cosignedAt(cosignatures ?? [], body, known) : [];
  const stamped = stamp && stamping?.length ? await stampedAt(stamp, body, stamping) : null;
  return { cosigned, stamped };
}

/** @param {any} leaf @param {Receipt} receipt */
function tells(leaf, receipt) {
  const refused = receipt.format === REFUSAL;
  const names = refused ? ["at", "code", "commitment"] : ["at", "commitment"];
  const body = leaf.body ?? {};
  const own = Object.keys(body).sort().join() === names.join();
  const same = body.commitment === receipt.commitment;
  const told = !refused || (body.code === receipt.code && body.at === receipt.at);
  return own && same && told && (KINDS.get(receipt.format ?? "") ?? []).includes(leaf.kind);
}

/** @param {Receipt} receipt @returns {Promise<Bytes>} what the printed QR names */
export const receiptHash = (receipt) => sha256(concat("SBE/1 receipt", receipt.leaf));

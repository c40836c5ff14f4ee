// The header of SBE/1 in JavaScript: shapes, sizes, digests. docs/sealed-bid-envelope.md is the law.
import { concat, equal, fromHex, hex, sha256, utf8 } from "./bytes.js";
import { SealingError, reading } from "./errors.js";
import { canonical, parse } from "./jcs.js";
import { verify } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"identity" | "opening" | "technical" | "commercial" | "attachments"} PartName */
/** @typedef {{index: number, key: string}} Seat a trustee or a member of the rescue panel */
/**
 * @typedef {object} Policy
 * @property {string} deadline
 * @property {string} documents
 * @property {number} floor
 * @property {"bidder" | "committee_only"} holder_lock
 * @property {string} lot
 * @property {{panel: Seat[], threshold: number} | null} rescue
 * @property {string} tender
 * @property {number} threshold
 * @property {Seat[]} trustees
 * @property {number} version
 */
/**
 * @typedef {object} Context
 * @property {string} envelope_id
 * @property {string} lot
 * @property {string} policy_digest
 * @property {string} pseudonym
 * @property {number} sequence
 * @property {number} stage
 * @property {number} suite
 * @property {string} tender
 */
/**
 * @typedef {object} Part
 * @property {number} chunk_count
 * @property {string} key_commitment
 * @property {string} merkle_root
 * @property {PartName} name
 * @property {string} salt
 * @property {number} size_class
 */
/**
 * @typedef {object} Wrap
 * @property {string} ciphertext
 * @property {string} enc
 * @property {number} index
 * @property {string} list_share
 * @property {string} open_share
 */
/** @typedef {{ciphertext: string, enc: string, index: number, share: string}} RescueWrap */
/**
 * @typedef {object} HolderLock
 * @property {{key: string, enc: string, ciphertext: string} | null} bid_key
 * @property {{salt: string, ciphertext: string} | null} recovery
 * @property {{k: number, r: number, wraps: RescueWrap[]} | null} rescue there with consent only
 */
/**
 * @typedef {object} Header
 * @property {"SBE/1"} format
 * @property {Context} context
 * @property {string | null} previous_commitment
 * @property {string} commitment_salt
 * @property {string} signing_key
 * @property {Policy} policy
 * @property {{list: string, open: string, holder: string}} secrets
 * @property {string} draw_part_hash
 * @property {Part[]} parts
 * @property {{committee: {m: number, n: number, wraps: Wrap[]}, holder: HolderLock}} locks
 */

export const CHUNK = 1024 * 1024;
export const TAG = 16;
export const SMALL = 64 * 1024;
export const MAX_PART = 8 * 1024 ** 3;
const MAX_HEADER = 64 * 1024;

/** @type {readonly PartName[]} */
export const PART_NAMES = ["identity", "opening", "technical", "commercial", "attachments"];

/** @param {PartName} name */
export const isSmall = (name) => name === "identity" || name === "opening";

/**
 * Padded plaintext size for content of so many bytes (8 bytes of length included).
 * @param {number} content
 * @param {PartName} name
 */
export function sizeClass(content, name) {
  const needed = content + 8;
  const cap = isSmall(name) ? SMALL : MAX_PART;
  if (needed > cap) throw new SealingError("ENV-1008", { what: "size", part: name, size: content });
  if (isSmall(name)) return SMALL;
  const bits = Math.floor(Math.log2(Math.max(needed - 1, 1))) + 1;
  const step = Math.max(CHUNK, 2 ** Math.max(bits - 4, 0));
  return Math.ceil(needed / step) * step;
}

/** @param {number} padded */
export const chunkCount = (padded) => Math.max(1, Math.ceil(padded / CHUNK));

/** @param {Context} context @returns {Bytes} */
export const contextBytes = (context) => utf8(canonical(context));

/** @param {string} role @param {Context} context @returns {Bytes} HPKE info of a lock */
export const hpkeInfo = (role, context) => concat(`SBE/1 ${role}`, contextBytes(context));

/** @param {Policy} policy @returns {Promise<string>} */
export async function policyDigest(policy) {
  return hex(await sha256("SBE/1 policy", canonical(policy)));
}

/** @param {Omit<Header, "locks">} header @returns {Bytes} what the certificate signs */
export function bindingMessage(header) {
  const { format, context, previous_commitment, commitment_salt, signing_key } = header;
  const { policy, secrets, draw_part_hash } = header;
  const parts = header.parts.filter((part) => part.name !== "identity");
  const bound = { format, context, previous_commitment, commitment_salt, signing_key };
  const text = canonical({ ...bound, policy, secrets, draw_part_hash, parts });
  return concat("SBE/1 binding", text);
}

/** @param {string} text header @param {string} signature hex @returns {Promise<string>} C */
export async function commitmentOf(text, signature) {
  const salt = fromHex(JSON.parse(text).commitment_salt, 32);
  return hex(await sha256("SBE/1", salt, text, fromHex(signature, 64)));
}

/**
 * A header from its exact text: canonical form, pseudonym, policy digest and (when given) signature.
 * The server reads the rest strictly; here stands what a client must not take on trust.
 * @param {string} text
 * @param {string} [signature] hex
 * @returns {Promise<Header>}
 */
export const readHeader = (text, signature) => reading("ENV-1003", () => header(text, signature));

/** @param {string} text @param {string} [signature] @returns {Promise<Header>} */
async function header(text, signature) {
  if (text.length > MAX_HEADER) throw new SealingError("ENV-1001", { what: "size" });
  /** @type {Header} */
  const read = parse(text);
  if (read.format !== "SBE/1") throw new SealingError("ENV-1004", { field: "format" });
  if (read.context.suite !== 1) throw new SealingError("ENV-1004", { field: "suite" });
  const key = fromHex(read.signing_key, 65);
  if (hex(await sha256(key)) !== read.context.pseudonym) throw new SealingError("ENV-1005");
  const { policy, context } = read;
  const same = policy.lot === context.lot && policy.tender === context.tender;
  if (!same || (await policyDigest(policy)) !== context.policy_digest) {
    throw new SealingError("ENV-1007");
  }
  if (signature !== undefined && !(await verify(key, utf8(text), fromHex(signature, 64)))) {
    throw new SealingError("ENV-1006");
  }
  return read;
}

/** @param {Bytes} secret @param {string} expected hex SHA-256 */
export async function matches(secret, expected) {
  return equal(await sha256(secret), fromHex(expected, 32));
}

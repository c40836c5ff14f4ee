// RFC 6962/9162 trees: roots of streamed leaves, inclusion proofs checked.
import { equal, sha256 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** @param {Uint8Array | string} data */
export const leafHash = (data) => sha256(Uint8Array.of(0), data);

/**
 * Leaf hashes of chunks up to `most` bytes, all through one buffer that holds the prefix.
 * @param {number} most
 * @returns {(chunk: Uint8Array) => Promise<Bytes>}
 */
export function leafHasher(most) {
  const prefixed = new Uint8Array(1 + most);
  return async (chunk) => {
    prefixed.set(chunk, 1);
    const input = prefixed.subarray(0, 1 + chunk.length);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", input));
  };
}

/** @param {Uint8Array} left @param {Uint8Array} right */
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/** The root of leaves seen one after another, in O(log n) memory. */
export class Frontier {
  constructor() {
    this.size = 0;
    /** @type {Bytes[]} */
    this.peaks = [];
  }

  /** @param {Bytes} leaf leaf hash */
  async add(leaf) {
    let carry = leaf;
    for (let size = this.size; size % 2; size = Math.floor(size / 2)) {
      carry = await nodeHash(/** @type {Bytes} */ (this.peaks.pop()), carry);
    }
    this.peaks.push(carry);
    this.size += 1;
  }

  /** @returns {Promise<Bytes>} */
  async root() {
    if (this.peaks.length === 0) return sha256();
    let root = this.peaks[this.peaks.length - 1];
    for (let i = this.peaks.length - 2; i >= 0; i--) root = await nodeHash(this.peaks[i], root);
    return root;
  }
}

/**
 * RFC 9162 2.1.3.2.
 * @param {{leaf: Bytes, index: number, size: number, path: Bytes[], root: Bytes}} proof
 */
export async function verifyInclusion({ leaf, index, size, path, root }) {
  if (!(index >= 0 && index < size)) return false;
  let node = index;
  let last = size - 1;
  let result = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      result = await nodeHash(sibling, result);
      while (node % 2 === 0 && node > 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      result = await nodeHash(result, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(result, root);
}

/**
 * Whether the tree (oldSize, oldRoot) is a prefix of (size, root): RFC 9162 2.1.4.2.
 * @param {{oldSize: number, oldRoot: Bytes, size: number, root: Bytes, path: Bytes[]}} proof
 */
export async function verifyConsistency({ oldSize, oldRoot, size, root, path }) {
  if (oldSize === size) return path.length === 0 && equal(oldRoot, root);
  if (!(oldSize > 0 && oldSize < size) || path.length === 0) return false;
  const whole = Number.isInteger(Math.log2(oldSize));
  const [first, ...rest] = whole ? [oldRoot, ...path] : path;
  let [node, last] = [oldSize - 1, size - 1];
  for (; node % 2; node = half(node)) last = half(last);
  let [old, grown] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 || node === last) {
      old = await nodeHash(sibling, old);
      grown = await nodeHash(sibling, grown);
      for (; node % 2 === 0 && node > 0; node = half(node)) last = half(last);
    } else {
      grown = await nodeHash(grown, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(old, oldRoot) && equal(grown, root);
}

/** @param {number} place */
const half = (place) => Math.floor(place / 2);

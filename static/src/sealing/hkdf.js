// HKDF with SHA-256 (RFC 5869): extract and expand apart, which WebCrypto's own HKDF cannot do.
import { concat } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** @param {Bytes} key @param {Bytes} data @returns {Promise<Bytes>} */
async function hmac(key, data) {
  const imported = await crypto.subtle.importKey(
    "raw",
    key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

/** @param {Bytes} salt not empty @param {Bytes} ikm */
export function extract(salt, ikm) {
  return hmac(salt, ikm);
}

const MOST = 255 * 32; // the block counter is one byte

/** @param {Bytes} prk @param {Uint8Array | string} info @param {number} length at most 8160 */
export async function expand(prk, info, length) {
  if (length > MOST) throw new RangeError("HKDF gives at most 8160 bytes");
  let block = new Uint8Array(0);
  let output = new Uint8Array(0);
  for (let counter = 1; output.length < length; counter++) {
    block = await hmac(prk, concat(block, info, Uint8Array.of(counter)));
    output = concat(output, block);
  }
  return output.slice(0, length);
}

/** @param {Bytes} ikm @param {Bytes} salt @param {Uint8Array | string} info @param {number} length */
export async function derive(ikm, salt, info, length) {
  return expand(await extract(salt, ikm), info, length);
}

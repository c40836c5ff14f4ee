// The recording's chain, as kernel/media/rules.py hashes it: each link fixes all parts before it.

const TAG = new TextEncoder().encode("sunbid recording/1 part\0");

/**
 * @typedef {object} Piece
 * @property {number} no from 0
 * @property {number} from milliseconds on the recorder's clock
 * @property {number} until
 * @property {Uint8Array<ArrayBuffer>} content
 */

/**
 * The link after a part.
 * @param {Uint8Array} previous 32 bytes
 * @param {Piece} piece
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function linkOf(previous, { no, from, until, content }) {
  const digest = await crypto.subtle.digest("SHA-256", content);
  return linkAfter(previous, { no, from, until, size: content.length }, new Uint8Array(digest));
}

/**
 * The same from a part's hash alone, for whoever checks a manifest.
 * @param {Uint8Array} previous
 * @param {{no: number, from: number, until: number, size: number}} place
 * @param {Uint8Array} sha256
 */
export async function linkAfter(previous, { no, from, until, size }, sha256) {
  const numbers = new DataView(new ArrayBuffer(32));
  [no, from, until, size].forEach((value, index) => {
    numbers.setBigUint64(index * 8, BigInt(value));
  });
  const told = new Uint8Array(TAG.length + 96);
  told.set(TAG);
  told.set(previous, TAG.length);
  told.set(new Uint8Array(numbers.buffer), TAG.length + 32);
  told.set(sha256, TAG.length + 64);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", told));
}

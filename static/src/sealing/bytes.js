// Bytes: hexadecimal, UTF-8, joining, hashing, random. Everything binary travels as lowercase hex.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes @returns {string} */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} text lowercase hexadecimal
 * @param {number} [size] bytes expected
 * @returns {Bytes}
 */
export function fromHex(text, size) {
  if (!/^([0-9a-f]{2})*$/.test(text) || (size !== undefined && text.length !== 2 * size)) {
    throw new TypeError("not the expected hexadecimal text");
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return encoder.encode(text);
}

/** @param {Uint8Array} bytes @returns {string} throws TypeError on anything but UTF-8 */
export function fromUtf8(bytes) {
  return decoder.decode(bytes);
}

/** @param {...(Uint8Array | string)} parts strings as UTF-8 @returns {Bytes} */
export function concat(...parts) {
  const all = parts.map((part) => (typeof part === "string" ? utf8(part) : part));
  const joined = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** @param {...(Uint8Array | string)} parts @returns {Promise<Bytes>} SHA-256 of the joined parts */
export async function sha256(...parts) {
  const [only] = parts;
  // A single piece is hashed where it lies: copies of megabytes add up.
  const whole = parts.length === 1 && typeof only !== "string" ? only : concat(...parts);
  const input = /** @type {Bytes} */ (whole);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", input));
}

/** @param {number} size @returns {Bytes} */
export function random(size) {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** @param {string} text standard base64 @returns {Bytes} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

// Printed recovery codes: 32 random bytes as base32 (RFC 4648) with a checksum, in groups of four.
import { concat, equal, random, sha256 } from "./bytes.js";
import { SealingError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SIZE = 32;
const CHECK = 3; // 35 bytes are exactly 56 characters: no padding, 14 groups

/** @param {Bytes} code @returns {Promise<Bytes>} */
async function checksum(code) {
  return (await sha256("SBE/1 recovery code", code)).slice(0, CHECK);
}

/** @returns {Promise<{bytes: Bytes, printed: string}>} a fresh code and its printed form */
export async function newCode() {
  const bytes = random(SIZE);
  return { bytes, printed: await print(bytes) };
}

/** @param {Bytes} code 32 bytes @returns {Promise<string>} "ABCD-EFGH-…", 14 groups */
export async function print(code) {
  let bits = 0n;
  for (const byte of concat(code, await checksum(code))) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let at = 55n; at >= 0n; at--) text += ALPHABET[Number((bits >> (at * 5n)) & 31n)];
  return /** @type {string[]} */ (text.match(/.{4}/g)).join("-");
}

/**
 * A code as typed by a person: spaces, dashes and case do not matter, 0 1 8 are read as O I B.
 * @param {string} typed
 * @returns {Promise<Bytes>} throws ENV-5201 when length, letters or checksum are wrong
 */
export async function parse(typed) {
  const text = typed
    .toUpperCase()
    .replace(/[\s\-–—]/g, "")
    .replace(/0/g, "O")
    .replace(/1/g, "I")
    .replace(/8/g, "B");
  if (text.length !== 56)
    throw new SealingError("ENV-5201", { what: "length", length: text.length });
  let bits = 0n;
  for (const char of text) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) throw new SealingError("ENV-5201", { what: "letter", letter: char });
    bits = (bits << 5n) | BigInt(value);
  }
  const bytes = new Uint8Array(SIZE + CHECK);
  for (let i = bytes.length - 1; i >= 0; i--, bits >>= 8n) bytes[i] = Number(bits & 255n);
  const code = bytes.slice(0, SIZE);
  if (!equal(bytes.slice(SIZE), await checksum(code))) {
    throw new SealingError("ENV-5201", { what: "checksum" });
  }
  return code;
}

// Shamir's sharing over GF(2^128) (x^128 + x^7 + x^2 + x + 1), the field of pycryptodome's Shamir:
// a secret of 32 bytes is shared as two halves of 16 bytes, each share is their two values joined.
import { concat, fromHex, hex, random } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const POLYNOMIAL = (1n << 128n) | 0x87n;
const HALF = 16;

/** @param {bigint} a @param {bigint} b @returns {bigint} */
function multiply(a, b) {
  let product = 0n;
  for (let left = a, right = b; right; right >>= 1n) {
    if (right & 1n) product ^= left;
    left <<= 1n;
    if (left >> 128n) left ^= POLYNOMIAL;
  }
  return product;
}

/** @param {bigint} a not zero @returns {bigint} a^(2^128 − 2) */
function inverse(a) {
  let result = 1n;
  for (let power = a, i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

/** @param {Uint8Array} bytes */
const toNumber = (bytes) => BigInt(`0x${hex(bytes)}`);

/** @param {bigint} value */
const toBytes = (value) => fromHex(value.toString(16).padStart(2 * HALF, "0"));

/** @param {Bytes} secret 16 bytes @param {number} threshold @param {number} count */
function splitHalf(secret, threshold, count) {
  const coefficients = [toNumber(secret)];
  while (coefficients.length < threshold) coefficients.push(toNumber(random(HALF)));
  return Array.from({ length: count }, (_, i) => {
    const x = BigInt(i + 1);
    return toBytes(coefficients.reduceRight((sum, next) => multiply(sum, x) ^ next, 0n));
  });
}

/** @type {Map<string, bigint[]>} Lagrange weights at zero, by the indexes they are for */
const known = new Map();

/** @param {number[]} indexes @returns {bigint[]} the same for every bid of a lot: reckoned once */
function weights(indexes) {
  const key = indexes.join();
  const found = known.get(key);
  if (found) return found;
  const made = indexes.map(BigInt).map((x, _, all) => {
    const others = all.filter((other) => other !== x);
    const above = others.reduce(multiply, 1n);
    return multiply(above, inverse(others.reduce((sum, other) => multiply(sum, x ^ other), 1n)));
  });
  if (known.size < 1000) known.set(key, made);
  return made;
}

/**
 * @param {Bytes} secret 32 bytes
 * @param {number} threshold
 * @param {number} count
 * @returns {Bytes[]} share of trustee i at i − 1, 32 bytes each
 */
export function split(secret, threshold, count) {
  if (secret.length !== 2 * HALF || !(threshold >= 1 && threshold <= count && count <= 255)) {
    throw new RangeError("32 bytes, 1 ≤ threshold ≤ count ≤ 255");
  }
  const low = splitHalf(secret.slice(0, HALF), threshold, count);
  const high = splitHalf(secret.slice(HALF), threshold, count);
  return low.map((share, i) => concat(share, high[i]));
}

/**
 * What exactly `threshold` shares rebuild; garbage for wrong ones, so check the secret's hash.
 * @param {Map<number, Uint8Array>} shares trustee index → 32 bytes
 * @returns {Bytes}
 */
export function combine(shares) {
  const by = weights([...shares.keys()]);
  const held = [...shares.values()];
  const half = (/** @type {number} */ from) =>
    held
      .map((share, i) => multiply(toNumber(share.subarray(from, from + HALF)), by[i]))
      .reduce((sum, part) => sum ^ part, 0n);
  return concat(toBytes(half(0)), toBytes(half(HALF)));
}

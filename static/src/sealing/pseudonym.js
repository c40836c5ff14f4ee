// A bidder's pseudonym for one lot: signing key and bid key derived from one seed of 32 bytes.
import { concat, hex, random, sha256, utf8 } from "./bytes.js";
import { expand } from "./hkdf.js";
import { deriveKeys, sign } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./p256.js").Keys} Keys */
/**
 * All that is kept of a seed, non-extractable; may be handed to a Worker.
 * @typedef {{signing: Keys, bid: Keys}} PseudonymKeys
 */
/**
 * @typedef {object} Pseudonym
 * @property {PseudonymKeys} keys
 * @property {string} id hex SHA-256 of the raw signing key
 * @property {Bytes} publicKey raw signing key, 65 bytes
 * @property {(message: Bytes) => Promise<Bytes>} sign ECDSA-SHA-256, r‖s
 * @property {Bytes} bidKey raw public bid key (HPKE), 65 bytes
 * @property {CryptoKeyPair} bidPair the bid key pair, non-extractable
 */

/** @returns {Bytes} */
export const newSeed = () => random(32);

/**
 * The same keys for the same seed; nothing returned leads back to it.
 * @param {Bytes} seed 32 bytes; whoever holds it wipes it
 * @returns {Promise<Pseudonym>}
 */
export async function fromSeed(seed) {
  if (seed.length !== 32) throw new RangeError("a seed has 32 bytes");
  const [signing, bid] = await Promise.all([
    expand(seed, "SBE/1 pseudonym", 32).then(deriveKeys),
    expand(seed, "SBE/1 bid key", 32).then(deriveKeys),
  ]);
  return fromKeys({ signing, bid });
}

/** @param {PseudonymKeys} keys @returns {Promise<Pseudonym>} */
export async function fromKeys(keys) {
  const { signing, bid } = keys;
  return {
    keys,
    id: hex(await sha256(signing.publicKey)),
    publicKey: signing.publicKey,
    sign: (message) => sign(signing.signing, message),
    bidKey: bid.publicKey,
    bidPair: bid.pair,
  };
}

/**
 * The value of X-Signature for a request under ticket: unix seconds, a dot, r‖s in hex.
 * @param {Pseudonym} pseudonym
 * @param {{method: string, path: string, body?: Uint8Array, timestamp: number}} request path
 *   without query string; timestamp in unix seconds of the server's clock
 */
export async function signRequest(pseudonym, { method, path, body, timestamp }) {
  const digest = hex(await sha256(body ?? new Uint8Array(0)));
  const message = utf8(`${method}\n${path}\n${digest}\n${timestamp}`);
  return `${timestamp}.${hex(await pseudonym.sign(message))}`;
}

/**
 * What a pseudonym signs to take an envelope back.
 * @param {Pseudonym} pseudonym
 * @param {{lot: string, commitment: string}} envelope
 * @returns {Promise<string>} signature in hex
 */
export async function signWithdrawal(pseudonym, { lot, commitment }) {
  const text = `{"commitment":"${commitment}","lot":"${lot}","pseudonym":"${pseudonym.id}"}`;
  return hex(await pseudonym.sign(concat("SBE/1 withdrawal", text)));
}

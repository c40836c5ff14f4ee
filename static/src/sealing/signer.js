// Who can sign and unwrap with a certificate's key, wherever the key lives; docs/signer.md.
// kernel/identity/signer.py is the same port in Python.
import * as hpke from "./hpke.js";
import { sign } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./p256.js").Keys} Keys */
/**
 * @typedef {object} Signer
 * @property {Bytes} publicKey raw point of the certificate
 * @property {() => string[]} certificates the chain, hex DER, leaf first
 * @property {(message: Bytes) => Promise<Bytes>} sign ECDSA P-256 with SHA-256 over the message, r‖s:
 *   WebCrypto hashes by itself, a driver for a token hands on the digest
 * @property {(enc: Bytes, ciphertext: Bytes, info: Bytes) => Promise<Bytes>} unwrap opens what was
 *   HPKE-sealed to the key; throws ENV-3101
 */

/** The driver of keys in the browser: soft-key files and PKCS#12; what it holds cannot be exported. */
export class SoftSigner {
  /** @param {Keys} keys @param {string[]} [chain] hex DER, leaf first */
  constructor(keys, chain = []) {
    this.keys = keys;
    this.chain = chain;
    this.publicKey = keys.publicKey;
  }

  /** @returns {string[]} */
  certificates() {
    return this.chain;
  }

  /** @param {Bytes} message @returns {Promise<Bytes>} */
  sign(message) {
    return sign(this.keys.signing, message);
  }

  /** @param {Bytes} enc @param {Bytes} ciphertext @param {Bytes} info @returns {Promise<Bytes>} */
  unwrap(enc, ciphertext, info) {
    return hpke.open(this.keys.pair, enc, ciphertext, info);
  }
}

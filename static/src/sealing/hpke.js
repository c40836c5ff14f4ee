// HPKE (RFC 9180) base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one message each.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { SealingError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/**
 * @param {Bytes} publicKey raw P-256 point of the recipient
 * @param {Bytes} plaintext
 * @param {Bytes} info
 * @returns {Promise<{enc: Bytes, ciphertext: Bytes}>}
 */
export async function seal(publicKey, plaintext, info) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, plaintext);
  return { enc: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
}

/**
 * @param {CryptoKeyPair} pair the recipient's keys, private one non-extractable
 * @param {Bytes} enc
 * @param {Bytes} ciphertext
 * @param {Bytes} info
 * @returns {Promise<Bytes>} throws ENV-3101: another key, another info, or damaged bytes
 */
export async function open(pair, enc, ciphertext, info) {
  try {
    return new Uint8Array(await suite.open({ recipientKey: pair, enc, info }, ciphertext));
  } catch {
    throw new SealingError("ENV-3101");
  }
}

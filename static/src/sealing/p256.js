// P-256 keys: derived from a seed or imported from PKCS#8, always non-extractable afterwards.
import { DhkemP256HkdfSha256 } from "@hpke/core";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/**
 * One private key under both uses: WebCrypto ties an ECDSA key to signing, so the same key is
 * imported a second time as ECDH; @hpke/core opens with it only when given the pair.
 * @typedef {{publicKey: Bytes, signing: CryptoKey, pair: CryptoKeyPair}} Keys
 */

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const ECDH = { name: "ECDH", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** @param {Bytes} ikm at least 32 bytes @returns {Promise<Keys>} DeriveKeyPair of RFC 9180 7.1.3 */
export async function deriveKeys(ikm) {
  const derived = await new DhkemP256HkdfSha256().deriveKeyPair(ikm);
  const jwk = await crypto.subtle.exportKey("jwk", derived.privateKey);
  return fromJwk(jwk);
}

/** @param {Bytes} pkcs8 @returns {Promise<Keys>} */
export async function fromPkcs8(pkcs8) {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, ECDH, true, ["deriveBits"]);
  return fromJwk(await crypto.subtle.exportKey("jwk", key));
}

/** @param {JsonWebKey} jwk private key with its point @returns {Promise<Keys>} */
export async function fromJwk(jwk) {
  const { kty, crv, x, y, d } = jwk;
  const secret = { kty, crv, x, y, d };
  const [signing, privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", secret, ECDSA, false, ["sign"]),
    crypto.subtle.importKey("jwk", secret, ECDH, false, ["deriveBits"]),
    crypto.subtle.importKey("jwk", { kty, crv, x, y }, ECDH, true, []),
  ]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { publicKey: raw, signing, pair: { privateKey, publicKey } };
}

/** @returns {Promise<{keys: Keys, pkcs8: Bytes}>} a new key; wipe `pkcs8` once it is stored */
export async function generate() {
  const made = await crypto.subtle.generateKey(ECDH, true, ["deriveBits"]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", made.privateKey));
  return { keys: await fromPkcs8(pkcs8), pkcs8 };
}

/** @param {CryptoKey} signing @param {Bytes} message @returns {Promise<Bytes>} r‖s, 64 bytes */
export async function sign(signing, message) {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, signing, message));
}

/** @param {Bytes} publicKey raw @param {Bytes} message @param {Bytes} signature */
export async function verify(publicKey, message, signature) {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, ECDSA, false, ["verify"]);
    return await crypto.subtle.verify(SIGNATURE, key, signature, message);
  } catch {
    return false;
  }
}

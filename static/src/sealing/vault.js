// The organisation's vault: records of one size under one random key, which is wrapped for each
// certificate and each recovery code. The server keeps ids and ciphertext, and learns nothing else.
import { concat, fromHex, fromUtf8, hex, random, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { derive } from "./hkdf.js";
import * as hpke from "./hpke.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{kind: "certificate", key: string, enc: string, ciphertext: string}} CertificateWrap */
/** @typedef {{kind: "recovery", salt: string, ciphertext: string}} RecoveryWrap */
/** @typedef {{id: string, ciphertext: string}} VaultRecord ciphertext of 4096 bytes in hex */

export const RECORD = 4096;
const NONCE = 12;
const ROOM = RECORD - NONCE - 16;
const INFO = utf8("SBE/1 vault");

/** @returns {Bytes} */
export const newVaultKey = () => random(32);

/**
 * @param {Bytes} vaultKey @param {Bytes} certificateKey raw P-256 point of the certificate
 * @returns {Promise<CertificateWrap>}
 */
export async function wrapForCertificate(vaultKey, certificateKey) {
  const { enc, ciphertext } = await hpke.seal(certificateKey, vaultKey, INFO);
  const key = hex(certificateKey);
  return { kind: "certificate", key, enc: hex(enc), ciphertext: hex(ciphertext) };
}

/**
 * @param {CertificateWrap} wrap @param {CryptoKeyPair} pair the certificate's key as ECDH
 * @returns {Promise<Bytes>} throws ENV-3101 for another certificate
 */
export function unwrapWithCertificate(wrap, pair) {
  return hpke.open(pair, fromHex(wrap.enc, 65), fromHex(wrap.ciphertext, 48), INFO);
}

/** @param {Bytes} vaultKey @param {Bytes} code @returns {Promise<RecoveryWrap>} */
export async function wrapForRecovery(vaultKey, code) {
  const salt = random(32);
  const key = await aesKey(await derive(code, salt, INFO, 32));
  const iv = new Uint8Array(NONCE); // one use for each salt
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, vaultKey);
  return { kind: "recovery", salt: hex(salt), ciphertext: hex(new Uint8Array(sealed)) };
}

/**
 * @param {RecoveryWrap} wrap @param {Bytes} code
 * @returns {Promise<Bytes>} throws ENV-3102 for another code
 */
export async function unwrapWithRecovery(wrap, code) {
  const key = await aesKey(await derive(code, fromHex(wrap.salt, 32), INFO, 32));
  const iv = new Uint8Array(NONCE);
  try {
    const sealed = fromHex(wrap.ciphertext, 48);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed));
  } catch {
    throw new SealingError("ENV-3102", { what: "code" });
  }
}

/**
 * A record of any JSON value, padded to 4 KiB and bound to its own random id.
 * @param {Bytes | CryptoKey} vaultKey
 * @param {unknown} value
 * @returns {Promise<VaultRecord>} throws ENV-5101 when the value is too long for one record
 */
export async function sealRecord(vaultKey, value) {
  const content = utf8(JSON.stringify(value));
  if (content.length > ROOM - 4) throw new SealingError("ENV-5101", { size: content.length });
  const plain = new Uint8Array(ROOM);
  new DataView(plain.buffer).setUint32(0, content.length);
  plain.set(content, 4);
  const id = random(16);
  const iv = random(NONCE);
  const options = { name: "AES-GCM", iv, additionalData: concat("SBE/1 vault record", id) };
  const sealed = await crypto.subtle.encrypt(options, await aesKey(vaultKey), plain);
  return { id: hex(id), ciphertext: hex(concat(iv, new Uint8Array(sealed))) };
}

/**
 * @param {Bytes | CryptoKey} vaultKey @param {VaultRecord} record
 * @returns {Promise<any>} throws ENV-5102 for another key, another id, or damaged bytes
 */
export async function openRecord(vaultKey, record) {
  try {
    const sealed = fromHex(record.ciphertext, RECORD);
    const additionalData = concat("SBE/1 vault record", fromHex(record.id, 16));
    const options = { name: "AES-GCM", iv: sealed.slice(0, NONCE), additionalData };
    const key = await aesKey(vaultKey);
    const plain = await crypto.subtle.decrypt(options, key, sealed.slice(NONCE));
    const length = new DataView(plain).getUint32(0);
    return JSON.parse(fromUtf8(new Uint8Array(plain, 4, length)));
  } catch {
    throw new SealingError("ENV-5102");
  }
}

/**
 * The vault's key for a session: a page keeps it non-extractable.
 * @param {Bytes | CryptoKey} raw @returns {Promise<CryptoKey>}
 */
export async function aesKey(raw) {
  if (raw instanceof CryptoKey) return raw;
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

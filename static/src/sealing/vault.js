// The organisation's vault: records of one size under a random key, which has a generation and is
// wrapped for each certificate and each recovery code. The server learns nothing else; section 12.
import { concat, fromHex, fromUtf8, hex, random, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { expand } from "./hkdf.js";
import * as hpke from "./hpke.js";
import { canonical } from "./jcs.js";
import { deriveKeys } from "./p256.js";
import { SoftSigner } from "./signer.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {"certificate" | "recovery"} Kind */
/** @typedef {{at: string, by: string, name: string}} Note who was let in, by whom and when */
/**
 * @typedef {object} Wrap
 * @property {Kind} kind
 * @property {string} key raw public key the vault's key is encrypted to
 * @property {string} enc
 * @property {string} ciphertext
 * @property {string} note
 */
/** @typedef {{kind: "former", ciphertext: string}} Former the key before, under the key after */
/** @typedef {{id: string, ciphertext: string}} VaultRecord ciphertext of 4096 bytes in hex */

export const RECORD = 4096;
const NONCE = 12;
const TAG = 16;
const ROOM = RECORD - NONCE - TAG;
/** The longest JSON text of one record, in bytes. */
export const MOST = ROOM - 4;
const NOTE_ROOM = 272;
const NAME_CHARACTERS = 20;
const INFO = utf8("SBE/1 vault");

/** @returns {Bytes} */
export const newVaultKey = () => random(32);

/**
 * The keys of a printed recovery code: whoever renews the vault's key needs the public one only.
 * @param {Bytes} code 32 bytes @returns {Promise<SoftSigner>}
 */
export async function recoverySigner(code) {
  return new SoftSigner(await deriveKeys(await expand(code, "SBE/1 vault recovery", 32)));
}

/**
 * Lets the owner of a key in.
 * @param {Bytes} vaultKey raw
 * @param {{kind: Kind, publicKey: Bytes, note: Note}} to
 * @returns {Promise<Wrap>}
 */
export async function wrapFor(vaultKey, { kind, publicKey, note }) {
  const { enc, ciphertext } = await hpke.seal(publicKey, vaultKey, INFO);
  const { at, by, name } = note;
  const told = canonical({ at, by: short(by), name: short(name) });
  const plain = padded(utf8(told), NOTE_ROOM, 2);
  const sealed = await lock(vaultKey, plain, concat("SBE/1 vault grant", publicKey));
  return {
    kind,
    key: hex(publicKey),
    enc: hex(enc),
    ciphertext: hex(ciphertext),
    note: hex(sealed),
  };
}

/**
 * @param {Wrap} wrap @param {Pick<import("./signer.js").Signer, "unwrap">} opener
 * @returns {Promise<Bytes>} the raw vault key: wipe it; throws ENV-3101 for another key
 */
export function unwrap(wrap, opener) {
  return opener.unwrap(fromHex(wrap.enc, 65), fromHex(wrap.ciphertext, 48), INFO);
}

/**
 * @param {CryptoKey} vaultKey @param {Wrap} wrap
 * @returns {Promise<Note | null>} null: nobody inside made this wrap
 */
export async function readNote(vaultKey, wrap) {
  try {
    const bound = concat("SBE/1 vault grant", fromHex(wrap.key, 65));
    const sealed = fromHex(wrap.note, NONCE + NOTE_ROOM + TAG);
    return JSON.parse(fromUtf8(unpadded(await unlock(vaultKey, sealed, bound), 2)));
  } catch {
    return null;
  }
}

/**
 * Hangs a generation's key under the next one's.
 * @param {Bytes} key raw, of `generation` @param {Bytes} former raw, of the one before
 * @param {number} generation
 * @returns {Promise<Former>}
 */
export async function linkFormer(key, former, generation) {
  const sealed = await lock(key, former, utf8(`SBE/1 vault former ${generation}`));
  return { kind: "former", ciphertext: hex(sealed) };
}

/**
 * @param {CryptoKey} key of `generation` @param {Former} link @param {number} generation
 * @returns {Promise<Bytes>} the raw key before: wipe it; throws ENV-5102 when the link does not fit
 */
export async function openFormer(key, link, generation) {
  try {
    const bound = utf8(`SBE/1 vault former ${generation}`);
    return await unlock(key, fromHex(link.ciphertext, NONCE + 32 + TAG), bound);
  } catch {
    throw new SealingError("ENV-5102");
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
  if (content.length > MOST) throw new SealingError("ENV-5101", { size: content.length });
  const id = random(16);
  const plain = padded(content, ROOM, 4);
  const sealed = await lock(vaultKey, plain, concat("SBE/1 vault record", id));
  content.fill(0);
  plain.fill(0);
  return { id: hex(id), ciphertext: hex(sealed) };
}

/**
 * @param {Bytes | CryptoKey} vaultKey @param {VaultRecord} record
 * @returns {Promise<any>} throws ENV-5102 for another key, another id, or damaged bytes
 */
export async function openRecord(vaultKey, record) {
  try {
    const bound = concat("SBE/1 vault record", fromHex(record.id, 16));
    const plain = await unlock(vaultKey, fromHex(record.ciphertext, RECORD), bound);
    const value = JSON.parse(fromUtf8(unpadded(plain, 4)));
    plain.fill(0);
    return value;
  } catch {
    throw new SealingError("ENV-5102");
  }
}

/**
 * The vault's key for a session: non-extractable.
 * @param {Bytes | CryptoKey} raw @returns {Promise<CryptoKey>}
 */
export async function aesKey(raw) {
  if (raw instanceof CryptoKey) return raw;
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** @param {string} name */
const short = (name) => [...name].slice(0, NAME_CHARACTERS).join("");

/** @param {Bytes | CryptoKey} key @param {Bytes} plain @param {Bytes} additionalData */
async function lock(key, plain, additionalData) {
  const iv = random(NONCE);
  const options = { name: "AES-GCM", iv, additionalData };
  const sealed = await crypto.subtle.encrypt(options, await aesKey(key), plain);
  return concat(iv, new Uint8Array(sealed));
}

/** @param {Bytes | CryptoKey} key @param {Bytes} sealed @param {Bytes} additionalData */
async function unlock(key, sealed, additionalData) {
  const options = { name: "AES-GCM", iv: sealed.slice(0, NONCE), additionalData };
  const plain = await crypto.subtle.decrypt(options, await aesKey(key), sealed.slice(NONCE));
  return new Uint8Array(plain);
}

/** @param {Bytes} content @param {number} room @param {2 | 4} width of the length in front */
function padded(content, room, width) {
  const plain = new Uint8Array(room);
  const view = new DataView(plain.buffer);
  if (width === 2) view.setUint16(0, content.length);
  else view.setUint32(0, content.length);
  plain.set(content, width);
  return plain;
}

/** @param {Bytes} plain @param {2 | 4} width @returns {Bytes} */
function unpadded(plain, width) {
  const view = new DataView(plain.buffer, plain.byteOffset);
  const length = width === 2 ? view.getUint16(0) : view.getUint32(0);
  return plain.subarray(width, width + length);
}

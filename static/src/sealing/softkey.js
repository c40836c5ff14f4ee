// Soft keys: a P-256 key in a JSON file under a passphrase; kernel/crypto/softkeys.py reads the same.
import { equal, fromHex, hex, random, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { fromPkcs8, generate } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./p256.js").Keys} Keys */
/**
 * @typedef {object} SoftKey
 * @property {"sunbid softkey"} format
 * @property {{name: "PBKDF2-SHA256", iterations: number, salt: string}} kdf
 * @property {string} iv
 * @property {string} ciphertext
 * @property {string} public raw public key
 */

const ITERATIONS = 600_000;

/**
 * A new key under a passphrase.
 * @param {string} passphrase @param {number} [iterations]
 * @returns {Promise<{file: SoftKey, keys: Keys}>}
 */
export async function create(passphrase, iterations = ITERATIONS) {
  const { keys, pkcs8 } = await generate();
  const salt = random(16);
  const iv = random(12);
  const key = await passphraseKey(passphrase, salt, iterations);
  const options = { name: "AES-GCM", iv, additionalData: keys.publicKey };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(options, key, pkcs8));
  pkcs8.fill(0);
  /** @type {SoftKey} */
  const file = {
    format: "sunbid softkey",
    kdf: { name: "PBKDF2-SHA256", iterations, salt: hex(salt) },
    iv: hex(iv),
    ciphertext: hex(sealed),
    public: hex(keys.publicKey),
  };
  return { file, keys };
}

/**
 * The key of a file, non-extractable, for signing (ECDSA) and for opening (ECDH pair).
 * @param {SoftKey} file @param {string} passphrase
 * @returns {Promise<Keys>} throws ENV-5001 (wrong passphrase) or ENV-5002 (no such file)
 */
export async function open(file, passphrase) {
  const parts = read(file);
  const key = await passphraseKey(passphrase, parts.salt, parts.iterations);
  const options = { name: "AES-GCM", iv: parts.iv, additionalData: parts.publicKey };
  let pkcs8;
  try {
    pkcs8 = new Uint8Array(await crypto.subtle.decrypt(options, key, parts.ciphertext));
  } catch {
    throw new SealingError("ENV-5001");
  }
  const keys = await fromPkcs8(pkcs8);
  pkcs8.fill(0);
  if (!equal(keys.publicKey, parts.publicKey))
    throw new SealingError("ENV-5002", { field: "public" });
  return keys;
}

/** @param {SoftKey} file */
function read(file) {
  try {
    const { name, iterations, salt } = file.kdf;
    const known = file.format === "sunbid softkey" && name === "PBKDF2-SHA256";
    if (!known || !(iterations >= 1000 && iterations <= 10_000_000)) throw new TypeError("unknown");
    return {
      iterations,
      salt: fromHex(salt, 16),
      iv: fromHex(file.iv, 12),
      ciphertext: fromHex(file.ciphertext),
      publicKey: fromHex(file.public, 65),
    };
  } catch {
    throw new SealingError("ENV-5002", { field: "(all)" });
  }
}

/** @param {string} passphrase @param {Bytes} salt @param {number} iterations */
async function passphraseKey(passphrase, salt, iterations) {
  const secret = utf8(passphrase);
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

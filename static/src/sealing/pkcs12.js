// A key and its certificate out of a .p12 or .pfx file (RFC 7292), as certificate authorities hand
// them out; loaded only when such a file is opened. Section 12 names the checks in their order.
import { CertBag, Certificate, EncryptedData, PFX } from "pkijs";
import { PKCS8ShroudedKeyBag, PrivateKeyInfo } from "pkijs";
import { concat, equal, hex, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { fromPkcs8 } from "./p256.js";
import { SoftSigner } from "./signer.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("pkijs").SafeContents} SafeContents */
/** @typedef {NonNullable<NonNullable<PFX["parsedValue"]>["authenticatedSafe"]>} AuthenticatedSafe */
/** @typedef {{roots: Bytes[], at: Date}} Trust root certificates in DER, and the legal time */

const EC = "1.2.840.10045.2.1";
const P256 = "1.2.840.10045.3.1.7";
const PBES2 = "1.2.840.113549.1.5.13";
const ENCRYPTED = "1.2.840.113549.1.7.6";
const MOST = 256 * 1024;
const MOST_ROUNDS = 1_000_000;
/** @type {Record<string, string>} */
const HASHES = {
  "1.3.14.3.2.26": "SHA-1",
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const LINKS = 4;
/** @type {Record<string, string>} */
const KEYS = { "1.2.840.113549.1.1.1": "RSA", "1.2.156.10197.1.301": "SM2" };

/**
 * @param {Bytes} file @param {string} passphrase @param {Trust} trust
 * @returns {Promise<SoftSigner>} throws ENV-5001 to ENV-5008, see the format's section 12
 */
export async function openPkcs12(file, passphrase, trust) {
  const secret = utf8(passphrase).buffer;
  const safe = await contentsOf(file, passphrase);
  const bags = await bagsOf(safe, secret);
  const keys = await keysOf(bags, secret);
  const chain = chainOf(certificatesOf(bags), keys.publicKey);
  await checkTrust(chain, trust);
  return new SoftSigner(keys, chain.map(der).map(hex));
}

/** @param {Bytes} file @param {string} passphrase @returns {Promise<AuthenticatedSafe>} */
async function contentsOf(file, passphrase) {
  const pfx = parsed(() => PFX.fromBER(file.slice(0, MOST)));
  if (!pfx.macData) throw new SealingError("ENV-5002", { field: "mac" });
  const content = parsed(() => new Uint8Array(pfx.authSafe.content.getValue()));
  if (!(await isStamped(pfx.macData, content, passphrase))) throw new SealingError("ENV-5001");
  try {
    const unchecked = { password: new ArrayBuffer(0), checkIntegrity: false };
    await pfx.parseInternalValues(unchecked);
  } catch {
    throw new SealingError("ENV-5002", { field: "authSafe" });
  }
  const safe = pfx.parsedValue?.authenticatedSafe;
  if (!safe) throw new SealingError("ENV-5002", { field: "authSafe" });
  return safe;
}

/**
 * The file's HMAC; its key comes by RFC 7292 appendix B from the passphrase in UTF-16, whatever its
 * letters are, which the library's own check can only do for Latin ones.
 * @param {NonNullable<PFX["macData"]>} stamp @param {Bytes} content @param {string} passphrase
 */
async function isStamped(stamp, content, passphrase) {
  const hash = HASHES[stamp.mac.digestAlgorithm.algorithmId];
  if (!hash) {
    throw new SealingError("ENV-5003", { algorithm: stamp.mac.digestAlgorithm.algorithmId });
  }
  const rounds = stamp.iterations ?? 1;
  if (rounds > MOST_ROUNDS) throw new SealingError("ENV-5002", { field: "iterations" });
  const block = hash === "SHA-384" || hash === "SHA-512" ? 128 : 64;
  const salt = new Uint8Array(stamp.macSalt.valueBlock.valueHexView);
  const diversifier = new Uint8Array(block).fill(3);
  const letters = repeated(utf16(passphrase), block);
  let key = concat(diversifier, repeated(salt, block), letters);
  for (let round = 0; round < rounds; round++) {
    key = new Uint8Array(await crypto.subtle.digest(hash, key));
  }
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["verify"]);
  const expected = new Uint8Array(stamp.mac.digest.valueBlock.valueHexView);
  return crypto.subtle.verify("HMAC", hmac, expected, content);
}

/** @param {string} text @returns {Bytes} big-endian, with a zero at the end */
function utf16(text) {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i));
  return new Uint8Array(view.buffer);
}

/** @param {Bytes} piece @param {number} block @returns {Bytes} as often as fills whole blocks */
function repeated(piece, block) {
  const size = block * Math.ceil(piece.length / block);
  return Uint8Array.from({ length: size }, (_, i) => piece[i % piece.length] ?? 0);
}

/** @param {AuthenticatedSafe} safe @param {ArrayBuffer} password */
async function bagsOf(safe, password) {
  for (const { contentType, content } of safe.safeContents) {
    if (contentType !== ENCRYPTED) continue;
    const { encryptedContentInfo: inner } = parsed(() => EncryptedData.fromBER(content.toBER()));
    checkScheme(inner.contentEncryptionAlgorithm.algorithmId);
  }
  try {
    await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
  } catch {
    throw new SealingError("ENV-5002", { field: "safeContents" });
  }
  /** @type {{value: SafeContents}[]} */
  const contents = safe.parsedValue.safeContents;
  return contents.flatMap(({ value }) => value.safeBags.map(({ bagValue }) => bagValue));
}

/** @param {unknown[]} bags @param {ArrayBuffer} password */
async function keysOf(bags, password) {
  const shrouded = bags.find((bag) => bag instanceof PKCS8ShroudedKeyBag);
  let info = /** @type {PrivateKeyInfo | undefined} */ (
    bags.find((bag) => bag instanceof PrivateKeyInfo)
  );
  if (shrouded) {
    checkScheme(shrouded.encryptionAlgorithm.algorithmId);
    try {
      await /** @type {any} */ (shrouded).parseInternalValues({ password });
    } catch {
      throw new SealingError("ENV-5002", { field: "key" });
    }
    info = shrouded.parsedValue;
  }
  if (!info) throw new SealingError("ENV-5004");
  const { algorithmId, algorithmParams } = info.privateKeyAlgorithm;
  const curve = String(algorithmParams?.valueBlock ?? "");
  if (algorithmId !== EC || curve !== P256) {
    throw new SealingError("ENV-5005", { kind: KEYS[algorithmId] ?? KEYS[curve] ?? curve });
  }
  const pkcs8 = new Uint8Array(info.toSchema().toBER());
  const keys = await fromPkcs8(pkcs8);
  pkcs8.fill(0);
  return keys;
}

/** @param {string} algorithm of an encrypted part */
function checkScheme(algorithm) {
  if (algorithm !== PBES2) throw new SealingError("ENV-5003", { algorithm });
}

/** @param {unknown[]} bags @returns {Certificate[]} */
function certificatesOf(bags) {
  return bags
    .filter((bag) => bag instanceof CertBag)
    .map((bag) => bag.parsedValue)
    .filter((one) => one instanceof Certificate);
}

/** @param {Certificate[]} held @param {Bytes} publicKey @returns {Certificate[]} leaf first */
function chainOf(held, publicKey) {
  const leaf = held.find((one) => equal(pointOf(one), publicKey));
  if (!leaf) throw new SealingError("ENV-5006");
  const chain = [leaf];
  for (let last = leaf; chain.length < LINKS && !last.issuer.isEqual(last.subject);) {
    const next = held.find((one) => one.subject.isEqual(last.issuer) && !chain.includes(one));
    if (!next) break;
    chain.push(next);
    last = next;
  }
  return chain;
}

/** @param {Certificate} one @returns {Bytes} */
const pointOf = (one) =>
  new Uint8Array(one.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView);

/** @param {Certificate} one @returns {Bytes} */
const der = (one) => new Uint8Array(one.toSchema(false).toBER());

/** @param {Certificate[]} chain @param {Trust} trust */
async function checkTrust(chain, { roots, at }) {
  for (const { notBefore, notAfter } of chain) {
    if (at < notBefore.value || at > notAfter.value) {
      throw new SealingError("ENV-5007", { until: notAfter.value.toISOString() });
    }
  }
  const anchors = roots.map((root) => parsed(() => Certificate.fromBER(root)));
  for (const [i, one] of chain.entries()) {
    if (anchors.some((root) => equal(der(root), der(one)))) return;
    const issuers = [chain[i + 1], ...anchors].filter((each) => each !== undefined);
    const issuer = issuers.find((each) => each.subject.isEqual(one.issuer));
    if (!issuer || !(await one.verify(issuer).catch(() => false))) break;
    if (anchors.includes(issuer)) return;
  }
  throw new SealingError("ENV-5008");
}

/**
 * @template T
 * @param {() => T} read @returns {T}
 */
function parsed(read) {
  try {
    return read();
  } catch {
    throw new SealingError("ENV-5002", { field: "(all)" });
  }
}

/** @param {string} text PEM @returns {Bytes[]} each certificate's DER */
export function fromPem(text) {
  const found = text.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  return [...found].map(([, body]) => Uint8Array.from(atob(body), (char) => char.charCodeAt(0)));
}

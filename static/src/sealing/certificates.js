// X.509 as far as signatures need it: whose key, who issued whom. Read by @peculiar/asn1-x509.
import { AsnConvert } from "@peculiar/asn1-schema";
import { BasicConstraints, Certificate } from "@peculiar/asn1-x509";
import { equal, hex } from "./bytes.js";
import { rawSignature } from "./der.js";
import { SealingError } from "./errors.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const EC = "1.2.840.10045.2.1";
const RSA = "1.2.840.113549.1.1.1";
const ORGANISATION = "2.5.4.10";
const SERIAL_NUMBER = "2.5.4.5";
const BASIC_CONSTRAINTS = "2.5.29.19";
/** @type {Record<string, {curve: string, size: number}>} by the DER of the named curve */
const CURVES = {
  "06082a8648ce3d030107": { curve: "P-256", size: 32 },
  "06052b81040022": { curve: "P-384", size: 48 },
  "06052b81040023": { curve: "P-521", size: 66 },
};
/** @type {Record<string, {kind: string, hash: string}>} */
const SIGNATURES = {
  "1.2.840.10045.4.3.2": { kind: EC, hash: "SHA-256" },
  "1.2.840.10045.4.3.3": { kind: EC, hash: "SHA-384" },
  "1.2.840.10045.4.3.4": { kind: EC, hash: "SHA-512" },
  "1.2.840.113549.1.1.11": { kind: RSA, hash: "SHA-256" },
  "1.2.840.113549.1.1.12": { kind: RSA, hash: "SHA-384" },
  "1.2.840.113549.1.1.13": { kind: RSA, hash: "SHA-512" },
};

/** @param {Bytes} der @returns {Certificate} throws LOG-1201 */
export function certificate(der) {
  try {
    return AsnConvert.parse(der, Certificate);
  } catch {
    throw new SealingError("LOG-1201", { what: "a certificate cannot be read" });
  }
}

/** @param {Certificate} holder */
function curveOf(holder) {
  const { algorithm } = holder.tbsCertificate.subjectPublicKeyInfo;
  const named = new Uint8Array(algorithm.parameters ?? new ArrayBuffer(0));
  return algorithm.algorithm === EC ? CURVES[hex(named)] : undefined;
}

/**
 * Organisation and credit code that a certificate names, empty where it names none.
 * @param {Certificate} holder @returns {{organisation: string, creditCode: string}}
 */
export function subjectOf({ tbsCertificate }) {
  const named = [...tbsCertificate.subject].flatMap((each) => [...each]);
  const told = (/** @type {string} */ id) =>
    named.find(({ type }) => type === id)?.value.toString() ?? "";
  return { organisation: told(ORGANISATION), creditCode: told(SERIAL_NUMBER) };
}

/** @param {Certificate} holder @returns {Bytes} its P-256 key as a raw point; throws LOG-2203 */
export function pointOf(holder) {
  if (curveOf(holder)?.curve !== "P-256") {
    throw new SealingError("LOG-2203", { what: "a certificate has no P-256 key" });
  }
  return new Uint8Array(holder.tbsCertificate.subjectPublicKeyInfo.subjectPublicKey);
}

/** @param {object} value @returns {Bytes} */
export const encoded = (value) => new Uint8Array(AsnConvert.serialize(value));

/**
 * Whether a certificate's key made a DER signature over `message`.
 * @param {Certificate} holder @param {string} algorithm OID, or that of RSA alone for SHA-256
 * @param {Bytes} message @param {Bytes} signature
 */
export async function signedBy(holder, algorithm, message, signature) {
  const way = algorithm === RSA ? { kind: RSA, hash: "SHA-256" } : SIGNATURES[algorithm];
  const spki = encoded(holder.tbsCertificate.subjectPublicKeyInfo);
  if (!way) return false;
  try {
    if (way.kind === RSA) {
      const name = { name: "RSASSA-PKCS1-v1_5", hash: way.hash };
      const key = await crypto.subtle.importKey("spki", spki, name, false, ["verify"]);
      return await crypto.subtle.verify(name, key, signature, message);
    }
    const own = curveOf(holder);
    if (!own) return false;
    const name = { name: "ECDSA", namedCurve: own.curve, hash: way.hash };
    const key = await crypto.subtle.importKey("spki", spki, name, false, ["verify"]);
    return await crypto.subtle.verify(name, key, rawSignature(signature, own.size), message);
  } catch {
    return false;
  }
}

/** @param {Certificate} holder @param {Certificate} issuer whether `issuer` signed `holder` */
export async function issuedBy(holder, issuer) {
  const { tbsCertificate, tbsCertificateRaw, signatureAlgorithm, signatureValue } = holder;
  const named = encoded(tbsCertificate.issuer);
  if (!equal(named, encoded(issuer.tbsCertificate.subject)) || !tbsCertificateRaw) return false;
  const message = new Uint8Array(tbsCertificateRaw);
  const { algorithm } = signatureAlgorithm;
  return signedBy(issuer, algorithm, message, new Uint8Array(signatureValue));
}

/** @param {Certificate} held @param {string} id */
export const extensionOf = (held, id) =>
  (held.tbsCertificate.extensions ?? []).find(({ extnID }) => extnID === id);

/** @param {Certificate} held @returns {boolean} whether it may issue others */
export function isAuthority(held) {
  const found = extensionOf(held, BASIC_CONSTRAINTS);
  return Boolean(found && AsnConvert.parse(found.extnValue.buffer, BasicConstraints).cA);
}

/** @param {Certificate[]} chain leaf first @returns {Promise<boolean>} */
export async function linksHold(chain) {
  for (let i = 1; i < chain.length; i++) {
    if (!(await issuedBy(chain[i - 1], chain[i]))) return false;
  }
  return true;
}

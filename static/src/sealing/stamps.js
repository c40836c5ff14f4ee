// RFC 3161 time stamps: what a token says and who signed it. docs/sealed-bid-envelope.md 9.
import { ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { TSTInfo } from "@peculiar/asn1-tsp";
import { ExtendedKeyUsage } from "@peculiar/asn1-x509";
import { equal, fromHex, hex, sha256, utf8 } from "./bytes.js";
import {
  certificate,
  encoded,
  extensionOf,
  isAuthority,
  issuedBy,
  signedBy,
} from "./certificates.js";
import { signedAttributes, signingCertificate } from "./der.js";
import { SealingError, reading } from "./errors.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import("@peculiar/asn1-x509").Certificate} Certificate */
/** @typedef {import("@peculiar/asn1-cms").SignerInfo} SignerInfo */

const MAX_TOKEN = 64 * 1024;
const [FORM, ELSEWHERE, SIGNATURE, HOLDER] = ["LOG-1202", "LOG-2201", "LOG-2202", "LOG-2203"];
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SHA256 = "2.16.840.1.101.3.4.2.1";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const EXTENDED_USE = "2.5.29.37";
const ALGORITHMS = ["1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"];
const OID = { [TST_INFO]: "060b2a864886f70d0109100104" };

/** @param {unknown} condition @param {string} what @param {string} [code] by default the form */
function ensure(condition, what, code = FORM) {
  if (!condition) throw new SealingError(code, { what });
}

/**
 * The time a token says, when it is over `body` and by one of the trusted certificates.
 * @param {string} token DER in hexadecimal @param {string} body
 * @param {string[]} trusted DER in hexadecimal
 * @returns {Promise<number>} milliseconds since 1970; throws LOG-1201, LOG-1202 (form), LOG-2201
 *   (over something else), LOG-2202 (signature), LOG-2203 (certificate)
 */
export async function stampedAt(token, body, trusted) {
  ensure(token.length <= 2 * MAX_TOKEN, "a stamp is too long");
  const at = await reading(FORM, () => stamped(fromHex(token), utf8(body), trusted));
  return at.getTime();
}

/** @param {Bytes} token @param {Bytes} body @param {string[]} trusted @returns {Promise<Date>} */
async function stamped(token, body, trusted) {
  const outer = AsnConvert.parse(token, ContentInfo);
  ensure(equal(encoded(outer), token), "a stamp is not in DER, or has something behind it");
  ensure(outer.contentType === SIGNED_DATA, "a stamp is no signed data");
  const data = AsnConvert.parse(outer.content, SignedData);
  const { eContentType, eContent } = data.encapContentInfo;
  const one = eContentType === TST_INFO && data.signerInfos.length === 1;
  ensure(one && eContent?.single, "a stamp holds something else, or has several signers");
  const raw = bytes(/** @type {OctetString} */ (eContent?.single));
  const info = AsnConvert.parse(raw, TSTInfo);
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  ensure(hashAlgorithm.algorithm === SHA256, "a stamp is over another hash");
  const same = equal(bytes(hashedMessage), await sha256(body));
  ensure(same, "a stamp is over another checkpoint", ELSEWHERE);
  const [signer] = data.signerInfos;
  const sent = (data.certificates ?? []).flatMap((each) => each.certificate ?? []);
  const holder = await holderOf(signer, sent, trusted, info.genTime);
  await checkAttributes(signer, raw, holder);
  const signed = await isSigned(signer, holder);
  ensure(signed, "signature of a stamp", SIGNATURE);
  return info.genTime;
}

/** @param {OctetString} octets @returns {Bytes} */
const bytes = (octets) => new Uint8Array(octets.buffer.slice(0));

/**
 * The signer's certificate: trusted, or issued by one that is; for stamping alone; valid then.
 * @param {SignerInfo} signer @param {Certificate[]} sent @param {string[]} trusted
 * @param {Date} moment @returns {Promise<Certificate>}
 */
async function holderOf(signer, sent, trusted, moment) {
  const named = signer.sid.issuerAndSerialNumber;
  if (!named) throw new SealingError(FORM, { what: "a stamp does not name its signer" });
  const issuer = encoded(named.issuer);
  const serial = hex(new Uint8Array(named.serialNumber));
  const roots = trusted.map((der) => certificate(fromHex(der)));
  for (const each of [...roots, ...sent]) {
    const { tbsCertificate: told } = each;
    if (hex(new Uint8Array(told.serialNumber)) !== serial) continue;
    if (!equal(encoded(told.issuer), issuer) || !(await isTrusted(each, roots))) continue;
    checkUse(each);
    const from = told.validity.notBefore.getTime();
    const until = told.validity.notAfter.getTime();
    ensure(
      from <= moment && moment <= until,
      "a stamp was made outside its certificate's validity",
      HOLDER,
    );
    return each;
  }
  throw new SealingError(HOLDER, { what: "a stamp is by an authority that is not trusted" });
}

/** @param {Certificate} held @param {Certificate[]} roots */
async function isTrusted(held, roots) {
  const own = encoded(held);
  for (const root of roots) {
    if (equal(encoded(root), own)) return true;
    if (isAuthority(root) && (await issuedBy(held, root))) return true;
  }
  return false;
}

/** @param {Certificate} holder */
function checkUse(holder) {
  const found = extensionOf(holder, EXTENDED_USE);
  if (!found) throw new SealingError(HOLDER, { what: "a stamp's certificate is not for stamping" });
  const uses = AsnConvert.parse(found.extnValue.buffer, ExtendedKeyUsage);
  const alone = found.critical && uses.length === 1 && uses[0] === TIME_STAMPING;
  ensure(alone, "a stamp's certificate is not for stamping alone", HOLDER);
}

/**
 * Content type, digest of the content, hash of the signer's certificate; each once.
 * @param {SignerInfo} signer @param {Bytes} raw @param {Certificate} holder
 */
async function checkAttributes(signer, raw, holder) {
  /** @type {Map<string, ArrayBuffer>} */
  const found = new Map();
  for (const { attrType, attrValues } of signer.signedAttrs ?? []) {
    const once = !found.has(attrType) && attrValues.length === 1;
    ensure(once, "an attribute of a stamp is there twice");
    found.set(attrType, attrValues[0]);
  }
  const kind = found.get(CONTENT_TYPE);
  ensure(kind && hex(new Uint8Array(kind)) === OID[TST_INFO], "a stamp signs something else");
  ensure(signer.digestAlgorithm.algorithm === SHA256, "a stamp is signed over another hash");
  const digest = found.get(MESSAGE_DIGEST);
  const own = digest && bytes(AsnConvert.parse(digest, OctetString));
  const kept = own && equal(own, await sha256(raw));
  ensure(kept, "a stamp's content is not what was signed", SIGNATURE);
  const newer = found.get(SIGNING_CERTIFICATE_V2);
  if (!newer) {
    ensure(found.has(SIGNING_CERTIFICATE), "a stamp does not name its certificate");
    return;
  }
  const { algorithm, hash } = signingCertificate(newer);
  if (algorithm !== null && algorithm !== SHA256) return;
  const meant = equal(hash, await sha256(encoded(holder)));
  ensure(meant, "a stamp names another certificate", HOLDER);
}

/** @param {SignerInfo} signer @param {Certificate} holder */
async function isSigned({ signature, signatureAlgorithm, signedAttrs }, holder) {
  const { algorithm } = signatureAlgorithm;
  ensure(ALGORITHMS.includes(algorithm), "a stamp is signed in another way");
  return signedBy(holder, algorithm, signedAttributes(signedAttrs ?? []), bytes(signature));
}

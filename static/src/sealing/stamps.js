// RFC 3161 time stamps, checked: over what, when, by whom. docs/sealed-bid-envelope.md, section 9.
import { concat, equal, fromHex, hex, sha256, utf8 } from "./bytes.js";
import { OCTETS, SEQUENCE, SET, expect, moment, oid, parts, read, within } from "./der.js";
import { SealingError } from "./errors.js";
import { certificate, issuedBy, signedBy } from "./x509.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./der.js").Element} Element */
/** @typedef {import("./x509.js").Certificate} Certificate */
/** @typedef {{issuer: Bytes, serial: string, signed: Bytes, algorithm: string, signature: Bytes, certificateHash: Bytes | null}} Signer */

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SHA256 = "2.16.840.1.101.3.4.2.1";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const EXTENDED_USE = "2.5.29.37";
const EXPLICIT = 0xa0;

/** @param {string} what @returns {never} */
function wrong(what) {
  throw new SealingError("LOG-1202", { what });
}

/**
 * The time a token says, when it is over `body` and by one of the trusted certificates.
 * @param {string} token DER in hexadecimal @param {string} body
 * @param {string[]} trusted DER in hexadecimal
 * @returns {Promise<number>} milliseconds since 1970; throws LOG-1201, LOG-1202 (form), LOG-2201
 *   (over something else), LOG-2202 (signature), LOG-2203 (certificate)
 */
export async function stampedAt(token, body, trusted) {
  const [kind, wrapped] = within(read(fromHex(token)), SEQUENCE, 2);
  if (oid(kind) !== SIGNED_DATA) wrong("content type");
  const data = within(within(wrapped, EXPLICIT, 1)[0], SEQUENCE);
  const info = contentOf(data[2]);
  const told = within(read(info), SEQUENCE);
  const [algorithm, digest] = within(told[2], SEQUENCE, 2);
  if (algorithmOf(algorithm) !== SHA256) wrong("imprint");
  const imprint = await sha256(utf8(body));
  if (!equal(expect(digest, OCTETS).content, imprint)) throw new SealingError("LOG-2201");
  const at = moment(told[4]);
  const signer = await signerOf(within(data.at(-1), SET, 1)[0], info);
  const sent = data.slice(3, -1).find(({ tag }) => tag === EXPLICIT);
  await checkSigner(signer, sent ? parts(sent) : [], trusted, at);
  return at;
}

/** @param {Element | undefined} held */
function contentOf(held) {
  const [kind, content] = within(held, SEQUENCE, 2);
  if (oid(kind) !== TST_INFO) wrong("content type");
  return expect(within(content, EXPLICIT, 1)[0], OCTETS).content;
}

/** @param {Element | undefined} held */
const algorithmOf = (held) => oid(within(held, SEQUENCE)[0]);

/** @param {Element} held @param {Bytes} info @returns {Promise<Signer>} */
async function signerOf(held, info) {
  const [, named, digest, attributes, algorithm, signature] = within(held, SEQUENCE);
  const [issuer, serial] = within(named, SEQUENCE, 2);
  if (algorithmOf(digest) !== SHA256) wrong("digest");
  const found = attributesOf(expect(attributes, EXPLICIT));
  if (oid(valueOf(found, CONTENT_TYPE)) !== TST_INFO) wrong("content type");
  const told = expect(valueOf(found, MESSAGE_DIGEST), OCTETS).content;
  if (!equal(told, await sha256(info))) wrong("message digest");
  return {
    issuer: expect(issuer, SEQUENCE).raw,
    serial: hex(serial.content),
    // Signed as a SET, sent under its implicit tag (RFC 5652, 5.4).
    signed: concat(Uint8Array.of(SET), attributes.raw.slice(1)),
    algorithm: algorithmOf(algorithm),
    signature: expect(signature, OCTETS).content,
    certificateHash: certificateHash(found),
  };
}

/** @param {Element} held */
function attributesOf(held) {
  /** @type {Map<string, Element>} */
  const found = new Map();
  for (const each of parts(held)) {
    const [kind, values] = within(each, SEQUENCE, 2);
    const name = oid(kind);
    if (found.has(name)) wrong("attribute");
    found.set(name, values);
  }
  return found;
}

/** @param {Map<string, Element>} found @param {string} name @returns {Element} the only one */
const valueOf = (found, name) => within(found.get(name), SET, 1)[0];

/** @param {Map<string, Element>} found @returns {Bytes | null} null: named by SHA-1 only */
function certificateHash(found) {
  if (!found.has(SIGNING_CERTIFICATE_V2)) {
    valueOf(found, SIGNING_CERTIFICATE);
    return null;
  }
  const [list] = within(valueOf(found, SIGNING_CERTIFICATE_V2), SEQUENCE);
  const inside = within(within(list, SEQUENCE)[0], SEQUENCE);
  if (inside[0]?.tag === SEQUENCE) {
    if (algorithmOf(inside[0]) !== SHA256) return null;
    inside.shift();
  }
  return expect(inside[0], OCTETS).content;
}

/**
 * @param {Signer} signer @param {Element[]} sent @param {string[]} trusted @param {number} at
 */
async function checkSigner(signer, sent, trusted, at) {
  const anchors = trusted.map((der) => certificate(fromHex(der)));
  const held = [...sent.map(({ raw }) => certificate(raw)), ...anchors];
  const named = [];
  for (const each of held) {
    if (equal(each.issuer, signer.issuer) && each.serial === signer.serial) named.push(each);
  }
  const [holder] = named;
  if (!holder || !(await isTrusted(holder, anchors)) || !isForStamping(holder, at)) {
    throw new SealingError("LOG-2203");
  }
  const { certificateHash: told } = signer;
  if (told && !equal(told, await sha256(holder.der))) throw new SealingError("LOG-2203");
  if (!(await signedBy(holder, signer.algorithm, signer.signed, signer.signature))) {
    throw new SealingError("LOG-2202");
  }
}

/** @param {Certificate} holder @param {Certificate[]} anchors */
async function isTrusted(holder, anchors) {
  for (const anchor of anchors) {
    if (equal(anchor.der, holder.der) || (await issuedBy(holder, anchor))) return true;
  }
  return false;
}

/** @param {Certificate} holder @param {number} at */
function isForStamping({ extensions, from, until }, at) {
  const use = extensions.get(EXTENDED_USE);
  if (!use?.critical) return false;
  const uses = within(read(use.value), SEQUENCE).map(oid);
  return uses.length === 1 && uses[0] === TIME_STAMPING && from <= at && at <= until;
}

// X.509 certificates as far as signatures need it: whose key, who issued it, for what, how long.
import { concat, equal, hex } from "./bytes.js";
import { INTEGER, OCTETS, OID, SEQUENCE, expect, moment, oid, parts, read, within } from "./der.js";
import { SealingError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./der.js").Element} Element */
/**
 * @typedef {object} Certificate
 * @property {Bytes} der
 * @property {Bytes} issuer DER name
 * @property {Bytes} subject DER name
 * @property {string} serial hexadecimal
 * @property {number} from milliseconds
 * @property {number} until milliseconds
 * @property {Bytes} key SubjectPublicKeyInfo
 * @property {Map<string, {critical: boolean, value: Bytes}>} extensions
 * @property {{signed: Bytes, algorithm: string, signature: Bytes}} own how its issuer signed it
 */

export const ECDSA = "1.2.840.10045.4.3.2";
export const RSA = "1.2.840.113549.1.1.11";
const PLAIN_RSA = "1.2.840.113549.1.1.1";
const P256 = "1.2.840.10045.3.1.7";
const BASIC = "2.5.29.19";
const TRUE = 0xff;

/** @param {Bytes} der @returns {Certificate} throws LOG-1201 */
export function certificate(der) {
  const [body, algorithm, bits] = within(read(der), SEQUENCE, 3);
  const told = within(body, SEQUENCE);
  // The version is left out only by certificates of the first kind, which cannot say their use.
  const [, serial, , issuer, validity, subject, key, ...rest] = told;
  const [from, until] = within(validity, SEQUENCE, 2);
  return {
    der,
    issuer: expect(issuer, SEQUENCE).raw,
    subject: expect(subject, SEQUENCE).raw,
    serial: hex(expect(serial, INTEGER).content),
    from: moment(from),
    until: moment(until),
    key: expect(key, SEQUENCE).raw,
    extensions: extensionsOf(rest.find(({ tag }) => tag === 0xa3)),
    own: {
      signed: expect(body, SEQUENCE).raw,
      algorithm: oid(within(algorithm, SEQUENCE)[0]),
      signature: expect(bits, 0x03).content.slice(1),
    },
  };
}

/** @param {Element | undefined} held */
function extensionsOf(held) {
  /** @type {Certificate["extensions"]} */
  const found = new Map();
  if (!held) return found;
  for (const each of within(parts(held)[0], SEQUENCE)) {
    const inside = within(each, SEQUENCE);
    const critical = inside.length === 3 && inside[1].content[0] === TRUE;
    found.set(oid(inside[0]), { critical, value: expect(inside.at(-1), OCTETS).content });
  }
  return found;
}

/** @param {Certificate} held @returns {boolean} whether it may issue others */
export function isAuthority({ extensions }) {
  const basic = extensions.get(BASIC);
  return Boolean(basic && within(read(basic.value), SEQUENCE)[0]?.content[0] === TRUE);
}

/** @param {Certificate} held @param {Certificate} issuer @returns {Promise<boolean>} */
export async function issuedBy(held, issuer) {
  if (!equal(held.issuer, issuer.subject) || !isAuthority(issuer)) return false;
  return signedBy(issuer, held.own.algorithm, held.own.signed, held.own.signature);
}

/**
 * Whether a certificate's key made a signature, over SHA-256, as certificates and stamps carry it.
 * @param {Certificate} holder @param {string} algorithm OID
 * @param {Bytes} message @param {Bytes} signature DER of r and s, or of RSA as it is
 */
export async function signedBy(holder, algorithm, message, signature) {
  const curve = isP256(holder);
  const way = curve
    ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
    : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (!(curve ? [ECDSA] : [RSA, PLAIN_RSA]).includes(algorithm)) return false;
  try {
    const key = await crypto.subtle.importKey("spki", holder.key, way, false, ["verify"]);
    const raw = curve ? rawSignature(signature) : signature;
    return await crypto.subtle.verify(way, key, raw, message);
  } catch {
    return false;
  }
}

/** @param {Certificate} holder @returns {Bytes} its P-256 key as a raw point; throws LOG-2203 */
export function pointOf({ key }) {
  if (!isP256({ key })) throw new SealingError("LOG-2203");
  return within(read(key), SEQUENCE, 2)[1].content.slice(1);
}

/** @param {{key: Bytes}} holder */
function isP256({ key }) {
  const [, named] = within(within(read(key), SEQUENCE, 2)[0], SEQUENCE);
  return named?.tag === OID && oid(named) === P256;
}

/** @param {Bytes} der @returns {Bytes} r‖s, 64 bytes */
function rawSignature(der) {
  const numbers = within(read(der), SEQUENCE, 2).map((each) => {
    const { content } = expect(each, INTEGER);
    const from = content.findIndex((byte) => byte !== 0);
    const bytes = content.slice(from < 0 ? content.length : from);
    return concat(new Uint8Array(Math.max(0, 32 - bytes.length)), bytes);
  });
  return concat(...numbers);
}

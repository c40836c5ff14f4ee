// What a bidder's certificates say of themselves: whose key, and from when until when they hold.
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { fromHex, hex } from "../sealing/bytes.js";

/** @typedef {{from: Date, until: Date, key: string}} Validity `key`: raw public key in hex */

/** @param {string} der hex @returns {Validity} throws when it is no certificate */
export function validityOf(der) {
  const { tbsCertificate: told } = AsnConvert.parse(fromHex(der), Certificate);
  return {
    from: told.validity.notBefore.getTime(),
    until: told.validity.notAfter.getTime(),
    key: hex(new Uint8Array(told.subjectPublicKeyInfo.subjectPublicKey)),
  };
}

/**
 * @param {string[]} chain hex DER, leaf first
 * @returns {{from: number, until: number, key: string} | null} the time in which every link holds,
 *   and the leaf's key; null without certificates or when one cannot be read
 */
export function chainHolds(chain) {
  try {
    const read = chain.map(validityOf);
    const [leaf] = read;
    if (!leaf) return null;
    const from = Math.max(...read.map((each) => each.from.getTime()));
    const until = Math.min(...read.map((each) => each.until.getTime()));
    return { from, until, key: leaf.key };
  } catch {
    return null;
  }
}

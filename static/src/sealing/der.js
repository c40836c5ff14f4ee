// The few ASN.1 types that the @peculiar packages leave out, told to their reader by hand.
import { Attribute } from "@peculiar/asn1-cms";
import {
  AsnArray,
  AsnConvert,
  AsnIntegerArrayBufferConverter,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
  OctetString,
} from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

class EcdsaSignature {
  r = new ArrayBuffer(0);
  s = new ArrayBuffer(0);
}
const whole = { type: AsnPropTypes.Integer, converter: AsnIntegerArrayBufferConverter };
AsnProp(whole)(EcdsaSignature.prototype, "r");
AsnProp(whole)(EcdsaSignature.prototype, "s");

/** ESSCertIDv2 of RFC 5035; `issuer` is not looked at. */
class CertificateId {
  /** @type {AlgorithmIdentifier | undefined} */
  hashAlgorithm = undefined;
  certHash = new OctetString();
  /** @type {ArrayBuffer | undefined} */
  issuer = undefined;
}
AsnProp({ type: AlgorithmIdentifier, optional: true })(CertificateId.prototype, "hashAlgorithm");
AsnProp({ type: OctetString })(CertificateId.prototype, "certHash");
AsnProp({ type: AsnPropTypes.Any, optional: true })(CertificateId.prototype, "issuer");

/** SigningCertificateV2 of RFC 5035. */
class SigningCertificate {
  /** @type {CertificateId[]} */
  certs = [];
  /** @type {ArrayBuffer | undefined} */
  policies = undefined;
}
AsnProp({ type: CertificateId, repeated: "sequence" })(SigningCertificate.prototype, "certs");
AsnProp({ type: AsnPropTypes.Any, optional: true })(SigningCertificate.prototype, "policies");
for (const each of [EcdsaSignature, CertificateId, SigningCertificate]) {
  AsnType({ type: AsnTypeTypes.Sequence })(each);
}

/**
 * What a signer of CMS signs: the attributes as a SET OF (RFC 5652 5.4).
 * @extends {AsnArray<Attribute>}
 */
class SignedAttributes extends AsnArray {}
AsnType({ type: AsnTypeTypes.Set, itemType: Attribute })(SignedAttributes);

/** @param {Attribute[]} attributes @returns {Bytes} */
export const signedAttributes = (attributes) =>
  new Uint8Array(AsnConvert.serialize(new SignedAttributes(attributes)));

/** @param {Bytes} der @param {number} size bytes of a coordinate @returns {Bytes} r‖s */
export function rawSignature(der, size) {
  const { r, s } = AsnConvert.parse(der, EcdsaSignature);
  const raw = new Uint8Array(2 * size);
  for (const [part, end] of /** @type {const} */ ([
    [r, size],
    [s, 2 * size],
  ])) {
    const bytes = new Uint8Array(part);
    const kept = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
    raw.set(kept, end - kept.length);
  }
  return raw;
}

/** @param {ArrayBuffer} der @returns {{algorithm: string | null, hash: Bytes}} of the first */
export function signingCertificate(der) {
  const { hashAlgorithm, certHash } = AsnConvert.parse(der, SigningCertificate).certs[0];
  return {
    algorithm: hashAlgorithm?.algorithm ?? null,
    hash: new Uint8Array(certHash.buffer.slice(0)),
  };
}

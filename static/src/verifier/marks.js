// Signatures over WebCrypto: P-256 and Ed25519 by raw keys, and points of the curve.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** @param {Bytes} key raw point @param {Bytes} message @param {Bytes} signature r‖s */
export async function p256Holds(key, message, signature) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, ECDSA, false, ["verify"]);
    return await crypto.subtle.verify(SIGNATURE, imported, signature, message);
  } catch {
    return false;
  }
}

/** @param {Bytes} key raw @param {Bytes} message @param {Bytes} signature */
export async function ed25519Holds(key, message, signature) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch (error) {
    // A browser without Ed25519 must not look like a wrong signature.
    if (error instanceof DOMException && error.name === "NotSupportedError") throw error;
    return false;
  }
}

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** @param {Bytes} point @returns {boolean} 04 ‖ x ‖ y of P-256 (SEC 2) */
export function onCurve(point) {
  if (point.length !== 65 || point[0] !== 4) return false;
  const [x, y] = [number(point.subarray(1, 33)), number(point.subarray(33))];
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

/** @param {Uint8Array} raw */
const number = (raw) => raw.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

// All published vectors judged by the modules of the pages, in whatever has WebCrypto: Node or a
// browser. Nothing here knows where the vectors come from; a wrong answer is told by its name.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { concat, equal, fromHex, hex } from "../../static/src/sealing/bytes.js";
import { derive, extract } from "../../static/src/sealing/hkdf.js";
import * as hpke from "../../static/src/sealing/hpke.js";
import * as p256 from "../../static/src/sealing/p256.js";
import { Draw } from "../../static/src/sealing/draws.js";
import { envelope } from "./judge-envelope.js";

/** @typedef {import("../../static/src/sealing/bytes.js").Bytes} Bytes */
/** @typedef {Record<string, any>} Test */

/** @param {string} text hex of a number @returns {Bytes} 32 bytes big-endian, longer if it is */
const number = (text) => fromHex(text.replace(/^0+(?=(..)*$)/, "").padStart(64, "0"));

/** @param {string} scalar hex @returns {Bytes} PKCS#8 without the public key */
export function pkcs8(scalar) {
  const head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
  return concat(fromHex(head), number(scalar));
}

/** @param {() => Promise<unknown>} act @returns {Promise<boolean>} whether it was refused */
async function refused(act) {
  try {
    await act();
    return false;
  } catch {
    return true;
  }
}

/** @param {Test} t fields in hex @param {string | null} plain */
async function gcm(t, plain) {
  const key = await crypto.subtle.importKey("raw", fromHex(t.key), "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: fromHex(t.iv), additionalData: fromHex(t.aad ?? "") };
  const sealed = fromHex(t.ct + t.tag);
  const open = async () => hex(new Uint8Array(await crypto.subtle.decrypt(how, key, sealed)));
  return plain === null ? refused(open) : (await open()) === plain;
}

/** @param {Test} t */
async function ecdh({ public: point, private: scalar, shared, result }) {
  const other = fromHex(point);
  if (result !== "valid") return refused(() => hpke.seal(other, fromHex("00"), fromHex("")));
  const { pair } = await p256.fromPkcs8(pkcs8(scalar));
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const imported = await crypto.subtle.importKey("raw", other, curve, false, []);
  const how = { name: "ECDH", public: imported };
  return hex(new Uint8Array(await crypto.subtle.deriveBits(how, pair.privateKey, 256))) === shared;
}

/** @param {Test} t */
async function ed25519({ key, msg, sig, result }) {
  try {
    const held = await crypto.subtle.importKey("raw", fromHex(key), "Ed25519", false, ["verify"]);
    const holds = await crypto.subtle.verify("Ed25519", held, fromHex(sig), fromHex(msg));
    return holds === (result === "valid");
  } catch {
    return result !== "valid";
  }
}

/** @param {Test} t An absent salt is HashLen zeros (RFC 5869 2.2), which our caller writes out. */
async function hkdf({ ikm, salt, info, size, okm, result }) {
  const act = () => derive(fromHex(ikm), fromHex(salt || "00".repeat(32)), fromHex(info), size);
  return result === "valid" ? hex(await act()) === okm : refused(act);
}

/** @param {Test} t */
async function rfc9180(t) {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const { pair, publicKey } = await p256.deriveKeys(fromHex(t.ikmR));
  if (hex(publicKey) !== t.pkRm) return false;
  const how = { recipientKey: pair, enc: fromHex(t.enc), info: fromHex(t.info) };
  const opener = await suite.createRecipientContext(how);
  for (const { ct, aad, pt } of t.encryptions) {
    if (hex(new Uint8Array(await opener.open(fromHex(ct), fromHex(aad)))) !== pt) return false;
  }
  return true;
}

/** @param {string} qx @param {string} qy @returns {Bytes} */
const point = (qx, qy) => concat(fromHex("04"), number(qx), number(qy));

/** @type {Record<string, (t: Test) => Promise<boolean>>} */
const JUDGES = {
  "wycheproof aes_gcm": (t) => gcm(t, t.result === "valid" ? t.msg : null),
  "wycheproof ecdh_p256": ecdh,
  "wycheproof ecdsa_p256_sha256": async ({ key, msg, sig, result }) =>
    (await p256.verify(fromHex(key), fromHex(msg), fromHex(sig))) === (result === "valid"),
  "wycheproof ed25519": ed25519,
  "wycheproof hkdf_sha256": hkdf,
  "wycheproof hmac_sha256": async ({ key, msg, tag, result }) =>
    equal(await extract(fromHex(key), fromHex(msg)), fromHex(tag)) === (result === "valid"),
  "rfc9180 hpke": rfc9180,
  "nist aes_gcm": (t) => gcm(t, t.pt),
  "nist ecdsa_p256_sha256": async ({ msg, qx, qy, r, s, result }) =>
    (await p256.verify(point(qx, qy), fromHex(msg), concat(number(r), number(s)))) ===
    (result === "P"),
  "nist hmac_drbg_sha256": async ({ entropy, nonce, expected }) => {
    const draw = await Draw.of(fromHex(entropy + nonce));
    await draw.take(expected.length / 2);
    return hex(await draw.take(expected.length / 2)) === expected;
  },
  "nist p256_points": async ({ qx, qy, result }) =>
    (await refused(() => hpke.seal(point(qx, qy), fromHex("00"), fromHex("")))) ===
    (result !== "P"),
};

/**
 * @param {{wycheproof: any, rfc9180: any, nist: any, sbe1: any}} published the files of docs/vectors
 * @returns {Promise<{counts: Record<string, number>, wrong: string[]}>}
 */
export async function judge(published) {
  /** @type {Record<string, number>} */
  const counts = {};
  /** @type {string[]} */
  const wrong = [];
  for (const [name, right] of Object.entries(JUDGES)) {
    const [source, suite] = name.split(" ");
    /** @type {Test[]} */
    const tests = published[/** @type {"nist"} */ (source)][suite];
    counts[name] = tests.length;
    for (const [at, test] of tests.entries()) {
      const good = await right(test).catch((error) => (wrong.push(`${name}: ${error}`), false));
      if (!good) wrong.push(`${name} ${test.tcId ?? at}`);
    }
  }
  counts.sbe1 = published.sbe1.vectors.length;
  for (const vector of published.sbe1.vectors) {
    for (const what of await envelope(vector, published.sbe1))
      wrong.push(`${vector.name}: ${what}`);
  }
  return { counts, wrong };
}

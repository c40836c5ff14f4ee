// One vector of docs/vectors/sbe1.json, judged by the modules of the pages: read, unlocked with each
// key alone, every part opened, and every part sealed anew to the same bytes.
import { concat, fromBase64, fromHex, hex, sha256, utf8 } from "../../static/src/sealing/bytes.js";
import * as form from "../../static/src/sealing/header.js";
import * as hpke from "../../static/src/sealing/hpke.js";
import { canonical } from "../../static/src/sealing/jcs.js";
import * as p256 from "../../static/src/sealing/p256.js";
import { drawPart, partCek, partKeys, sealChunks } from "../../static/src/sealing/parts.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";
import * as recovery from "../../static/src/sealing/recovery.js";
import { combine } from "../../static/src/sealing/shamir.js";
import { Sha256 } from "../../static/src/sealing/sha256.js";
import * as unseal from "../../static/src/sealing/unseal.js";
import { pkcs8 } from "./judge.js";

/** @typedef {import("../../static/src/sealing/bytes.js").Bytes} Bytes */
/** @typedef {Record<string, any>} Vector */

/**
 * @param {Vector} vector @param {{trustees: string[], panel: string[]}} published
 * @returns {Promise<string[]>} what is not as published
 */
export async function envelope(vector, published) {
  /** @type {string[]} */
  const wrong = [];
  const check = (
    /** @type {string} */ what,
    /** @type {unknown} */ got,
    /** @type {unknown} */ told,
  ) => {
    if (got !== told) wrong.push(what);
  };
  const header = await form.readHeader(vector.header, vector.signature);
  check("commitment", await form.commitmentOf(vector.header, vector.signature), vector.commitment);
  const pseudonym = await fromSeed(fromHex(vector.seed));
  check("signing key", hex(pseudonym.publicKey), header.signing_key);
  check("pseudonym", pseudonym.id, header.context.pseudonym);
  check("draw part", hex(await drawPart(fromHex(vector.s_open))), vector.draw_part);
  const bound = await p256.verify(
    fromHex(vector.certificate_public),
    form.bindingMessage(header),
    fromHex(vector.binding_signature),
  );
  check("binding", bound, true);
  await committee(vector, header, published.trustees, check);
  await holder(vector, header, pseudonym.bidPair, check);
  await rescue(vector, header, published.panel, check);
  await parts(vector, header, check);
  return wrong;
}

/** @typedef {(what: string, got: unknown, told: unknown) => void} Check */

/** @param {Vector} vector @param {form.Header} header @param {string[]} trustees @param {Check} check */
async function committee(vector, header, trustees, check) {
  /** @type {[number, Bytes][]} */
  const given = [];
  for (const { index, enc, ciphertext } of header.locks.committee.wraps) {
    const { pair } = await p256.fromPkcs8(pkcs8(trustees[index - 1]));
    const info = form.hpkeInfo(`trustee ${index}`, header.context);
    const both = await hpke.open(pair, fromHex(enc), fromHex(ciphertext), info);
    const { list, open } = vector.shares[index - 1];
    check(`shares ${index}`, hex(both), list + open);
    given.push([index, both]);
  }
  const last = given.slice(-header.locks.committee.m);
  const half = (/** @type {number} */ from) =>
    hex(combine(new Map(last.map(([index, both]) => [index, both.slice(from, from + 32)]))));
  check("s_list", half(0), vector.s_list);
  check("s_open", half(32), vector.s_open);
}

/** @param {Vector} vector @param {form.Header} header @param {CryptoKeyPair} pair @param {Check} check */
async function holder(vector, header, pair, check) {
  const lock = header.locks.holder.bid_key;
  const info = form.hpkeInfo("bid key", header.context);
  const secret = lock && (await hpke.open(pair, fromHex(lock.enc), fromHex(lock.ciphertext), info));
  check("s_holder", secret ? hex(secret) : "00".repeat(32), vector.s_holder);
  if (!vector.recovery) return;
  const code = await recovery.parse(vector.recovery_code);
  check("recovery code", hex(code), vector.recovery);
  const recovered = await unseal.holderSecretByRecovery(vector.header, code);
  check("recovered", recovered, vector.s_holder);
}

/** @param {Vector} vector @param {form.Header} header @param {string[]} panel @param {Check} check */
async function rescue(vector, header, panel, check) {
  const lock = header.locks.holder.rescue;
  check("consent", vector.rescue_shares.length, lock?.wraps.length ?? 0);
  if (!lock) return;
  /** @type {[number, Bytes][]} */
  const given = [];
  for (const { index, enc, ciphertext } of lock.wraps) {
    const { pair } = await p256.fromPkcs8(pkcs8(panel[index - 1]));
    const info = form.hpkeInfo(`rescue ${index}`, header.context);
    const share = await hpke.open(pair, fromHex(enc), fromHex(ciphertext), info);
    check(`rescue share ${index}`, hex(share), vector.rescue_shares[index - 1]);
    given.push([index, share]);
  }
  check("rescued", hex(combine(new Map(given.slice(-lock.k)))), vector.s_holder);
}

/** @param {Vector} vector @param {string} name @returns {Bytes} plain content of a part */
function content(vector, name) {
  if (name === "opening") return utf8(canonical(vector.opening));
  const { binding_signature } = vector;
  if (name === "identity") return utf8(canonical({ ...vector.identity, binding_signature }));
  const pieces = [];
  const { length } = vector.documents[name];
  for (let counter = 0; counter * 32 < length; counter++) {
    const eight = new DataView(new ArrayBuffer(8));
    eight.setBigUint64(0, BigInt(counter));
    const hash = new Sha256();
    hash.add(concat("SBE/1 vector", name, new Uint8Array(eight.buffer)));
    pieces.push(hash.digest());
  }
  return concat(...pieces).slice(0, length);
}

/** @param {Vector} vector @param {form.Header} header @param {Check} check */
async function parts(vector, header, check) {
  const secrets = { list: vector.s_list, open: vector.s_open, holder: vector.s_holder };
  for (const part of header.parts) {
    const name = part.name;
    const secret = name === "identity" ? [secrets.list] : [secrets.open, secrets.holder];
    const cek = await partCek(name, header.context, fromHex(secret.join("")));
    const told = vector.keys.find((/** @type {Vector} */ each) => each.name === name);
    check(`${name} cek`, hex(cek), told.cek);
    const keys = await partKeys(name, header.context, fromHex(part.salt), cek);
    check(`${name} base`, hex(keys.base), told.base);
    check(`${name} key commitment`, hex(keys.commitment), part.key_commitment);
    const plain = content(vector, name);
    check(`${name} size class`, form.sizeClass(plain.length, name), part.size_class);
    const sealed = [];
    for await (const chunk of sealChunks(keys, new Blob([plain]), part.size_class)) {
      sealed.push(chunk);
    }
    const { sha256: hashes, base64 } = vector.sealed[name];
    const found = await Promise.all(sealed.map(async (chunk) => hex(await sha256(chunk))));
    check(`${name} sealed`, found.join(" "), hashes.join(" "));
    if (base64) check(`${name} bytes`, hex(sealed[0]), hex(fromBase64(base64)));
    const opened = [];
    for await (const piece of unseal.openPart(vector.header, name, secrets, sealed)) {
      opened.push(piece);
    }
    check(`${name} opened`, hex(await sha256(...opened)), hex(await sha256(plain)));
  }
}

// Unsealing: the bidder's own secret out of the holder lock, and parts opened locally for a check.
import { concat, fromHex, fromUtf8, hex, sha256 } from "./bytes.js";
import { SealingError } from "./errors.js";
import * as form from "./header.js";
import { derive } from "./hkdf.js";
import * as hpke from "./hpke.js";
import { parse } from "./jcs.js";
import { Frontier, leafHash } from "./merkle.js";
import { openChunks, partCek, partKeys } from "./parts.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{list?: string, open?: string, holder?: string}} Secrets hex, as sealEnvelope gave them */

/**
 * s_holder by the bid key.
 * @param {string} text the header's exact text
 * @param {CryptoKeyPair} bidPair the pseudonym's
 * @returns {Promise<string>} hex; throws ENV-3101 (another key) or ENV-3004 (a wrong secret inside)
 */
export async function holderSecret(text, bidPair) {
  const header = await form.readHeader(text);
  const lock = header.locks.holder.bid_key;
  if (header.policy.holder_lock === "committee_only" || !lock) return "00".repeat(32);
  const info = form.hpkeInfo("bid key", header.context);
  const secret = await hpke.open(
    bidPair,
    fromHex(lock.enc, 65),
    fromHex(lock.ciphertext, 48),
    info,
  );
  return checked(secret, header);
}

/**
 * s_holder by a printed recovery code.
 * @param {string} text the header's exact text
 * @param {Bytes} code 32 bytes, see recovery.js
 * @returns {Promise<string>} hex; throws ENV-3102 (no such lock, or another code)
 */
export async function holderSecretByRecovery(text, code) {
  const header = await form.readHeader(text);
  const lock = header.locks.holder.recovery;
  if (!lock) throw new SealingError("ENV-3102", { what: "absent" });
  const info = form.hpkeInfo("recovery", header.context);
  const raw = await derive(code, fromHex(lock.salt, 32), info, 32);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const iv = new Uint8Array(12);
  try {
    const sealed = fromHex(lock.ciphertext, 48);
    const secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
    return await checked(new Uint8Array(secret), header);
  } catch (error) {
    if (error instanceof SealingError) throw error;
    throw new SealingError("ENV-3102", { what: "code" });
  }
}

/** @param {Bytes} secret @param {form.Header} header */
async function checked(secret, header) {
  if (!(await form.matches(secret, header.secrets.holder))) throw new SealingError("ENV-3004");
  return hex(secret);
}

/**
 * The content of one of the bidder's own parts, for a check after sealing or a rehearsal.
 * @param {string} text the header's exact text
 * @param {form.PartName} name
 * @param {Secrets} secrets
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} chunks sealed, in order
 * @returns {AsyncGenerator<Bytes, void, void>}
 */
export async function* openPart(text, name, secrets, chunks) {
  const header = await form.readHeader(text);
  const part = header.parts.find((candidate) => candidate.name === name);
  if (!part) throw new SealingError("ENV-2011", { part: name });
  const secret =
    name === "identity"
      ? await known(secrets.list, header.secrets.list, "list")
      : concat(
          await known(secrets.open, header.secrets.open, "open"),
          await known(secrets.holder, header.secrets.holder, "holder"),
        );
  const cek = await partCek(name, header.context, secret);
  const keys = await partKeys(name, header.context, fromHex(part.salt, 32), cek);
  const tree = new Frontier();
  yield* openChunks(keys, part, hashed(tree, chunks));
  if (hex(await tree.root()) !== part.merkle_root) {
    throw new SealingError("ENV-2006", { part: name, chunk: tree.size });
  }
}

/**
 * A structured part (identity, opening) as its value.
 * @param {string} text @param {form.PartName} name @param {Secrets} secrets
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} chunks
 * @returns {Promise<Record<string, any>>}
 */
export async function openJson(text, name, secrets, chunks) {
  const pieces = [];
  for await (const piece of openPart(text, name, secrets, chunks)) pieces.push(piece);
  return parse(fromUtf8(concat(...pieces)));
}

/** @param {Frontier} tree @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} chunks */
async function* hashed(tree, chunks) {
  for await (const chunk of chunks) {
    await tree.add(await leafHash(chunk));
    yield chunk;
  }
}

/** @param {string | undefined} secret @param {string} expected @param {string} which */
async function known(secret, expected, which) {
  const bytes = fromHex(secret ?? "");
  if (hex(await sha256(bytes)) !== expected) throw new SealingError("ENV-2001", { secret: which });
  return bytes;
}

// Sealing and opening of one part, chunk by chunk: AES-256-GCM over 1 MiB, tree over ciphertext.
import { concat, equal, fromHex, sha256, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { CHUNK, TAG, contextBytes } from "./header.js";
import { derive, expand } from "./hkdf.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./header.js").Context} Context */
/** @typedef {import("./header.js").PartName} PartName */
/** @typedef {{key: CryptoKey, base: Bytes, commitment: Bytes}} PartKeys */

/**
 * Content key: of `identity` from s_list, of the others from s_open ‖ s_holder.
 * @param {PartName} name @param {Context} context @param {Bytes} secret
 */
export function partCek(name, context, secret) {
  return derive(secret, utf8("SBE/1"), concat(name, contextBytes(context)), 32);
}

/**
 * @param {PartName} name @param {Context} context @param {Bytes} salt @param {Bytes} cek
 * @returns {Promise<PartKeys>}
 */
export async function partKeys(name, context, salt, cek) {
  const raw = await expand(cek, concat("SBE/1", name, salt, contextBytes(context)), 76);
  const usages = /** @type {KeyUsage[]} */ (["encrypt", "decrypt"]);
  const key = await crypto.subtle.importKey("raw", raw.slice(0, 32), "AES-GCM", false, usages);
  return { key, base: raw.slice(32, 44), commitment: raw.slice(44) };
}

/** @param {Bytes} base @param {number} index @param {boolean} last @returns {Bytes} base ⊕ (flag, i) */
export function nonce(base, index, last) {
  const iv = base.slice();
  const view = new DataView(iv.buffer);
  view.setUint32(8, view.getUint32(8) ^ index);
  if (last) view.setUint32(4, view.getUint32(4) ^ 1);
  return iv;
}

/**
 * The sealed chunks of a source in order; at most one plain and one sealed chunk are held.
 * @param {PartKeys} keys
 * @param {Blob} source
 * @param {number} padded size class
 * @returns {AsyncGenerator<Bytes, void, void>}
 */
export async function* sealChunks(keys, source, padded) {
  const count = Math.max(1, Math.ceil(padded / CHUNK));
  // One buffer for all chunks: WebCrypto copies its input at the call, and fresh megabytes for each
  // chunk would outrun the garbage collector.
  const buffer = new Uint8Array(Math.min(CHUNK, padded));
  for (let index = 0; index < count; index++) {
    const plain = buffer.subarray(0, Math.min(CHUNK, padded - index * CHUNK));
    const head = index === 0 ? 8 : 0;
    const from = index === 0 ? 0 : index * CHUNK - 8;
    if (index === 0) new DataView(plain.buffer).setBigUint64(0, BigInt(source.size));
    let filled = head;
    if (from < source.size) {
      const piece = await source.slice(from, from + plain.length - head).arrayBuffer();
      plain.set(new Uint8Array(piece), head);
      filled += piece.byteLength;
    }
    plain.fill(0, filled);
    const iv = nonce(keys.base, index, index === count - 1);
    yield new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, keys.key, plain));
  }
}

/**
 * The content of a part from its sealed chunks; whole only when the iteration ends without error.
 * @param {PartKeys} keys
 * @param {import("./header.js").Part} part
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} chunks
 * @returns {AsyncGenerator<Bytes, void, void>}
 */
export async function* openChunks(keys, part, chunks) {
  if (!equal(keys.commitment, fromHex(part.key_commitment, 32))) {
    throw new SealingError("ENV-2002", { part: part.name });
  }
  let index = 0;
  let left = 0;
  for await (const sealed of chunks) {
    if (index >= part.chunk_count) throw fault("ENV-2008", part, index);
    let piece = await openChunk(keys, part, index, sealed);
    if (index === 0) {
      left = Number(new DataView(piece.buffer).getBigUint64(0));
      if (left > part.size_class - 8) throw fault("ENV-2009", part, 0);
      piece = piece.slice(8);
    }
    const content = piece.slice(0, left);
    if (piece.subarray(content.length).some((byte) => byte)) throw fault("ENV-2009", part, index);
    left -= content.length;
    index += 1;
    if (content.length) yield content;
  }
  if (index < part.chunk_count) throw fault("ENV-2004", part, index);
}

/**
 * @param {PartKeys} keys @param {import("./header.js").Part} part @param {number} index
 * @param {Uint8Array} sealed
 */
async function openChunk(keys, part, index, sealed) {
  const last = index === part.chunk_count - 1;
  const expected = Math.min(CHUNK, part.size_class - index * CHUNK);
  const iv = nonce(keys.base, index, last);
  try {
    const data = concat(sealed);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, keys.key, data);
    if (plain.byteLength === expected) return new Uint8Array(plain);
  } catch {
    throw fault(sealed.length < expected + TAG ? "ENV-2004" : "ENV-2003", part, index);
  }
  throw fault("ENV-2009", part, index);
}

/** @param {string} code @param {import("./header.js").Part} part @param {number} chunk */
function fault(code, part, chunk) {
  return new SealingError(code, { part: part.name, chunk });
}

/** @param {Bytes} sOpen @returns {Promise<Bytes>} an envelope's part in the lot's draws */
export const drawPart = (sOpen) => expand(sOpen, "SBE/1 draw part", 32);

/** @param {Bytes} sOpen @returns {Promise<Bytes>} */
export const drawPartHash = async (sOpen) => sha256(await drawPart(sOpen));

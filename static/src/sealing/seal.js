// Sealing a bid: parts first, streamed and uploaded as they are sealed, then header and signature.
import { concat, hex, random, sha256, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";
import * as form from "./header.js";
import { canonical } from "./jcs.js";
import { committeeLock, holderLock, NO_HOLDER_LOCK } from "./locks.js";
import { Frontier, leafHasher } from "./merkle.js";
import { drawPartHash, partCek, partKeys, sealChunks } from "./parts.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./header.js").PartName} PartName */
/** @typedef {{list: Bytes, open: Bytes, holder: Bytes}} Secrets */
/**
 * Takes one part's sealed chunks in order. `size` is their total in bytes.
 * @typedef {(part: {name: PartName, size: number, chunkCount: number,
 *   chunks: AsyncIterable<Bytes>}) => Promise<{upload_id: string}>} Upload
 */
/**
 * @typedef {object} Order
 * @property {form.Policy} policy
 * @property {import("./pseudonym.js").Pseudonym} pseudonym
 * @property {number} sequence 1 for the first version, then one more each time
 * @property {string | null} previous commitment of the version replaced
 * @property {number} [stage]
 * @property {{name: PartName, source: Blob}[]} documents technical, commercial, attachments
 * @property {Record<string, unknown>} opening price and terms; under 64 KiB as JSON
 * @property {Record<string, unknown>} identity who bids, without the binding signature
 * @property {(message: Bytes) => Promise<Bytes>} bind signs with the certificate's key, r‖s
 * @property {Upload} upload
 * @property {Bytes} [recovery] 32 bytes of a printed recovery code
 * @property {boolean} [consent] whether the policy's rescue panel may stand in for the bidder
 * @property {(progress: {part: PartName, bytes: number, total: number}) => void} [onProgress]
 *   plain bytes sealed so far, of all parts together
 */
/**
 * @typedef {object} Sealed
 * @property {string} header exact text
 * @property {string} signature hex
 * @property {string} commitment hex
 * @property {string} envelope_id
 * @property {Record<string, string>} uploads part name → upload id
 * @property {{list: string, open: string, holder: string}} secrets for the bidder's own check only:
 *   never leave the browser with them
 */

/** @param {Order} order @returns {Promise<Sealed>} */
export async function sealEnvelope(order) {
  const { policy, pseudonym } = order;
  /** @type {form.Context} */
  const context = {
    envelope_id: hex(random(16)),
    lot: policy.lot,
    policy_digest: await form.policyDigest(policy),
    pseudonym: pseudonym.id,
    sequence: order.sequence,
    stage: order.stage ?? 1,
    suite: 1,
    tender: policy.tender,
  };
  const alone = policy.holder_lock === "committee_only";
  const secrets = {
    list: random(32),
    open: random(32),
    holder: alone ? new Uint8Array(32) : random(32),
  };
  const run = new Run(order, context, secrets);
  const rest = await run.businessParts();
  const draft = {
    format: /** @type {const} */ ("SBE/1"),
    context,
    previous_commitment: order.previous,
    commitment_salt: hex(random(32)),
    signing_key: hex(pseudonym.publicKey),
    policy,
    secrets: await hashes(secrets),
    draw_part_hash: hex(await drawPartHash(secrets.open)),
  };
  const bound = await order.bind(form.bindingMessage({ ...draft, parts: rest }));
  const identity = { ...order.identity, binding_signature: hex(bound) };
  const parts = [await run.structured("identity", identity), ...rest];
  const locks = {
    committee: await committeeLock(policy, context, secrets),
    holder: alone
      ? NO_HOLDER_LOCK
      : await holderLock(order, context, secrets.holder, pseudonym.bidKey),
  };
  const header = canonical({ ...draft, parts, locks });
  const signature = hex(await pseudonym.sign(utf8(header)));
  return {
    header,
    signature,
    commitment: await form.commitmentOf(header, signature),
    envelope_id: context.envelope_id,
    uploads: run.uploads,
    secrets: { list: hex(secrets.list), open: hex(secrets.open), holder: hex(secrets.holder) },
  };
}

/** One sealing run: what it has uploaded, and how far it is. */
class Run {
  /** @param {Order} order @param {form.Context} context @param {Secrets} secrets */
  constructor(order, context, secrets) {
    this.order = order;
    this.context = context;
    this.secrets = secrets;
    /** @type {Record<string, string>} */
    this.uploads = {};
    this.bytes = 0;
    const documents = order.documents.map(({ name, source }) => form.sizeClass(source.size, name));
    this.total = documents.reduce((sum, size) => sum + size, 2 * form.SMALL);
  }

  /** @returns {Promise<form.Part[]>} opening and documents, in header order, three at a time */
  async businessParts() {
    const names = this.order.documents.map(({ name }) => name);
    if (new Set(names).size !== names.length || names.some(form.isSmall)) {
      throw new SealingError("ENV-1008", { what: "names" });
    }
    const sealed = await Promise.all([
      this.structured("opening", this.order.opening),
      ...this.order.documents.map(({ name, source }) => this.part(name, source)),
    ]);
    const place = (/** @type {form.Part} */ part) => form.PART_NAMES.indexOf(part.name);
    return sealed.sort((a, b) => place(a) - place(b));
  }

  /** @param {PartName} name @param {Record<string, unknown>} value */
  structured(name, value) {
    return this.part(name, new Blob([utf8(canonical(value))]));
  }

  /** @param {PartName} name @param {Blob} source @returns {Promise<form.Part>} */
  async part(name, source) {
    const { list, open, holder } = this.secrets;
    const cek = await partCek(
      name,
      this.context,
      name === "identity" ? list : concat(open, holder),
    );
    const salt = random(32);
    const keys = await partKeys(name, this.context, salt, cek);
    const padded = form.sizeClass(source.size, name);
    const count = form.chunkCount(padded);
    const tree = new Frontier();
    const chunks = this.watched(name, tree, sealChunks(keys, source, padded));
    const size = padded + count * form.TAG;
    const { upload_id } = await this.order.upload({ name, size, chunkCount: count, chunks });
    if (tree.size !== count) throw new SealingError("ENV-1202", { part: name });
    this.uploads[name] = upload_id;
    return {
      chunk_count: count,
      key_commitment: hex(keys.commitment),
      merkle_root: hex(await tree.root()),
      name,
      salt: hex(salt),
      size_class: padded,
    };
  }

  /** @param {PartName} name @param {Frontier} tree @param {AsyncIterable<Bytes>} chunks */
  async *watched(name, tree, chunks) {
    const leafHash = leafHasher(form.CHUNK + form.TAG);
    for await (const chunk of chunks) {
      const leaf = leafHash(chunk); // hashed while the chunk is on its way
      this.bytes += chunk.length - form.TAG;
      this.order.onProgress?.({ part: name, bytes: this.bytes, total: this.total });
      yield chunk;
      await tree.add(await leaf);
    }
  }
}

/** @param {Secrets} secrets */
async function hashes({ list, open, holder }) {
  return {
    holder: hex(await sha256(holder)),
    list: hex(await sha256(list)),
    open: hex(await sha256(open)),
  };
}

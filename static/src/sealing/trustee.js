// A trustee's client: opens its own wraps, checks every share, releases once for one manifest.
// Runs in the trustee's page and headless; remembers what it released through the injected memory.
import { concat, equal, fromHex, hex } from "./bytes.js";
import { SealingError, told } from "./errors.js";
import { commitmentOf, hpkeInfo, matches, readHeader } from "./header.js";
import * as hpke from "./hpke.js";
import { canonical } from "./jcs.js";
import { liveEntries, manifestDigest } from "./manifest.js";
import { sign, verify } from "./p256.js";
import { readCheckpoint } from "./receipts.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {import("./manifest.js").SealedEntry} SealedEntry */
/** @typedef {{header: string, signature: string}} Envelope exact text and hex */
/**
 * What a trustee must not forget between the two releases; keyed by lot.
 * @typedef {object} Memory
 * @property {(lot: string) => Promise<string | null>} get digest of the manifest released for
 * @property {(lot: string, manifest: string) => Promise<void>} set resolves once it is kept
 */
/**
 * @typedef {object} Order
 * @property {"list" | "open"} stage
 * @property {string} lot
 * @property {number} trustee own index in the policy
 * @property {import("./p256.js").Keys} keys own key
 * @property {Manifest} manifest
 * @property {Envelope[]} envelopes at least every live one
 * @property {Memory} memory
 * @property {Record<string, unknown> | null} [earlier] own signed release 1 as the server kept it;
 *   stands in for a lost memory, since nobody else could have signed it
 * @property {string} [checkpoint] the close checkpoint's signed note
 * @property {import("./receipts.js").LogKey} [log] the log's key; with it the checkpoint is required
 * @property {string[]} [unlocked] stage "open": commitments whose bidder's secret was right
 * @property {number} [floor] stage "open": how many of them there must be
 */
/** @typedef {{commitment: string, code: string}} Fault an envelope no share can be given for */

/**
 * One release, signed, ready to be handed in.
 * @param {Order} order
 * @returns {Promise<{release: Record<string, unknown>, faults: Fault[]}>} throws ENV-6001 (a second
 *   manifest), ENV-6002 (below the floor), ENV-6003 (manifest and envelopes disagree), ENV-6005
 *   (an earlier release that this trustee never signed), ENV-6006 (the close checkpoint does not hold the manifest)
 */
export async function release(order) {
  const { stage, lot, trustee, keys, manifest, memory } = order;
  if (manifest.lot !== lot) throw new SealingError("ENV-6003", { what: "lot" });
  const digest = await manifestDigest(manifest);
  const kept = (await memory.get(lot)) ?? (await ownEarlier(order));
  if (kept !== null && kept !== digest) throw new SealingError("ENV-6001");
  await checkClose(order);
  const live = await liveHeaders(order);
  checkFloor(order, live);
  await memory.set(lot, digest);
  const { shares, faults } = await sharesOf(live, order);
  const body = { format: "SBE/1 release", lot, manifest: digest, shares, stage, trustee };
  const signature = await sign(keys.signing, concat("SBE/1 release", canonical(body)));
  return { release: { ...body, signature: hex(signature) }, faults };
}

/**
 * The manifest of an earlier release of this trustee for this lot, known by its own signature. A
 * trustee who was absent at release 1 has none, and may still help with release 2: m of n each time.
 * @param {Order} order
 * @returns {Promise<string | null>}
 */
async function ownEarlier({ earlier, lot, trustee, keys }) {
  if (!earlier) return null;
  const { signature, ...body } = earlier;
  const message = concat("SBE/1 release", canonical(body));
  const own =
    body.lot === lot &&
    body.trustee === trustee &&
    typeof signature === "string" &&
    /^[0-9a-f]{128}$/.test(signature) &&
    (await verify(keys.publicKey, message, fromHex(signature, 64)));
  if (!own || typeof body.manifest !== "string") throw new SealingError("ENV-6005");
  return body.manifest;
}

/**
 * Both shares of one trustee for one envelope, each checked against the header.
 * @param {import("./header.js").Header} header
 * @param {number} trustee @param {import("./p256.js").Keys} keys
 * @returns {Promise<{list: Bytes, open: Bytes}>} throws ENV-3101 (not sealed to this key) or
 *   ENV-3103 (sealed shares differ from the header's hashes: the bidder's fault)
 */
export async function openWrap(header, trustee, keys) {
  const wrap = header.locks.committee.wraps.find(({ index }) => index === trustee);
  if (!wrap) throw new SealingError("ENV-3101");
  const info = hpkeInfo(`trustee ${trustee}`, header.context);
  const enc = fromHex(wrap.enc, 65);
  const plain = await hpke.open(keys.pair, enc, fromHex(wrap.ciphertext, 80), info);
  const shares = { list: plain.slice(0, 32), open: plain.slice(32) };
  const right =
    (await matches(shares.list, wrap.list_share)) && (await matches(shares.open, wrap.open_share));
  if (!right) throw new SealingError("ENV-3103", { trustee });
  return shares;
}

/** @param {Order} order */
async function checkClose({ checkpoint, log, manifest }) {
  if (!log) return;
  if (!checkpoint) throw new SealingError("ENV-6006", { what: "absent" });
  const { size } = await readCheckpoint(checkpoint, log);
  if (manifest.entries.some(({ log_index }) => log_index >= size)) {
    throw new SealingError("ENV-6006", { what: "size" });
  }
}

/**
 * Headers of the live envelopes, each proven to be the one the manifest names.
 * @param {Order} order
 */
async function liveHeaders({ manifest, envelopes, trustee, keys, lot }) {
  /** @type {Map<string, import("./header.js").Header>} */
  const byCommitment = new Map();
  for (const { header, signature } of envelopes) {
    const commitment = await commitmentOf(header, signature);
    byCommitment.set(commitment, await readHeader(header, signature));
  }
  return liveEntries(manifest).map((entry) => {
    const header = byCommitment.get(entry.commitment);
    if (!header || !agrees(entry, header) || header.context.lot !== lot) {
      throw new SealingError("ENV-6003", { commitment: entry.commitment });
    }
    const seat = header.policy.trustees.find(({ index }) => index === trustee);
    if (!seat || !equal(fromHex(seat.key, 65), keys.publicKey)) {
      throw new SealingError("ENV-6004", { trustee });
    }
    return { entry, header };
  });
}

/** @param {SealedEntry} entry @param {import("./header.js").Header} header */
function agrees(entry, { context }) {
  return (
    entry.pseudonym === context.pseudonym &&
    entry.envelope_id === context.envelope_id &&
    entry.sequence === context.sequence
  );
}

/** @param {Order} order @param {{header: import("./header.js").Header}[]} live */
function checkFloor({ stage, unlocked, floor }, live) {
  const needed = Math.max(1, ...live.map(({ header }) => header.policy.floor));
  if (live.length < needed) {
    throw new SealingError("ENV-6002", { count: live.length, floor: needed });
  }
  if (stage === "list" || unlocked === undefined) return;
  if (unlocked.length < (floor ?? needed)) {
    throw new SealingError("ENV-6002", { count: unlocked.length, floor: floor ?? needed });
  }
}

/**
 * @param {{entry: SealedEntry, header: import("./header.js").Header}[]} live
 * @param {Order} order
 */
async function sharesOf(live, { stage, trustee, keys }) {
  const shares = [];
  /** @type {Fault[]} */
  const faults = [];
  for (const { entry, header } of live) {
    const { commitment, envelope_id } = entry;
    try {
      const opened = await openWrap(header, trustee, keys);
      shares.push({ commitment, envelope_id, share: hex(opened[stage]) });
    } catch (error) {
      faults.push({ commitment, code: told(error).code });
    }
  }
  return { shares, faults };
}

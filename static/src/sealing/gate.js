// The gate before a trustee's share: what the client checks, one named step after another.
// docs/sealed-bid-envelope.md, section 10. It stops at the first step that fails.
import { concat, equal, fromHex, hex, sha256 } from "./bytes.js";
import { judgeClose } from "./close.js";
import { SealingError, told } from "./errors.js";
import { commitmentOf, readHeader } from "./header.js";
import { canonical } from "./jcs.js";
import { liveEntries, manifestDigest } from "./manifest.js";
import { verify } from "./p256.js";

/** @typedef {import("./trustee.js").Order} Order */
/** @typedef {import("./manifest.js").SealedEntry} SealedEntry */
/** @typedef {{entry: SealedEntry, header: import("./header.js").Header}} Live */
/** @typedef {"close" | "manifest" | "envelopes" | "floor" | "unlocked" | "shares"} Step */
/**
 * @typedef {object} Watcher
 * @property {(step: Step, facts: Record<string, any>) => void} [passed]
 * @property {(step: Step, code: string) => void} [failed]
 * @property {(step: Step, done: number, total: number) => void} [progress]
 */
/** @typedef {{digest: string, live: Live[]}} Passed */

/**
 * Every check but the shares themselves; nothing secret is used, and only the witnesses' keys are
 * remembered.
 * @param {Order} order
 * @param {Watcher} [watcher]
 * @returns {Promise<Passed>} throws ENV-6001 (a second manifest), ENV-6002 (below the floor),
 *   ENV-6003 (manifest and envelopes disagree), ENV-6004 (not this trustee's key), ENV-6005 (an
 *   earlier release that this trustee never signed), ENV-6006 (the close checkpoint does not hold
 *   the manifest), ENV-6007 (the close is late and nobody decided), ENV-6008 (other log, witness or
 *   authority keys than this client saw first)
 */
export async function examine(order, watcher = {}) {
  const close = await step("close", watcher, () => checkClose(order));
  const { digest } = await step("manifest", watcher, () => checkManifest(order, close.size));
  const { live } = await step("envelopes", watcher, () => checkEnvelopes(order, watcher));
  await step("floor", watcher, async () => checkFloor(live));
  if (order.stage === "open" && order.unlocked !== undefined) {
    await step("unlocked", watcher, async () => checkUnlocked(order, live));
  }
  return { digest, live };
}

/**
 * @template {Record<string, any>} T
 * @param {Step} name @param {Watcher} watcher @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, watcher, work) {
  try {
    const facts = await work();
    watcher.passed?.(name, facts);
    return facts;
  } catch (error) {
    watcher.failed?.(name, told(error).code);
    throw error;
  }
}

/**
 * Cosigned and stamped within δ of the deadline, or decided by a supervisor for this manifest.
 * @param {Order} order
 * @returns {Promise<import("./close.js").Judged | {size: null}>} size null: none was asked for
 */
async function checkClose({ close, deadline, log, lot, manifest, memory }) {
  if (!log) return { size: null };
  if (!close || !deadline) throw new SealingError("ENV-6006", { what: "absent" });
  await checkKnown(log, memory);
  const digest = await manifestDigest(manifest);
  const question = { close, deadline, log, lot, manifest: digest, root: log.root };
  return { ...(await judgeClose(question)), deadline, delta: close.delta };
}

/**
 * Whose word counts is remembered at the first sight: a platform that wants to lie about a close
 * would bring witnesses of its own.
 * @param {NonNullable<Order["log"]>} log @param {Order["memory"]} memory
 */
async function checkKnown({ name, key, cosigners = [], stamping = [], root = "" }, memory) {
  const trust = canonical({ cosigners, key, name, root, stamping });
  const seen = hex(await sha256("SBE/1 trust", trust));
  const before = await memory.get(`log ${name}`);
  if (before === null) await memory.set(`log ${name}`, seen);
  else if (before !== seen) throw new SealingError("ENV-6008");
}

/** One manifest for ever, all of it within the close. @param {Order} order @param {number | null} size */
async function checkManifest(order, size) {
  const { manifest, lot, memory } = order;
  if (manifest.lot !== lot) throw new SealingError("ENV-6003", { what: "lot" });
  const digest = await manifestDigest(manifest);
  const kept = (await memory.get(lot)) ?? (await ownEarlier(order));
  if (kept !== null && kept !== digest) throw new SealingError("ENV-6001");
  const late = manifest.entries.some(({ log_index }) => size !== null && log_index >= size);
  if (late) throw new SealingError("ENV-6006", { what: "size" });
  return { digest, entries: manifest.entries.length, live: manifest.live.length };
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
 * Headers of the live envelopes, each proven to be the one the manifest names.
 * @param {Order} order @param {Watcher} watcher
 * @returns {Promise<{live: Live[], count: number}>}
 */
async function checkEnvelopes(order, watcher) {
  const { manifest, envelopes, trustee, keys, lot } = order;
  /** @type {Map<string, import("./header.js").Header>} */
  const byCommitment = new Map();
  for (const { header, signature } of envelopes) {
    const commitment = await commitmentOf(header, signature);
    byCommitment.set(commitment, await readHeader(header, signature));
    watcher.progress?.("envelopes", byCommitment.size, envelopes.length);
  }
  const live = liveEntries(manifest).map((entry) => {
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
  checkDeadline(order, live);
  return { live, count: live.length };
}

/**
 * T is what the bidders' own policies say, never what the platform says now: a later one would
 * make room for a late bid.
 * @param {Order} order @param {Live[]} live
 */
function checkDeadline({ deadline, close }, live) {
  if (deadline === undefined || close?.decision?.verdict === "go_on" || !live.length) return;
  const sealed = Math.max(...live.map(({ header }) => Date.parse(header.policy.deadline)));
  const said = Math.floor(Date.parse(deadline) / 1000) * 1000;
  if (said !== sealed) throw new SealingError("ENV-6007", { what: "deadline" });
}

/** @param {SealedEntry} entry @param {import("./header.js").Header} header */
function agrees(entry, { context }) {
  return (
    entry.pseudonym === context.pseudonym &&
    entry.envelope_id === context.envelope_id &&
    entry.sequence === context.sequence
  );
}

/** @param {Live[]} live */
function checkFloor(live) {
  const floor = Math.max(1, ...live.map(({ header }) => header.policy.floor));
  if (live.length < floor) throw new SealingError("ENV-6002", { count: live.length, floor });
  return { count: live.length, floor };
}

/** Live bids only, each counted once, whatever the list says. @param {Order} order @param {Live[]} live */
function checkUnlocked({ unlocked = [], floor }, live) {
  const named = new Set(unlocked);
  const count = live.filter(({ entry }) => named.has(entry.commitment)).length;
  const needed = floor ?? Math.max(1, ...live.map(({ header }) => header.policy.floor));
  if (count < needed) throw new SealingError("ENV-6002", { count, floor: needed });
  return { count, floor: needed };
}

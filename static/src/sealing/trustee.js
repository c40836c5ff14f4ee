// A trustee's client: opens its own wraps, checks every share, releases once for one manifest, or
// refuses with a reason. Runs in the trustee's page and headless; its memory is handed in.
import { concat, fromHex, hex } from "./bytes.js";
import { SealingError, told } from "./errors.js";
import { examine, step } from "./gate.js";
import { hpkeInfo, matches } from "./header.js";
import * as hpke from "./hpke.js";
import { canonical } from "./jcs.js";
import { manifestDigest } from "./manifest.js";
import { sign } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {import("./gate.js").Watcher} Watcher */
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
 * @property {import("./close.js").Close} [close] the close as its witnesses saw it
 * @property {string} [deadline] T, ISO 8601
 * @property {import("./receipts.js").LogKey & {root?: string}} [log] with it the close is required;
 *   `root` is the certificate (DER) that a supervisor's must come from
 * @property {string[]} [unlocked] stage "open": commitments whose bidder's secret was right
 * @property {number} [floor] stage "open": how many of them there must be
 */
/** @typedef {{commitment: string, code: string}} Fault an envelope no share can be given for */

/**
 * One release, signed, ready to be handed in.
 * @param {Order} order
 * @param {Watcher} [watcher] told of each step as it is done
 * @returns {Promise<{release: Record<string, unknown>, faults: Fault[]}>} throws what `examine` does
 */
export async function release(order, watcher = {}) {
  const { stage, lot, trustee, keys, memory } = order;
  const { digest, live } = await examine(order, watcher);
  await memory.set(lot, digest);
  const { shares, faults } = await step("shares", watcher, () => sharesOf(live, order, watcher));
  const body = { format: "SBE/1 release", lot, manifest: digest, shares, stage, trustee };
  return { release: await signed(body, keys), faults };
}

/**
 * A refusal to release, signed, with its reason; it binds nobody and is remembered by the platform.
 * @param {Pick<Order, "stage" | "lot" | "trustee" | "keys" | "manifest">} order
 * @param {string} reason 1 to 500 characters
 * @returns {Promise<Record<string, unknown>>}
 */
export async function refuse({ stage, lot, trustee, keys, manifest }, reason) {
  const digest = await manifestDigest(manifest);
  const format = "SBE/1 release refusal";
  return signed({ format, lot, manifest: digest, reason, stage, trustee }, keys);
}

/**
 * @param {{format: string} & Record<string, any>} body @param {import("./p256.js").Keys} keys
 * @returns {Promise<Record<string, unknown>>}
 */
async function signed(body, keys) {
  const signature = await sign(keys.signing, concat(body.format, canonical(body)));
  return { ...body, signature: hex(signature) };
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

/**
 * @param {import("./gate.js").Live[]} live
 * @param {Order} order @param {Watcher} watcher
 */
async function sharesOf(live, { stage, trustee, keys }, watcher) {
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
    watcher.progress?.("shares", shares.length + faults.length, live.length);
  }
  return { shares, faults };
}

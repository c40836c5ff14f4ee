// What a trustee does for one lot, in the page and headless alike: asks what is wanted, judges it
// by the close checkpoint and the manifest, and hands in one signed release for all bids.
import { examine } from "../sealing/gate.js";
import { refuse as makeRefusal, release as makeRelease } from "../sealing/trustee.js";

/** @typedef {import("../sealing/p256.js").Keys} Keys */
/** @typedef {import("../sealing/trustee.js").Memory} Memory */
/**
 * How a desk reaches the platform: JSON by account.
 * @typedef {object} Account
 * @property {(path: string) => Promise<any>} get
 * @property {(path: string, body?: unknown) => Promise<any>} post
 */
/**
 * @typedef {object} Wanted
 * @property {string} lot
 * @property {string} name
 * @property {number} index own seat
 * @property {number} threshold
 * @property {number} floor
 * @property {number} remaining_floor
 * @property {string} deadline
 * @property {"list" | "open" | null} stage what is asked of this trustee now
 * @property {import("../sealing/manifest.js").Manifest} manifest
 * @property {string} manifest_hash
 * @property {import("../sealing/close.js").Close} close
 * @property {"awaited" | "in_time" | "late" | "go_on"} close_state
 * @property {import("../sealing/receipts.js").LogKey & {root: string}} log
 * @property {string[]} unlocked commitments whose bidder's secret was right
 * @property {{list?: Record<string, unknown>, open?: Record<string, unknown>}} mine own releases
 * @property {boolean} window_closed
 * @property {("list" | "open")[]} declined what this trustee has refused
 * @property {import("../sealing/trustee.js").Envelope[]} envelopes
 */
/** @typedef {import("../sealing/gate.js").Watcher} Watcher */
/** @typedef {{keys: Keys, memory: Memory}} Own */

/** @param {Account} account @param {string} lotId @returns {Promise<Wanted>} */
export const wanted = (account, lotId) => account.get(`/lots/${lotId}/releases/request`);

/**
 * What the client judges by, as the platform shows it. Whatever it says is checked against
 * signatures, hashes and this trustee's memory.
 * @param {Wanted} order @param {Own} own
 * @returns {import("../sealing/trustee.js").Order}
 */
export function orderOf(order, { keys, memory }) {
  if (!order.stage) throw new Error("nothing is asked of this trustee");
  const opening = order.stage === "open";
  return {
    stage: order.stage,
    lot: order.lot,
    trustee: order.index,
    keys,
    manifest: order.manifest,
    envelopes: order.envelopes,
    memory,
    close: order.close,
    deadline: order.deadline,
    log: order.log,
    earlier: order.mine.list ?? null,
    ...(opening ? { unlocked: order.unlocked, floor: order.remaining_floor } : {}),
  };
}

/**
 * Lays the evidence out without giving anything: every check but the shares.
 * @param {Wanted} order @param {Own} own @param {Watcher} watcher
 */
export const look = (order, own, watcher) => examine(orderOf(order, own), watcher);

/**
 * Makes the release that is asked for and hands it in.
 * @param {Account} account @param {Wanted} order @param {Own} own @param {Watcher} [watcher]
 * @returns {Promise<{given: number, threshold: number, faults: {commitment: string, code: string}[]}>}
 */
export async function give(account, order, own, watcher) {
  const { release, faults } = await makeRelease(orderOf(order, own), watcher);
  const answer = await account.post(`/lots/${order.lot}/releases`, release);
  return { ...answer, faults };
}

/**
 * Says, signed, that this trustee will not release, and why; hall and record show it.
 * @param {Account} account @param {Wanted} order @param {Own} own @param {string} reason
 * @returns {Promise<unknown>}
 */
export async function decline(account, order, own, reason) {
  const refusal = await makeRefusal(orderOf(order, own), reason);
  return account.post(`/lots/${order.lot}/releases/refusals`, refusal);
}

/**
 * A memory in any string store (localStorage, a file's map).
 * @param {{getItem: (name: string) => string | null, setItem: (name: string, value: string) => void}} store
 * @param {string} owner whose memory this is
 * @returns {Memory}
 */
export function memoryIn(store, owner) {
  const name = (/** @type {string} */ lot) => `sunbid.released.${owner}.${lot}`;
  return {
    get: async (lot) => store.getItem(name(lot)),
    set: async (lot, manifest) => store.setItem(name(lot), manifest),
  };
}

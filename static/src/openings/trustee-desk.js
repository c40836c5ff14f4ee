// What a trustee does for one lot, in the page and headless alike: asks what is wanted, judges it
// by the close checkpoint and the manifest, and hands in one signed release for all bids.
import { release as makeRelease } from "../sealing/trustee.js";

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
 * @property {string} close_checkpoint
 * @property {{name: string, key: string}} log
 * @property {string[]} unlocked commitments whose bidder's secret was right
 * @property {{list?: Record<string, unknown>, open?: Record<string, unknown>}} mine own releases
 * @property {boolean} window_closed
 * @property {import("../sealing/trustee.js").Envelope[]} envelopes
 */

/** @param {Account} account @param {string} lotId @returns {Promise<Wanted>} */
export const wanted = (account, lotId) => account.get(`/lots/${lotId}/releases/request`);

/**
 * Makes the release that is asked for and hands it in.
 * @param {Account} account
 * @param {Wanted} order
 * @param {{keys: Keys, memory: Memory}} own
 * @returns {Promise<{given: number, threshold: number, faults: {commitment: string, code: string}[]}>}
 */
export async function give(account, order, { keys, memory }) {
  if (!order.stage) throw new Error("nothing is asked of this trustee");
  const { release, faults } = await makeRelease({
    stage: order.stage,
    lot: order.lot,
    trustee: order.index,
    keys,
    manifest: order.manifest,
    envelopes: order.envelopes,
    memory,
    checkpoint: order.close_checkpoint,
    log: order.log,
    earlier: order.mine.list ?? null,
    ...(order.stage === "open" ? { unlocked: order.unlocked, floor: order.remaining_floor } : {}),
  });
  const answer = await account.post(`/lots/${order.lot}/releases`, release);
  return { ...answer, faults };
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

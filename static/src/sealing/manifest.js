// The manifest of a lot: all envelopes and withdrawals in log order, the live ones derived from it.
import { hex, sha256 } from "./bytes.js";
import { SealingError } from "./errors.js";
import { canonical } from "./jcs.js";

/**
 * @typedef {object} SealedEntry
 * @property {"envelope"} kind
 * @property {string} commitment
 * @property {string} envelope_id
 * @property {number} log_index
 * @property {string} pseudonym
 * @property {number} sequence
 */
/** @typedef {{kind: "withdrawal", commitment: string, log_index: number, pseudonym: string}} Withdrawal */
/**
 * @typedef {object} Manifest
 * @property {"SBE/1 manifest"} format
 * @property {string} lot
 * @property {(SealedEntry | Withdrawal)[]} entries
 * @property {string[]} live
 */

/** @param {Manifest} manifest @returns {Promise<string>} hex */
export async function manifestDigest(manifest) {
  return hex(await sha256("SBE/1 manifest", canonical(manifest)));
}

/**
 * The last envelope of each pseudonym that was not withdrawn, in log order.
 * @param {Manifest} manifest
 * @returns {SealedEntry[]} throws ENV-4001 when order or the told list is wrong
 */
export function liveEntries(manifest) {
  /** @type {Map<string, SealedEntry>} */
  const last = new Map();
  let before = -1;
  if (!Array.isArray(manifest?.entries)) throw new SealingError("ENV-4001", { field: "entries" });
  for (const entry of manifest.entries) {
    if (!(entry?.log_index > before)) throw new SealingError("ENV-4001", { field: "entries" });
    before = entry.log_index;
    if (entry.kind === "envelope") last.set(entry.pseudonym, entry);
    else last.delete(entry.pseudonym);
  }
  const live = [...last.values()].sort((a, b) => a.log_index - b.log_index);
  const told = JSON.stringify(manifest.live);
  if (told !== JSON.stringify(live.map(({ commitment }) => commitment))) {
    throw new SealingError("ENV-4001", { field: "live" });
  }
  return live;
}

// Refusals as receipts: what was refused, fetched as soon as the log has numbered it, kept in the
// vault beside the receipts. A lost one is fetched again: the platform keeps the list.
import { bidderFetch, bidderResponse } from "./ticket.js";
import { isVouched } from "./vouched.js";
import { Unreachable, pause } from "./wire.js";

/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/** @typedef {import("./vault-session.js").VaultSession} VaultSession */
/**
 * @typedef {object} OwnRefusal
 * @property {string} id hex
 * @property {"submit" | "upload" | "withdraw"} act
 * @property {string} code
 * @property {string} at ISO 8601 by the server's clock
 * @property {string} commitment what was refused: an envelope, or a request
 * @property {string} what
 * @property {string} why
 * @property {string} next
 * @property {string} phone
 */
/** @typedef {OwnRefusal & {receipt: import("../sealing/receipts.js").Receipt}} KeptRefusal */

/**
 * The pseudonym's own refusals, oldest first.
 * @param {Wire} wire @param {Bidder} bidder
 * @returns {Promise<OwnRefusal[]>}
 */
export async function ownRefusals(wire, bidder) {
  return (await bidderFetch(wire, bidder, "GET", `/lots/${bidder.lotId}/refusals`)).refusals;
}

/**
 * Waits until the log has numbered a refusal.
 * @param {Wire} wire @param {Bidder} bidder @param {string} id @param {AbortSignal} [signal]
 * @returns {Promise<import("../sealing/receipts.js").Receipt>}
 */
export async function awaitRefusal(wire, bidder, id, signal) {
  const path = `/lots/${bidder.lotId}/refusals/${dashed(id)}/receipt`;
  for (;;) {
    try {
      const response = await bidderResponse(wire, bidder, "GET", path);
      if (response.status === 200) return await response.json();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    await pause(500, signal);
  }
}

/**
 * Fetches what the vault does not hold yet, or holds without the word of the witnesses, and keeps
 * it there.
 * @param {Wire} wire @param {VaultSession} vault @param {Bidder} bidder @param {AbortSignal} [signal]
 * @returns {Promise<KeptRefusal[]>} all of them, oldest first
 */
export async function keepRefusals(wire, vault, bidder, signal) {
  const known = new Map(keptRefusals(vault, bidder.lotId).map((each) => [each.id, each.receipt]));
  for (const refusal of await ownRefusals(wire, bidder)) {
    const held = known.get(refusal.id);
    if (held && isVouched(held)) continue;
    const receipt = await awaitRefusal(wire, bidder, refusal.id, signal);
    if (held && !isVouched(receipt)) continue;
    await vault.append({ type: "refusal", lot: bidder.lotId, ...refusal, receipt });
  }
  return keptRefusals(vault, bidder.lotId);
}

/**
 * @param {VaultSession} vault @param {string} lotId
 * @returns {KeptRefusal[]} what the vault holds, oldest first, also without a connection
 */
export function keptRefusals(vault, lotId) {
  return [...(vault.lot(lotId)?.refusals ?? [])];
}

/** @param {string} id hex @returns {string} as a UUID, which paths use */
export function dashed(id) {
  const at = [0, 8, 12, 16, 20, 32];
  return at
    .slice(1)
    .map((end, i) => id.slice(at[i], end))
    .join("-");
}

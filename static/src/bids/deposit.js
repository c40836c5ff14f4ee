// Deposits: a sub-account for one lot, known to its owner's vault only, and what has arrived on it.
import { bidderFetch, bidderResponse } from "./ticket.js";
import { Refusal, pause } from "./wire.js";

/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/** @typedef {import("./vault-session.js").SubAccount} SubAccount */
/**
 * @typedef {object} Verdict
 * @property {string} outcome
 * @property {string} finality
 * @property {boolean} qualifies
 * @property {number} required_fen
 * @property {number} received_fen
 * @property {number} missing_fen
 * @property {number} excess_fen
 * @property {string | null} complete_until
 * @property {Payment[]} payments
 */
/**
 * @typedef {object} Payment
 * @property {number} amount_fen
 * @property {string} booked_at
 * @property {string} standing
 * @property {number} remaining_fen
 * @property {string} bank_ref
 * @property {{name: string, account: string} | null} payer
 * @property {{amount_fen: number, state: string}[]} refunds
 */

const POOL_EMPTY = "ESC-1101";
const ATTEMPTS = 15;

/**
 * The lot's sub-account: the one in the vault, or a new one that is kept there first; when a
 * colleague was quicker, his.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {Bidder} bidder
 * @param {string} bank code of a bank
 * @returns {Promise<SubAccount>}
 */
export async function subAccountOf(wire, vault, bidder, bank) {
  const known = vault.lot(bidder.lotId)?.subAccount;
  if (known) return known;
  const given = await claimSubAccount(wire, bidder, bank);
  await vault.append({ type: "sub_account", lot: bidder.lotId, ...given });
  return vault.lot(bidder.lotId)?.subAccount ?? given;
}

/**
 * A fresh sub-account; waits a little when the bank's pool is empty for the moment.
 * @param {Wire} wire @param {Bidder} bidder @param {string} bank
 * @returns {Promise<SubAccount>}
 */
export async function claimSubAccount(wire, bidder, bank) {
  const path = `/lots/${bidder.lotId}/sub-accounts`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await bidderFetch(wire, bidder, "POST", path, { bank });
    } catch (error) {
      const empty = error instanceof Refusal && error.code === POOL_EMPTY;
      if (!empty || attempt === ATTEMPTS) throw error;
      await pause(1000);
    }
  }
}

/**
 * What has arrived, computed for whoever shows the token; nothing is stored.
 * @param {Wire} wire @param {Bidder} bidder @param {string} token
 * @param {{name: string, account: string}} payer the filed basic account
 * @returns {Promise<Verdict>}
 */
export function depositStatus(wire, bidder, token, payer) {
  return bidderFetch(wire, bidder, "POST", `/lots/${bidder.lotId}/deposit`, { token, payer });
}

/**
 * Calls `moved` whenever it is time to look again: at the beginning, at once when something has
 * moved on the sub-account, and at a steady pace. The answer stays open until the server ends it;
 * nobody but whoever shows the token gets a byte.
 * @param {Wire} wire @param {Bidder} bidder @param {string} token
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} moved
 */
export async function followDeposit(wire, bidder, token, signal, moved) {
  const path = `/lots/${bidder.lotId}/deposit/moves`;
  const answer = await bidderResponse(wire, bidder, "POST", path, { token }, signal);
  const reader = answer.body?.getReader();
  while (reader && !(await reader.read()).done) await moved();
}

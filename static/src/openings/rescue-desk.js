// What a member of a rescue panel does: sees who asks, checks the request here, gives one share.
import { release } from "../sealing/rescue.js";

/** @typedef {import("./trustee-desk.js").Account} Account */
/** @typedef {import("./remedies.js").Attempt} Attempt */
/**
 * @typedef {object} Asked
 * @property {string} lot_id
 * @property {string} name
 * @property {string} number
 * @property {string} stage
 * @property {string | null} until
 * @property {boolean} paused
 * @property {{index: number, role: string, name: string}} member own seat on the panel
 * @property {number} threshold
 * @property {number} of
 * @property {number} given
 * @property {boolean} mine whether this member has given
 * @property {number} seat
 * @property {string} organisation
 * @property {string} credit_code
 * @property {string} state
 * @property {string} asked_at
 * @property {Attempt[]} attempts
 * @property {import("../sealing/rescue.js").Request} request
 * @property {{header: string, signature: string}} envelope
 */
/** @typedef {{lots: {lot_id: string, name: string, number: string}[], requests: Asked[]}} Desk */

/** @param {Account} account @returns {Promise<Desk>} */
export const desk = (account) => account.get("/rescue/requests");

/** Whether a share still helps. @param {Asked} asked */
export const isOpen = ({ stage, paused, state, mine }) =>
  stage === "bidder_decryption" && !paused && state === "listed" && !mine;

/**
 * Checks the request against the envelope here and hands in this member's share.
 * @param {Account} account @param {Asked} asked @param {import("../sealing/p256.js").Keys} keys
 * @returns {Promise<{given: number, threshold: number, unlocked: boolean}>}
 */
export async function give(account, asked, keys) {
  const { lot_id: lot, member, request, envelope } = asked;
  const body = await release({ lot, member: member.index, keys, request, envelope });
  return account.post(`/lots/${lot}/rescue-releases`, body);
}

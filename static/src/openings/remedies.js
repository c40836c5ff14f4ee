// What is left when the bid key is gone: the recovery code by account, then the rescue panel. The
// page of a bidder in need and headless bidders share this; nothing here touches a document.
import { SealingError } from "../sealing/errors.js";
import { parse } from "../sealing/recovery.js";
import { signRequest } from "../sealing/rescue.js";
import { holderSecretByRecovery } from "../sealing/unseal.js";

/** @typedef {import("./trustee-desk.js").Account} Account */
/** @typedef {{index: number, role: string, name: string, given: boolean}} Member */
/** @typedef {{via: "bid_key" | "recovery" | "rescue", code: string | null, at: string}} Attempt */
/**
 * @typedef {object} OwnBid the organisation's seat, once the list is public
 * @property {number} seat
 * @property {string} organisation
 * @property {string} state
 * @property {string | null} code
 * @property {string | null} via
 * @property {string} commitment
 * @property {string} header
 * @property {string} signature
 * @property {"bidder" | "committee_only"} holder_lock
 * @property {boolean} has_recovery
 * @property {{threshold: number, asked_at: string | null, given: number, members: Member[]} | null}
 *   rescue null without panel or consent
 * @property {Attempt[]} attempts
 */
/**
 * @typedef {object} Need
 * @property {string} lot
 * @property {string} stage
 * @property {string | null} until
 * @property {boolean} paused
 * @property {OwnBid | null} bid null before the list, or when the organisation has none on it
 */

export const KEY_LOST = "OPN-2101";
const CODES = new Map([
  ["ENV-3101", "OPN-2102"],
  ["ENV-5201", "OPN-2103"],
  ["ENV-3102", "OPN-2104"],
  ["ENV-3004", "OPN-2107"],
]);

/**
 * The code under which a failure on the bidder's own machine is logged and explained.
 * @param {unknown} error
 * @returns {string | null} null when it is no failure of a lock
 */
export function causeOf(error) {
  if (!(error instanceof SealingError)) return null;
  if (error.code === "ENV-3102" && error.facts.what === "absent") return "OPN-2105";
  return CODES.get(error.code) ?? null;
}

/** @param {Account} account @param {string} lotId @returns {Promise<Need>} */
export const need = (account, lotId) => account.get(`/lots/${lotId}/hall/remedies/state`);

/**
 * Says that an attempt failed here, so that hall and record know why.
 * @param {Account} account @param {string} lotId @param {string} code
 * @param {"bid_key" | "recovery"} via
 */
export const report = (account, lotId, code, via) =>
  account.post(`/lots/${lotId}/hall/remedies/failures`, { code, via });

/**
 * Opens the lock with a printed code and hands over what it held.
 * @param {Account} account @param {Need} told @param {string} printed
 * @returns {Promise<Need>} throws SealingError (logged by then), or what the server refuses
 */
export async function recover(account, { lot, bid }, printed) {
  if (!bid) throw new Error("no bid on the list");
  const { commitment, header } = bid;
  let s_holder;
  try {
    s_holder = await holderSecretByRecovery(header, await parse(printed));
  } catch (error) {
    const code = causeOf(error);
    if (code) await report(account, lot, code, "recovery");
    throw error;
  }
  const body = { commitment, s_holder, via: "recovery" };
  return account.post(`/lots/${lot}/hall/remedies/unlock`, body);
}

/**
 * Hands in the bid's backup file; only what the platform's disk has not as logged is replaced.
 * @param {(method: string, url: string, options: {bytes: Uint8Array<ArrayBuffer>,
 *   headers: Record<string, string>}) => Promise<Response>} send
 * @param {string} lotId @param {Blob} file
 * @returns {Promise<string[]>} names of the parts that were replaced
 */
export async function giveBack(send, lotId, file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await send("POST", `/lots/${lotId}/hall/remedies/backup`, { bytes, headers });
  return (await answer.json()).restored;
}

/**
 * Asks the panel, signed by the organisation's certificate; the cause is the last thing that failed.
 * @param {Account} account @param {Need} told
 * @param {{keys: import("../sealing/p256.js").Keys, chain: string[]}} certificate
 * @returns {Promise<Need>}
 */
export async function askPanel(account, { lot, bid }, { keys, chain }) {
  if (!bid) throw new Error("no bid on the list");
  const failed = bid.attempts.filter(({ code, via }) => code && via !== "rescue").at(-1);
  const told = { lot, commitment: bid.commitment, cause: failed?.code ?? KEY_LOST, chain };
  return account.post(`/lots/${lot}/hall/rescue`, await signRequest(told, keys));
}

// What a vault's records say of one lot, the same on every machine: of two records that exclude each
// other the one that the server acknowledged first counts; receipts and withdrawals add up.

import { isVouched } from "./vouched.js";

/**
 * @typedef {object} SubAccount
 * @property {string} number
 * @property {string} bank_name
 * @property {string} master_name
 * @property {string} token
 */
/**
 * @typedef {object} KeptReceipt
 * @property {string} envelope_id
 * @property {number} sequence
 * @property {string} admitted_at
 * @property {import("../sealing/receipts.js").Receipt} receipt
 */
/**
 * @typedef {object} KnownLot
 * @property {string} lot
 * @property {string} name
 * @property {string} number
 * @property {string} deadline
 * @property {SubAccount | null} subAccount
 * @property {import("./guarantee.js").Asked | null} guaranteeAsked
 * @property {import("./guarantee.js").Document | null} guarantee
 * @property {KeptReceipt[]} receipts oldest first
 * @property {import("./refusals.js").KeptRefusal[]} refusals oldest first
 * @property {string[]} withdrawn envelope ids
 */

/**
 * @param {any[]} records contents in the order of acknowledgement @param {string} lotId
 * @returns {KnownLot | null} null while no seed is known
 */
export function knownLot(records, lotId) {
  const mine = records.filter(({ lot }) => lot === lotId);
  const of = (/** @type {string} */ type) => mine.filter((record) => record.type === type);
  const [seeded] = of("lot");
  if (!seeded) return null;
  const { name, number, deadline } = seeded;
  // A withdrawal sends the deposit back: whoever bids again pays into a new account. A guarantee for
  // the lot outlives it, for its issuer knows of no withdrawal.
  const back = mine.findLastIndex(({ type }) => type === "withdrawal");
  const dropped = mine.findLastIndex(({ type }) => type === "guarantee_dropped");
  const promised = mine.slice(dropped + 1);
  /** @type {Map<string, KeptReceipt>} the first with its witnesses' word, else the first at all */
  const receipts = new Map();
  for (const each of of("receipt")) {
    const held = receipts.get(each.envelope_id);
    const better = !held || (!isVouched(held.receipt) && isVouched(each.receipt));
    if (better) receipts.set(each.envelope_id, each);
  }
  const refused = new Map(of("refusal").map((each) => [each.id, each]));
  return {
    lot: lotId,
    name,
    number,
    deadline,
    subAccount: mine.slice(back + 1).find(({ type }) => type === "sub_account") ?? null,
    guaranteeAsked: promised.find(({ type }) => type === "guarantee_asked") ?? null,
    guarantee: promised.find(({ type }) => type === "guarantee")?.document ?? null,
    receipts: [...receipts.values()].sort((a, b) => a.admitted_at.localeCompare(b.admitted_at)),
    refusals: [...refused.values()].sort((a, b) => a.at.localeCompare(b.at)),
    withdrawn: [...new Set(of("withdrawal").map(({ envelope_id: id }) => id))],
  };
}

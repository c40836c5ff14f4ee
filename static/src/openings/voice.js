// A bidder in the sitting: speaks from its seat under ticket, follows with a pass. No cookie goes along.
import { bidderFetch } from "../bids/ticket.js";

/** @typedef {import("./bidder.js").Seat} Seat */
/**
 * @typedef {object} Voice
 * @property {string} pseudonym whose row of the list is mine
 * @property {(text: string, key: string) => Promise<unknown>} say
 * @property {(liveId: string) => Promise<string>} pass
 */

/** @param {Seat} seat @returns {Voice} */
export function voiceOf({ wire, bidder }) {
  /** @param {string} path @param {object} json */
  const post = (path, json) => bidderFetch(wire, bidder, "POST", path, json);
  return {
    pseudonym: bidder.pseudonym.id,
    say: (text, key) => post(`/lots/${bidder.lotId}/hall/seat/chat`, { text, key }),
    pass: async (liveId) => (await post(`/live/${liveId}/pass`, {})).pass,
  };
}

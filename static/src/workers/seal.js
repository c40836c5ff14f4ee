// Worker: seals a bid and uploads it as it is sealed; chunks go from the file through the key to
// the server, so memory stays the same however large the bid is.
import { sealAndUpload } from "../bids/submit.js";
import { makeWire } from "../bids/wire.js";
import { SMALL, TAG, chunkCount, sizeClass } from "../sealing/header.js";
import { Pace } from "../sealing/pace.js";
import { fromKeys } from "../sealing/pseudonym.js";
import { serve } from "../sealing/worker-protocol.js";

/** @typedef {import("../bids/submit.js").Content} Content */
/**
 * @typedef {object} Order
 * @property {{baseUrl: string, uploadUrl: string}} wire
 * @property {{lotId: string, keys: import("../sealing/pseudonym.js").PseudonymKeys,
 *   ticket: string}} bidder
 * @property {Content} content
 * @property {{sequence: number, previous: string | null}} place
 */
/**
 * @typedef {object} Progress
 * @property {number} bytes on the server's disk
 * @property {number} total
 * @property {number} sealed
 * @property {number} rate bytes a second
 * @property {number | null} left seconds
 * @property {number} attempt 0 while the server answers, else how often it was asked in vain
 * @property {{done: number, resumed: number, total: number}} pieces
 */

const PIECE = 8;

/** @param {Content} content */
function extent({ documents }) {
  const padded = documents.map(({ name, source }) => sizeClass(source.size, name));
  const counts = [...padded.map(chunkCount), 1, 1];
  return {
    total: [...padded, SMALL, SMALL].reduce((sum, size) => sum + size, 0) + sumOf(counts) * TAG,
    pieces: sumOf(counts.map((count) => Math.ceil(count / PIECE))),
  };
}

/** @param {number[]} numbers */
const sumOf = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

serve({
  /**
   * @param {Order} order @param {import("../sealing/worker-protocol.js").Control} control
   * @returns {Promise<import("../sealing/seal.js").Sealed>}
   */
  async seal({ wire, bidder, content, place }, { report, signal, gate }) {
    const { total, pieces } = extent(content);
    const pace = new Pace();
    /** @type {Map<string, number>} */
    const held = new Map();
    const now = { sealed: 0, attempt: 0, done: 0, resumed: 0 };
    const tell = () => {
      const bytes = sumOf([...held.values()]);
      const { sealed, attempt, done, resumed } = now;
      report({
        ...pace.at(bytes, total),
        sealed,
        attempt,
        pieces: { done, resumed, total: pieces },
      });
    };
    const acting = { ...bidder, pseudonym: await fromKeys(bidder.keys) };
    return sealAndUpload(makeWire(wire), acting, content, place, {
      signal,
      gate,
      onSealed({ bytes }) {
        now.sealed = bytes;
        tell();
      },
      onUploaded({ part, bytes, resumed }) {
        held.set(part, bytes);
        now.done++;
        if (resumed) now.resumed++;
        now.attempt = 0;
        tell();
      },
      onLost({ attempt }) {
        now.attempt = attempt;
        tell();
      },
    });
  },
});

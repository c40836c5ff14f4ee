// A rehearsal without a browser: the modules of the page, one after another, for no lot.
import { chainHolds } from "../bids/chain.js";
import {
  enterRehearsal,
  erase,
  fetchBack,
  judged,
  openTest,
  testContent,
} from "../bids/rehearsal.js";
import { sealAndUpload } from "../bids/submit.js";
import { fromHex } from "../sealing/bytes.js";

/**
 * Seals, uploads, has judged, fetches back, opens and erases a test envelope.
 * @param {import("./bidder.js").Self} self
 * @returns {Promise<{bytes: number, parts: number, uploads: Record<string, string>,
 *   bidder: import("../bids/ticket.js").Bidder}>} what was opened; throws where it fails
 */
export async function rehearse({ wire, chain, certificate }) {
  const bidder = await enterRehearsal(wire);
  const { content, trustees, digests } = await testContent(chain, certificate);
  const place = { sequence: 1, previous: null };
  const sealed = await sealAndUpload(wire, bidder, content, place);
  await judged(wire, bidder, sealed);
  const parts = await fetchBack(wire, bidder, sealed);
  const { header, uploads } = sealed;
  const { bidPair } = bidder.pseudonym;
  const certificateKey = fromHex(chainHolds(chain)?.key ?? "", 65);
  const order = { header, bidPair, trustees, parts, digests, certificateKey };
  const opened = await openTest(order);
  await erase(wire, bidder, uploads);
  return { ...opened, uploads, bidder };
}

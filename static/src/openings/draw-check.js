// Every drawn value recomputed in this browser from what the stream told: docs/…-envelope.md 16.
import { fromHex } from "../sealing/bytes.js";
import { drawParameter } from "../sealing/parameters.js";

/** @typedef {import("./state.js").Hall} Hall */
/** partly: which bids one was drawn among is known once prices are read out */
/** @typedef {"same" | "partly" | "different"} Verdict */

/** @param {Hall} hall @returns {Promise<Map<number, Verdict>>} by the draw's number */
export async function recheck(hall) {
  const found = new Map();
  const { draws, drawFor } = hall;
  if (!draws || !drawFor) return found;
  const prices = pricesOf(hall);
  /** @type {Map<string, string | null>} */
  const earlier = new Map();
  for (const each of draws) {
    const told = each.drawn;
    if (!told) break;
    const parts = new Map(told.parts.map(({ commitment, part }) => [commitment, part]));
    const root = fromHex(told.close_root, 32);
    const inputs = { lot: drawFor.lot, root, parts, prices, ceiling: drawFor.ceiling };
    const own = await drawParameter(each, inputs, earlier, told.options);
    earlier.set(each.name, told.value);
    const same =
      sameInputs(hall, told) &&
      own.seed === told.seed &&
      own.index === told.index &&
      own.value === told.value &&
      (own.options === null || own.options.join() === told.options.join());
    found.set(each.no, same ? (own.options === null ? "partly" : "same") : "different");
  }
  return found;
}

/**
 * The close is the one everybody saw, and every listed bid is among the parts.
 * @param {Hall} hall @param {import("./state-draws.js").Value} told
 */
function sameInputs(hall, { close_root, parts }) {
  const listed = (hall.bids ?? []).map(({ commitment }) => commitment).sort();
  const put = parts.map(({ commitment }) => commitment).sort();
  return hall.checkpoint?.root === close_root && listed.join() === put.join();
}

/** @param {Hall} hall @returns {Map<string, number> | null} null until all opened bids are read */
function pricesOf({ bids }) {
  const opened = (bids ?? []).filter(({ state }) => state === "opened");
  if (!opened.every(({ offer }) => offer)) return null;
  return new Map(opened.map((bid) => [bid.commitment, bid.offer?.price_fen ?? 0]));
}

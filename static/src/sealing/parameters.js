// Parameters drawn in the hall, recomputed: docs/sealed-bid-envelope.md 16. Exact, on whole numbers.
import { hex } from "./bytes.js";
import { Draw, lotSeed } from "./draws.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} title
 * @property {"set" | "bid"} kind
 * @property {string[]} [options] of a set
 * @property {string} [delta] of a bid: whose value is Δ
 * @property {string} [mean]
 * @property {string} [ceiling]
 * @property {string} [cut]
 * @property {string} [upper]
 */
/**
 * @typedef {object} Inputs
 * @property {string} lot
 * @property {Bytes} root of the close
 * @property {Map<string, string | null>} parts of every listed bid, by commitment
 * @property {Map<string, number> | null} prices of opened bids in fen; null before the read-out
 * @property {number | null} ceiling in fen
 */
/**
 * @typedef {object} Drawn
 * @property {string} seed
 * @property {string[] | null} options null when they follow from prices that nobody knows yet
 * @property {number | null} index
 * @property {string | null} value
 */

/**
 * One value drawn again. `given` stands in for a bid's set while prices are unknown.
 * @param {Parameter} parameter @param {Inputs} inputs
 * @param {Map<string, string | null>} earlier @param {string[]} [given]
 * @returns {Promise<Drawn>}
 */
export async function drawParameter(parameter, inputs, earlier, given) {
  const { lot, root, parts } = inputs;
  const seed = await lotSeed({ lot, name: `parameter ${parameter.name}`, root, parts });
  const options = optionsOf(parameter, inputs, earlier);
  const among = options ?? given ?? [];
  if (among.length === 0) return { seed: hex(seed), options, index: null, value: null };
  const index = await (await Draw.of(seed)).below(among.length);
  return { seed: hex(seed), options, index, value: among[index] };
}

/**
 * The set a draw is made from, in its order; null when prices are unknown.
 * @param {Parameter} parameter @param {Inputs} inputs @param {Map<string, string | null>} earlier
 * @returns {string[] | null}
 */
function optionsOf(parameter, { prices, ceiling }, earlier) {
  if (parameter.kind === "set") return parameter.options ?? [];
  if (!prices) return null;
  const valid = [...prices].filter(([, price]) => ceiling === null || price <= ceiling).sort();
  const delta = earlier.get(parameter.delta ?? "") ?? null;
  const all = valid.map(([named]) => named);
  if (valid.length === 0 || ceiling === null || delta === null) return all;
  return inside(parameter, valid, BigInt(ceiling), delta) ?? all;
}

/**
 * Bids between C and the upper bound; else those whose price is not C; null for neither.
 * @param {Parameter} parameter @param {[string, number][]} valid @param {bigint} ceiling
 * @param {string} delta
 */
function inside(parameter, valid, ceiling, delta) {
  const [mean, share, cut, upper] = [
    parameter.mean,
    parameter.ceiling,
    parameter.cut,
    parameter.upper,
  ].map((text) => scaled(text ?? "0"));
  const count = BigInt(valid.length);
  const sum = valid.reduce((total, [, price]) => total + BigInt(price), 0n);
  // price ≥ (sum/count × mean + ceiling × share) × (1 − cut), both sides × count × ONE².
  const least = (sum * mean + count * ceiling * share) * (ONE - cut);
  const from = valid.filter(([, price]) => BigInt(price) * count * ONE * ONE >= least);
  const low = from.length ? Math.min(...from.map(([, price]) => price)) : null;
  // price < ceiling × (1 − Δ) × upper, both sides × ONE².
  const top = ceiling * (ONE - scaled(delta)) * upper;
  const found = valid.filter(
    ([, price]) => low !== null && price > low && BigInt(price) * ONE * ONE < top,
  );
  const chosen = found.length ? found : valid.filter(([, price]) => price !== low);
  return chosen.length ? chosen.map(([named]) => named) : null;
}

const PLACES = 6;
const ONE = 10n ** BigInt(PLACES);

/** @param {string} text decimal with at most six places @returns {bigint} × 10⁶ */
function scaled(text) {
  const [whole, part = ""] = text.split(".");
  const value = BigInt(whole.replace("-", "") + part.padEnd(PLACES, "0"));
  return whole.startsWith("-") ? -value : value;
}

// The named steps of the check, in the order of docs/sealed-bid-envelope.md 11.3.
import { receipts, signatures } from "./acts.js";
import { award, report } from "./answers.js";
import { read } from "./bundle.js";
import { draws } from "./draws.js";
import { draw } from "./experts.js";
import { reason } from "./failure.js";
import { bindings, keys, manifest, readOut, shares, tags } from "./opening.js";
import { record } from "./record.js";
import { refusals } from "./refusals.js";
import { sheets } from "./sheets.js";
import { cosignatures, inclusion, times } from "./witnesses.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {"holds" | "fails" | "left"} Outcome left: this page does not recompute it */
/** @typedef {(name: string, outcome: Outcome, why: string) => Promise<void> | void} Report */
/** @typedef {[string, ((bundle: Bundle) => Promise<void>) | null]} Step */

/** @type {Step[]} */
export const OPENING = [
  ["signatures", signatures],
  ["inclusion", inclusion],
  ["cosignatures", cosignatures],
  ["times", times],
  ["receipts", receipts],
  ["manifest", manifest],
  ["shares", shares],
  ["keys", keys],
  ["tags", tags],
  ["bindings", bindings],
  ["read-out", readOut],
  ["refusals", refusals],
  ["draws", draws],
  ["record", record],
];

/** @type {Step[]} scores and ranking need the plan's formulas */
export const JUDGING = [
  ["draw", draw],
  ["sheets", sheets],
  ["scores", null],
  ["ranking", null],
  ["report", report],
];

/** @type {Step[]} */
export const AWARD = [["award", award]];

/** @param {Bundle} bundle @returns {Step[]} that fit what the bundle holds */
export function stepsOf(bundle) {
  if (!bundle.evaluation) return OPENING;
  return [...OPENING, ...JUDGING, ...(bundle.award ? AWARD : [])];
}

/**
 * All steps up to the first that fails; `report` hears each.
 * @param {Uint8Array<ArrayBuffer>} zip
 * @param {Report} told
 * @returns {Promise<{failed: string | null, why: string, bundle: Bundle | null}>}
 */
export async function verify(zip, told) {
  let at = "contents";
  /** @type {Bundle | null} */
  let bundle = null;
  try {
    bundle = await read(zip);
    await told(at, "holds", "");
    for (const [name, step] of stepsOf(bundle)) {
      at = name;
      if (step) await step(bundle);
      await told(name, step ? "holds" : "left", "");
    }
    return { failed: null, why: "", bundle };
  } catch (error) {
    const why = reason(error);
    await told(at, "fails", why);
    return { failed: at, why, bundle };
  }
}

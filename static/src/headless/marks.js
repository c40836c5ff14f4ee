// What a stand-in expert writes on a sheet: plausible, and the same at every try. A hash of bid and
// item tells how good a bid is; members differ by a step or two, on objective items not at all.
import { points, rowsOf } from "../evaluation/sheet-model.js";
import { sha256 } from "../sealing/bytes.js";

/** @typedef {import("../evaluation/sheets.js").Marks} Marks */
/** @typedef {import("../evaluation/sheets.js").SheetStage} SheetStage */
/** @typedef {import("../evaluation/sheet-model.js").Row} Row */

// A sound bid gets between these shares of an item's points.
const WORST = 0.68;
const BEST = 0.96;

/**
 * @param {any} plan @param {SheetStage} stage
 * @param {{seat: number, bid: string}} place bid: commitment in hex
 * @returns {Promise<Marks>}
 */
export async function plausible(plan, stage, { seat, bid }) {
  /** @type {Marks} */
  const marks = {};
  for (const row of rowsOf(plan, stage)) {
    marks[row.key] =
      row.kind === "check" ? { value: "pass", note: "" } : await mark(row, bid, seat);
  }
  return marks;
}

/** @param {Row} row @param {string} bid @param {number} seat */
async function mark(row, bid, seat) {
  const [quality] = await sha256(`${bid} ${row.key}`);
  const [taste] = await sha256(`${bid} ${row.key} ${seat}`);
  if (row.kind === "deviation" || row.kind === "discount") return { value: "0", note: "" };
  const steps = Math.round(row.maximum / row.step);
  const seen = Math.round(steps * (WORST + ((BEST - WORST) * quality) / 255));
  const own = row.objective || steps < 8 ? seen : seen + (taste % 3) - 1;
  const mark = Math.min(steps, Math.max(0, own)) * row.step;
  return { value: points(row.kind === "deduction" ? row.maximum - mark : mark), note: "" };
}

// A score sheet as data: what may be put on each row, what is missing, what it adds up to. No DOM.
// Points are counted in whole hundredths, fen in whole fen: nothing is ever rounded on the way.
import { parseYuan } from "../kernel/format.js";

/** @typedef {"qualification" | "technical"} SheetStage */
/** @typedef {{value: string, note: string}} Entry as typed */
/** @typedef {{[key: string]: Entry}} Entries */
/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {string} rule
 * @property {"check" | "range" | "fixed" | "deduction" | "discount" | "deviation"} kind
 * @property {number} maximum hundredths of a point or percent, or fen; 0 for a check
 * @property {number} step in the same unit
 * @property {boolean} objective
 */
/** @typedef {"empty" | "ok" | "malformed" | "above" | "off_step" | "no_reason"} Verdict */
/** @typedef {{verdict: Verdict, amount: number, text: string}} Judged text is what the sheet carries */
/**
 * @typedef {object} Summary
 * @property {number} amount
 * @property {number} maximum
 * @property {number} filled rows that count
 * @property {number} empty
 * @property {number} wrong
 * @property {number} failed checks answered with a fail
 * @property {boolean} complete
 */

export const NOTE_MAX = 200;
const POINTS = /^(0|[1-9][0-9]{0,2})(?:[.。．]([0-9]{1,2}))?$/;
const FULL_WIDTH = /[０-９]/g;

/** @param {string} text points as the plan writes them @returns {number} hundredths */
export function hundredths(text) {
  const match = POINTS.exec(text);
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : NaN;
}

/** 850 → 8.5 @param {number} amount hundredths */
export function points(amount) {
  const cents = String(amount % 100).padStart(2, "0");
  return `${Math.floor(amount / 100)}.${cents}`.replace(/\.?0+$/, "") || "0";
}

/**
 * @param {{checks: any[], items: any[]}} plan
 * @param {string} stage
 * @returns {Row[]}
 */
export function rowsOf(plan, stage) {
  if (stage === "qualification") {
    return plan.checks.map(({ key, name, rule }) => {
      return { key, name, rule, kind: "check", maximum: 0, step: 0, objective: true };
    });
  }
  return plan.items.map((item) => {
    const unit = item.kind === "deviation" ? Number : hundredths;
    return { ...item, maximum: unit(item.maximum), step: unit(item.step) };
  });
}

/** Points as people type them, also with full-width digits or a Chinese stop. @param {string} text */
function typedPoints(text) {
  const plain = text
    .trim()
    .replace(FULL_WIDTH, (digit) => String(digit.charCodeAt(0) - 0xff10))
    .replace(/^\./, "0.");
  return hundredths(plain);
}

/** @param {Row} row @param {Entry | undefined} entry @returns {Judged} */
export function judge(row, entry) {
  const value = entry?.value.trim() ?? "";
  if (value === "") return { verdict: "empty", amount: 0, text: "" };
  if (row.kind === "check") return judgeCheck(value, entry?.note ?? "");
  const amount = row.kind === "deviation" ? (parseYuan(value) ?? NaN) : typedPoints(value);
  if (Number.isNaN(amount)) return { verdict: "malformed", amount: 0, text: "" };
  if (amount > row.maximum) return { verdict: "above", amount: 0, text: "" };
  if (row.step && amount % row.step !== 0) return { verdict: "off_step", amount: 0, text: "" };
  const text = row.kind === "deviation" ? String(amount) : points(amount);
  return { verdict: "ok", amount, text };
}

/** @param {string} value @param {string} note @returns {Judged} */
function judgeCheck(value, note) {
  if (value !== "pass" && value !== "fail") return { verdict: "malformed", amount: 0, text: "" };
  const silent = value === "fail" && note.trim() === "";
  return { verdict: silent ? "no_reason" : "ok", amount: 0, text: value };
}

/** What a mark adds to the sum. @param {Row} row @param {number} amount */
function counted({ kind, maximum }, amount) {
  if (kind === "discount") return 0;
  return kind === "deduction" ? maximum - amount : amount;
}

/** @param {Row[]} rows @param {Entries} entries @returns {Summary} */
export function summary(rows, entries) {
  const sum = { amount: 0, maximum: 0, filled: 0, empty: 0, wrong: 0, failed: 0, complete: false };
  for (const row of rows) {
    const { verdict, amount, text } = judge(row, entries[row.key]);
    sum.maximum += row.kind === "discount" ? 0 : row.maximum;
    if (verdict === "ok") {
      sum.filled += 1;
      sum.amount += counted(row, amount);
    } else sum[verdict === "empty" ? "empty" : "wrong"] += 1;
    if (text === "fail") sum.failed += 1;
  }
  sum.complete = rows.length > 0 && sum.filled === rows.length;
  return sum;
}

/**
 * The marks as the sheet carries them.
 * @param {Row[]} rows @param {Entries} entries
 * @returns {{[key: string]: Entry}} throws RangeError while anything is missing
 */
export function marksOf(rows, entries) {
  /** @type {{[key: string]: Entry}} */
  const marks = {};
  for (const row of rows) {
    const { verdict, text } = judge(row, entries[row.key]);
    if (verdict !== "ok") throw new RangeError(`${row.key} is ${verdict}`);
    marks[row.key] = { value: text, note: (entries[row.key]?.note ?? "").trim() };
  }
  return marks;
}

/**
 * The value one step up or down, inside the range; from nothing it starts at an end.
 * @param {Row} row @param {string} value @param {1 | -1} by
 */
export function stepped(row, value, by) {
  const { verdict, amount } = judge(row, { value, note: "" });
  const from = verdict === "ok" ? amount : by > 0 ? -row.step : row.maximum + row.step;
  const next = Math.min(row.maximum, Math.max(0, from + by * row.step));
  return row.kind === "deviation" ? (next / 100).toFixed(2) : points(next);
}

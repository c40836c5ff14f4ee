// What the sheet says of itself: its sum, what is missing, how each bid's stands.
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { points } from "./sheet-model.js";

/** @param {string | undefined} kind @param {import("./sheet-model.js").Summary} sum */
export function totalWord(kind, sum) {
  if (kind === "check") {
    return sum.failed
      ? _("%(n)s 项不通过", { n: sum.failed })
      : _("%(n)s 项通过", { n: sum.filled });
  }
  return kind === "deviation" ? yuan(sum.amount) : points(sum.amount);
}

/**
 * @param {string | undefined} kind @param {import("./sheet-model.js").Summary} sum
 * @param {import("./sheet-view.js").Leaf} leaf
 */
export function restWord(kind, sum, { state, fault }) {
  if (state === "returned" && fault) return _("退回更正：%(fault)s", { fault });
  if (state === "submitted") return _("已封存，全体提交后一同打开");
  if (state === "sending") return _("正在封存并提交");
  const most = kind !== "deviation" ? _("/ %(most)s 分", { most: points(sum.maximum) }) : "";
  const wrong = sum.wrong ? _("%(n)s 项待改", { n: sum.wrong }) : "";
  const empty = sum.empty ? _("%(n)s 项待填", { n: sum.empty }) : "";
  return [most, wrong, empty].filter(Boolean).join("　");
}

/** @param {import("./sheet-view.js").Leaf} leaf @param {import("./sheet-model.js").Summary} sum @param {number} rows */
export function tabWord(leaf, sum, rows) {
  if (leaf.state === "submitted") return _("已提交");
  if (leaf.state === "sending") return _("提交中");
  if (leaf.state === "returned") return _("退回");
  if (sum.filled === 0 && sum.wrong === 0) return _("未开始");
  return sum.complete ? _("待提交") : `${sum.filled} / ${rows}`;
}

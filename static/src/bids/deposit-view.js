// A deposit in words: what has arrived, whether it counts, what is missing.
import { chip, el, replace } from "../kernel/dom.js";
import { clock, day, yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./deposit.js").Verdict} Verdict */

/** @param {Verdict} verdict @returns {HTMLElement} */
export function verdictChip({ outcome, finality, received_fen: received, qualifies }) {
  if (received === 0 && outcome === "short") {
    const over = finality === "final";
    return over ? chip("refused", _("未到账"), "x-c") : chip("need", _("等待到账"), "clock");
  }
  if (qualifies) return chip("done", _("已到账，合格"), "check-c");
  return chip("need", outcomeWord(outcome), "warn");
}

/** @param {string} outcome */
export function outcomeWord(outcome) {
  /** @type {Record<string, string>} */
  const words = {
    ok: _("合格"),
    over: _("合格，多缴部分将退回"),
    split: _("合格，分次到账"),
    short: _("金额不足"),
    late: _("到账晚于截止"),
    not_basic_account: _("不是从基本账户转出"),
    name_mismatch: _("付款户名不符"),
    reversed: _("银行已冲正"),
    duplicate: _("重复"),
    unknown_sub: _("子账户不明"),
  };
  return words[outcome] ?? outcome;
}

/** @param {HTMLElement} container @param {Verdict} verdict */
export function showVerdict(container, verdict) {
  const { received_fen: got, required_fen: due, missing_fen: missing } = verdict;
  const facts = [
    [_("应缴"), yuan(due)],
    [_("到账"), yuan(got)],
  ];
  if (missing > 0) facts.push([_("还差"), yuan(missing)]);
  const list = el("dl", { class: "kv" });
  for (const [term, value] of facts) {
    list.append(el("dt", {}, term ?? ""), el("dd", { class: "num" }, value ?? ""));
  }
  const final = verdict.finality === "final";
  const note = final
    ? _("银行对账已完整，这是最终结果。")
    : _("截止后银行对账完整时，才成为最终结果。");
  replace(container, list, el("p", { class: "small muted" }, note));
}

/** @param {HTMLElement} container @param {Verdict} verdict */
export function showPayments(container, { payments }) {
  if (payments.length === 0) {
    replace(container, el("p", { class: "small muted" }, _("还没有到账。到账后约几秒显示。")));
    return;
  }
  const rows = payments.map(({ amount_fen: fen, booked_at: at, standing }) =>
    el(
      "tr",
      {},
      el("td", { class: "num" }, `${day(at)} ${clock(at)}`),
      el("td", { class: "n" }, yuan(fen)),
      el("td", {}, standingWord(standing)),
    ),
  );
  const head = [
    el("th", {}, _("入账")),
    el("th", { class: "n" }, _("金额")),
    el("th", {}, _("认定")),
  ];
  replace(
    container,
    el(
      "table",
      { class: "table" },
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...rows),
    ),
  );
}

/** @param {string} standing */
function standingWord(standing) {
  /** @type {Record<string, string>} */
  const words = {
    counted: _("计入"),
    late: _("晚于截止，不计入"),
    not_basic_account: _("不是基本账户，原路退回"),
    name_mismatch: _("户名不符，原路退回"),
    reversed: _("银行已冲正"),
    returned: _("已退回"),
  };
  return words[standing] ?? standing;
}

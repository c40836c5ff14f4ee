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
  const { received_fen: got, required_fen: due, missing_fen: missing, excess_fen: over } = verdict;
  const facts = [
    [_("应缴"), yuan(due)],
    [_("计入"), yuan(got)],
  ];
  if (missing > 0) facts.push([_("还差"), yuan(missing)]);
  if (over > 0) facts.push([_("多缴"), yuan(over)]);
  const until = verdict.complete_until;
  if (until) facts.push([_("银行数据完整至"), `${day(until)} ${clock(until)}`]);
  const list = el("dl", { class: "kv" });
  for (const [term, value] of facts) {
    list.append(el("dt", {}, term ?? ""), el("dd", { class: "num" }, value ?? ""));
  }
  replace(container, list, el("p", { class: "small" }, advice(verdict)), finality(verdict));
}

/** What to do now. @param {Verdict} verdict @returns {string} */
function advice({ outcome, missing_fen: missing, received_fen: got, payments }) {
  if (outcome === "over") return _("多缴的部分在名单公布后自动退回原付款账户。");
  if (missing === 0) return _("保证金已足额，不需要再付。");
  if (payments.some(({ standing }) => WRONG.has(standing))) {
    return _("有款项不是从备案的基本账户转出，已原路退回。请从基本账户另付。");
  }
  if (outcome === "late") return _("到账晚于截止，不计入；名单公布后退回。");
  if (got > 0) return _("请在截止前从同一基本账户补足差额，可以分次付。");
  return _("请在截止前付款，以银行入账时间为准，跨行转账请预留时间。");
}

/** @param {Verdict} verdict @returns {HTMLElement} */
function finality({ finality: word }) {
  const final = word === "final";
  const note = final
    ? _("银行对账已完整，这是最终结果。")
    : _("截止后银行对账完整时，才成为最终结果。");
  return el("p", { class: "small muted" }, note);
}

/** @param {HTMLElement} container @param {Verdict} verdict */
export function showPayments(container, { payments }) {
  if (payments.length === 0) {
    const text = _("还没有到账。银行入账后立即显示在这里，不需要刷新。");
    replace(container, el("p", { class: "small muted" }, text));
    return;
  }
  const head = [_("银行入账"), _("金额"), _("付款人"), _("认定")].map((text, at) =>
    el("th", { class: at === 1 ? "n" : null }, text),
  );
  replace(
    container,
    el(
      "table",
      { class: "table cards" },
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...payments.map(row)),
    ),
  );
}

/** @param {import("./deposit.js").Payment} payment */
function row({ amount_fen: fen, booked_at: at, standing, payer, bank_ref: ref, refunds }) {
  const who = payer
    ? [payer.name, el("span", { class: "sub num" }, payer.account)]
    : [el("span", { class: "muted" }, _("银行未提供"))];
  const back = refunds.map(({ amount_fen: sum, state }) =>
    el("span", { class: "sub" }, `${yuan(sum)} ${refundWord(state)}`),
  );
  const when = [`${day(at)} ${clock(at)}`, el("span", { class: "sub mono" }, ref)];
  return el(
    "tr",
    { "data-standing": standing },
    el("td", { "data-l": _("银行入账") }, el("span", { class: "payee num" }, ...when)),
    el("td", { class: "n", "data-l": _("金额") }, yuan(fen)),
    el("td", { "data-l": _("付款人") }, el("span", { class: "payee" }, ...who)),
    el("td", { "data-l": _("认定") }, el("span", { class: "payee" }, mark(standing), ...back)),
  );
}

const WRONG = new Set(["not_basic_account", "name_mismatch"]);

/** @param {string} standing */
function mark(standing) {
  if (standing === "counted") return chip("done", standingWord(standing), "check-c");
  if (standing === "returned") return chip("neutral", standingWord(standing), "check-c");
  return chip(WRONG.has(standing) ? "refused" : "need", standingWord(standing), "warn");
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

/** @param {string} state */
function refundWord(state) {
  /** @type {Record<string, string>} */
  const words = {
    settled: _("已退回付款账户"),
    rejected: _("银行拒付，人工处理中"),
    returned: _("被收款行退回，人工处理中"),
    unknown: _("等银行答复"),
  };
  return words[state] ?? _("退款办理中");
}

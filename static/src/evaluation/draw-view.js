// The draw on the screen: the parties' commitments and numbers, the pool, the order, the check.
import { chip, el, icon, replace, svg } from "../kernel/dom.js";
import { clock, hashGroups, ribbonPath, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("../kernel/dom.js").State} State */

/** @param {string} party */
export function partyWord(party) {
  /** @type {{[party: string]: string}} */
  const words = {
    agency: _("招标代理"),
    centre: _("交易中心"),
    supervisor: _("监督部门"),
  };
  return words[party] ?? party;
}

/** A hash as ribbon and groups. @param {string} digest */
function shown(digest) {
  return el(
    "span",
    { class: "digest" },
    svg(
      "svg",
      { class: "ribbon", viewBox: "0 0 128 16", fill: "currentColor", "aria-hidden": "true" },
      svg("path", { d: ribbonPath(digest) }),
    ),
    el("span", { class: "mono tiny" }, hashGroups(digest).join(" ")),
  );
}

/** @param {string} word */
const hatched = (word) => el("span", { class: "sealed-bar sealed" }, el("span", {}, word));

/**
 * @param {HTMLElement} box @param {any} state
 * @param {Record<string, boolean | null>} fit what this browser found of each number
 */
export function drawParties(box, state, fit) {
  const rows = state.parties.map((/** @type {any} */ one) => {
    const mine = one.party === state.role;
    /** @type {[State, string]} */
    const said = one.nonce
      ? fit[one.party] === false
        ? ["refused", _("与承诺不符")]
        : ["done", _("已公开，与承诺相符")]
      : one.commitment
        ? ["progress", _("已承诺")]
        : ["neutral", _("待承诺")];
    return el(
      "li",
      { class: mine ? "party me" : "party", "data-party": one.party },
      el(
        "div",
        { class: "row" },
        el("b", { class: "strong" }, partyWord(one.party)),
        mine ? el("span", { class: "tag" }, _("我方")) : null,
        el("span", { class: "end" }, chip(...said)),
      ),
      el(
        "dl",
        { class: "kv small" },
        el("dt", {}, _("承诺")),
        el(
          "dd",
          {},
          one.commitment ? shown(one.commitment) : el("span", { class: "muted" }, _("尚未提交")),
          one.at ? el("span", { class: "tiny muted num" }, clock(one.at)) : null,
        ),
        el("dt", {}, _("随机数")),
        el("dd", {}, one.nonce ? shown(one.nonce) : hatched(_("全部承诺后公开"))),
      ),
    );
  });
  replace(box, el("ul", { class: "parties" }, ...rows));
}

/** @param {HTMLElement} box @param {any} state */
export function drawPool(box, state) {
  const { pool, seats } = state;
  replace(
    box,
    el(
      "dl",
      { class: "kv small" },
      el("dt", {}, _("符合条件")),
      el("dd", { class: "num" }, _("%(n)s 人", { n: pool.size - pool.excluded })),
      el("dt", {}, _("回避和排除")),
      el("dd", { class: "num" }, _("%(n)s 人", { n: pool.excluded })),
      el("dt", {}, _("席位")),
      el("dd", { class: "num" }, seats),
      el("dt", {}, _("冻结于")),
      el("dd", { class: "num" }, short(pool.frozen_at)),
      el("dt", {}, _("摘要")),
      el("dd", {}, shown(pool.digest)),
    ),
    el(
      "p",
      { class: "tiny muted mt" },
      _("本单位、近年任职和申报关系已先行排除；摘要在承诺之前写入日志，之后不能再改。"),
    ),
  );
}

/** @param {HTMLElement} box @param {any} state */
export function drawOrder(box, state) {
  if (!state.order) {
    replace(
      box,
      el(
        "div",
        { class: "empty" },
        el("h3", {}, _("尚未抽取")),
        el("p", {}, _("三方都公开随机数之后，顺序立刻算出，显示在这里。")),
      ),
    );
    return;
  }
  const rows = state.order.map((/** @type {any} */ one) =>
    el(
      "li",
      { class: one.seat && !one.out ? "drawn on" : one.out ? "drawn out" : "drawn" },
      el("span", { class: "num" }, one.place),
      el("span", { class: "mono small" }, one.code),
      el("span", { class: "small muted" }, one.site),
      stateChip(one),
    ),
  );
  replace(
    box,
    el("ol", { class: "order" }, ...rows),
    el(
      "p",
      { class: "tiny muted mt" },
      _("代号由专家库记录加盐得出，不能反推姓名；名单在结果公布前保密。"),
    ),
  );
}

/** @param {any} one */
function stateChip(one) {
  /** @type {{[state: string]: [State, string]}} */
  const words = {
    invited: ["progress", _("待答复")],
    accepted: ["done", _("已接受")],
    checked_in: ["done", _("已签到")],
    pledged: ["done", _("在场")],
    declined: ["refused", _("已谢绝")],
    recused: ["refused", _("已回避")],
    replaced: ["refused", _("已更换")],
  };
  if (!one.seat) return el("span", { class: "small muted" }, _("候补"));
  const [tone, word] = words[one.state] ?? ["neutral", one.state ?? ""];
  const mark = chip(tone, one.out ? word : `${_("%(n)s 席", { n: one.seat })} ${word}`);
  mark.classList.add("bare");
  return mark;
}

/**
 * What this browser reckoned itself.
 * @param {HTMLElement} box @param {any} state
 * @param {Record<string, boolean | null>} fit @param {string | null} seed
 */
export function drawCheck(box, state, fit, seed) {
  const steps = state.parties.map((/** @type {any} */ one) =>
    step(fit[one.party] ?? null, _("%(who)s的随机数与承诺一致", { who: partyWord(one.party) })),
  );
  const same = state.seed === null || seed === null ? null : state.seed === seed;
  replace(
    box,
    el("ul", { class: "checks small" }, ...steps, step(same, _("种子由本机重算，与公布的一致"))),
    state.seed ? el("p", { class: "mt" }, shown(state.seed)) : null,
    el("p", { class: "tiny muted mt" }, _("评标结束后，任何人都能用公开数据包重算整个抽取顺序。")),
  );
}

/** @param {boolean | null} ok @param {string} text */
function step(ok, text) {
  const mark =
    ok === null
      ? icon("dots", "muted")
      : icon(ok ? "check-c" : "x-c", ok ? "fg-done" : "fg-refused");
  return el("li", {}, mark, text);
}

/** @param {HTMLElement} box @param {any} state */
export function drawEarlier(box, state) {
  const list = (state.earlier ?? []).map((/** @type {any} */ one) =>
    el(
      "li",
      {},
      _("第 %(n)s 轮作废于 %(at)s：%(reason)s", {
        n: one.round,
        at: short(one.ended_at),
        reason: one.reason,
      }),
    ),
  );
  replace(
    box,
    list.length
      ? el(
          "section",
          { class: "panel" },
          el("div", { class: "hd" }, el("h2", {}, _("作废的轮次"))),
          el("div", { class: "bd" }, el("ul", { class: "small stack-2" }, ...list)),
        )
      : null,
  );
}

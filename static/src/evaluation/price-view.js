// Prices, totals and ranking with every intermediate as a formula, and each member's confirmation.
import { chip, el, icon } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { heads, nameOf, scored, wide } from "./results-view.js";
import { bidName, memberName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {{fen: number, counts: boolean}} Priced */
/** @typedef {{prices: Priced[], parts: {[name: string]: string}, factors: {[name: string]: string}}} Benchmark */

/**
 * @param {Room} room @param {any} results
 * @param {{confirm: (() => void) | null}} by null when it is not the reader's to confirm
 */
export function pricePanel(room, results, { confirm }) {
  if (!results.results) return null;
  const { bids, ranking, base_fen: base, benchmark } = results.results;
  const rows = ranking.map((/** @type {any} */ place) => {
    const bid = bids.find((/** @type {any} */ one) => one.number === place.number);
    return row(room, place, bid, base);
  });
  const columns = scored(room)
    ? [_("投标文件"), _("报价"), _("技术得分"), _("价格得分"), _("总分"), _("名次")]
    : [_("投标文件"), _("报价"), _("偏差合计"), _("评审价"), _("名次")];
  const out = (results.verdicts ?? []).filter((/** @type {any} */ one) => !one.admitted);
  return el(
    "section",
    { class: "panel", id: "prices" },
    el(
      "div",
      { class: "hd" },
      el("h2", {}, _("价格与排名")),
      el("span", { class: "small muted" }, methodWord(room, base, benchmark)),
    ),
    wide(_("价格与排名"), "prices", heads(...columns), el("tbody", {}, ...rows)),
    el(
      "div",
      { class: "bd stack" },
      out.length
        ? el(
            "p",
            { class: "small soft" },
            _("未进入比较：%(list)s", {
              list: out.map((/** @type {any} */ one) => bidName(one.number)).join("、"),
            }),
          )
        : null,
      benchmark ? benchmarkLine(benchmark, base) : null,
      ...draws(results.results.draws),
      flags(room, results),
      confirmation(room, results, confirm),
    ),
  );
}

/** @param {Room} room @param {number} base @param {Benchmark | undefined} benchmark */
function methodWord(room, base, benchmark) {
  if (!scored(room)) return _("经评审的最低投标价法");
  return benchmark
    ? _("综合评分法，评标基准价 %(base)s", { base: yuan(base) })
    : _("综合评分法，低价优先，基准价 %(base)s", { base: yuan(base) });
}

/** How the benchmark came about. @param {Benchmark} benchmark @param {number} base */
function benchmarkLine({ parts, factors, prices }, base) {
  const facts = [
    ...Object.entries(parts).map(([name, value]) => `${name} = ${yuan(fenOf(value))}`),
    ...Object.entries(factors).map(
      ([name, value]) => `${name === "delta" ? "Δ" : name.toUpperCase()} = ${value}`,
    ),
  ];
  const out = prices.filter(({ counts }) => !counts).map(({ fen }) => yuan(fen));
  if (out.length) facts.push(_("求平均价时去掉 %(list)s", { list: out.join("、") }));
  return el(
    "p",
    { class: "small soft", id: "benchmark" },
    _("评标基准价 %(base)s：%(facts)s", { base: yuan(base), facts: facts.join("，") }),
  );
}

/** A fraction of fen, for showing alone. @param {string} fraction */
const fenOf = (fraction) => {
  const [above, below] = fraction.split("/").map(Number);
  return Math.round(Number(above) / Number(below));
};

/** How a bid's price points came about. @param {any} bid @param {number} base @param {Room} room */
function priceFormula(bid, base, room) {
  const price = bid.discounted_fen ?? bid.price_fen;
  if (!room.plan.pricing) return `${yuan(base)} ÷ ${yuan(price)} × ${room.plan.price_weight}`;
  const off = ((price - base) / base) * 100;
  const { above, below, least } = room.plan.pricing;
  const rate = off > 0 ? above : below;
  const formula = `${room.plan.price_weight} − ${Math.abs(off).toFixed(4)} × ${rate}`;
  return Number(least) > 0 ? `${formula} ≥ ${least}` : formula;
}

/** @param {Room} room @param {any} place @param {any} bid @param {number} base */
function row(room, place, bid, base) {
  const name = el(
    "td",
    {},
    el("b", { class: "strong" }, bidName(bid.number)),
    ` ${nameOf(room, bid.number)}`,
    place.decided_by && place.rank > 1
      ? el("span", { class: "sub" }, decidedWord(place.decided_by))
      : null,
  );
  const cell = (/** @type {string} */ value, formula = "", cls = "n") =>
    el("td", { class: cls }, value, formula ? el("span", { class: "formula" }, formula) : null);
  const rank = el("td", { class: "n" }, el("b", { class: "strong" }, place.rank));
  if (!scored(room)) {
    const added = bid.evaluated_fen - bid.price_fen;
    return el(
      "tr",
      {},
      name,
      cell(yuan(bid.price_fen)),
      cell(
        yuan(added),
        meanWord(bid, (/** @type {string} */ one) => yuan(Number(one))),
      ),
      cell(yuan(bid.evaluated_fen), `${yuan(bid.price_fen)} + ${yuan(added)}`),
      rank,
    );
  }
  return el(
    "tr",
    {},
    name,
    cell(yuan(bid.price_fen), discountWord(bid)),
    cell(
      bid.technical.rounded,
      meanWord(bid, (/** @type {string} */ one) => one),
    ),
    cell(bid.price.rounded, priceFormula(bid, base, room)),
    cell(bid.total, `${bid.technical.rounded} + ${bid.price.rounded}`),
    rank,
  );
}

/** @param {any} bid */
const discountWord = (bid) =>
  bid.discounted_fen === undefined || bid.discounted_fen === bid.price_fen
    ? ""
    : _("扣除后 %(price)s", { price: yuan(bid.discounted_fen) });

/** (85 + 86 + 90) ÷ 3, with what was dropped. @param {any} bid @param {(total: string) => string} write */
function meanWord(bid, write) {
  const { counted, dropped } = bid.technical;
  const of = (/** @type {number} */ seat) =>
    write(bid.members.find((/** @type {any} */ one) => one.seat === seat)?.total ?? "0");
  const sum = `(${counted.map(of).join(" + ")}) ÷ ${counted.length}`;
  return dropped.length
    ? `${sum}\u3000${_("去掉 %(list)s", { list: dropped.map(of).join("、") })}`
    : sum;
}

/** @param {string} by */
function decidedWord(by) {
  /** @type {{[by: string]: string}} */
  const words = {
    price: _("总分相同，报价低者在前"),
    technical: _("总分、报价相同，技术得分高者在前"),
    draw: _("并列，按公开可复算的抽签"),
  };
  return words[by] ?? "";
}

/** @param {any[]} list */
const draws = (list) =>
  list.map((draw) =>
    el(
      "p",
      { class: "small soft" },
      icon("dice"),
      _("并列抽签「%(name)s」　种子 %(seed)s", { name: draw.name, seed: draw.seed }),
    ),
  );

/** What the committee must look at, bid by bid, with the reasons that were given. @param {Room} room @param {any} results */
function flags(room, results) {
  /** @type {{number: number, bid: string, kind: string, seat: number | null, key: string | null, percent: string | null}[]} */
  const list = results.flags ?? [];
  if (list.length === 0) return null;
  const numbers = [...new Set(list.map(({ number }) => number))];
  const lines = numbers.flatMap((number) => {
    const own = list.filter((flag) => flag.number === number);
    return [
      ...own.filter(({ seat }) => seat).map((flag) => farOff(results, flag)),
      differing(room, own),
    ];
  });
  return el(
    "div",
    { class: "alert", "data-s": "need" },
    icon("warn"),
    el(
      "div",
      {},
      el("h3", {}, _("须留意的评分")),
      el("ul", { class: "small" }, ...lines.filter(Boolean).map((line) => el("li", {}, line))),
    ),
  );
}

/** @param {any} results @param {any} flag */
function farOff(results, flag) {
  const facts = { bid: bidName(flag.number), who: memberName(flag.seat), n: flag.percent ?? "—" };
  const by = (results.confirmed ?? []).find((/** @type {any} */ one) => one.seat === flag.seat);
  const reason = by?.reasons?.[flag.bid];
  return reason
    ? _("%(bid)s：%(who)s的合计偏离平均 %(n)s %，理由：%(reason)s", { ...facts, reason })
    : _("%(bid)s：%(who)s的合计偏离平均 %(n)s %，须写明理由", facts);
}

/** @param {Room} room @param {{number: number, key: string | null}[]} own */
function differing(room, own) {
  const names = own
    .filter(({ key }) => key)
    .map(
      ({ key }) => room.plan.items.find((/** @type {any} */ one) => one.key === key)?.name ?? key,
    );
  if (names.length === 0) return "";
  const facts = { bid: bidName(own[0]?.number ?? 0), items: names.join("、") };
  return _("%(bid)s：客观项 %(items)s 各委员不一致", facts);
}

/** Bids whose total of mine is far off and wants my reason. @param {Room} room @param {any} results */
export const reasonsDue = (room, results) =>
  (results.reasons_due ?? []).map((/** @type {any} */ one) => {
    const bid = typeof one === "string" ? one : one.bid;
    const number = room.bids.find(({ commitment }) => commitment === bid)?.number ?? 0;
    return { bid, name: bidName(number) };
  });

/** @param {Room} room @param {any} results @param {(() => void) | null} confirm */
function confirmation(room, results, confirm) {
  const seats = new Set([
    ...room.confirmed,
    ...(results.confirmed ?? []).map((/** @type {any} */ one) => one.seat ?? one),
  ]);
  const mine = room.seat !== null && seats.has(room.seat);
  const button = el(
    "button",
    {
      class: "btn primary lg",
      type: "button",
      "data-act": "confirm-price",
      on: { click: () => confirm?.() },
    },
    icon("check-c"),
    _("确认价格与排名"),
  );
  return el(
    "div",
    { class: "row" },
    confirm && !mine ? button : null,
    mine ? chip("done", _("你已确认")) : null,
    el(
      "span",
      { class: "small muted" },
      _("%(n)s / %(all)s 位委员已确认，全部确认后生成评标报告", {
        n: seats.size,
        all: room.plan.seats,
      }),
    ),
  );
}

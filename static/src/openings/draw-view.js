// The parameter draw on the screen: what went in, the seed, the published set, the value; recomputed.
// Nothing tumbles: what appears bit by bit is final as it appears.
import { chip, el, icon, replace, svg } from "../kernel/dom.js";
import { clock, hashGroups, hashShort, ribbonPath } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { recheck } from "./draw-check.js";
import { seatNo } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state-draws.js").HallDraw} HallDraw */
/** @typedef {import("./state-draws.js").Value} Value */
/** @typedef {import("./draw-check.js").Verdict} Verdict */
/** @typedef {{key: string, seen: Set<number>, found: Map<number, Verdict>}} Shown */

/** @type {WeakMap<HTMLElement, Shown>} */
const views = new WeakMap();

/**
 * Draws the panel when its draws have changed; a hall without any leaves it hidden.
 * @param {HTMLElement} box @param {Hall} hall
 */
export function drawDraw(box, hall) {
  const { draws } = hall;
  box.hidden = !draws;
  if (!draws) return;
  const drawn = draws.filter((each) => each.drawn).map(({ no }) => no);
  const known = views.get(box);
  const shown = known ?? { key: "", seen: new Set(drawn), found: new Map() };
  views.set(box, shown);
  const read = (hall.bids ?? []).filter((bid) => bid.offer).length;
  const key = JSON.stringify([hall.stage, drawn, read]);
  if (key === shown.key) return;
  shown.key = key;
  paint(box, hall, draws, shown);
  for (const no of drawn) shown.seen.add(no);
  void recheck(hall).then((found) => {
    if (shown.key !== key) return;
    shown.found = found;
    for (const [no, verdict] of found) tell(box, no, verdict);
  });
}

/** @param {HTMLElement} box @param {number} no @param {Verdict} verdict */
function tell(box, no, verdict) {
  const slot = box.querySelector(`[data-verdict="${no}"]`);
  if (slot) replace(slot, verdictChip(verdict));
}

/** @param {Verdict} verdict */
function verdictChip(verdict) {
  if (verdict === "different") return chip("refused", _("本机重算不一致"));
  if (verdict === "partly") return chip("progress", _("本机已重算，范围待唱标后核对"));
  return chip("done", _("本机已重算，一致"));
}

/** @param {HTMLElement} box @param {Hall} hall @param {HallDraw[]} draws @param {Shown} shown */
function paint(box, hall, draws, shown) {
  const done = draws.filter((each) => each.drawn).length;
  const opened = /** @type {HTMLDetailsElement | null} */ (box.querySelector("details"))?.open;
  const values = draws.map((each) => each.drawn).filter((each) => each !== null);
  replace(
    box,
    el(
      "div",
      { class: "hd" },
      el("h2", {}, _("参数抽取")),
      el(
        "span",
        { class: "small muted num end" },
        _("已抽 %(n)s 项，共 %(all)s 项", { n: done, all: draws.length }),
      ),
    ),
    inputs(hall, values[0] ?? null, opened ?? hall.stage === "parameter_draw"),
    el("ol", { class: "draws" }, ...draws.map((each) => card(each, hall, shown))),
    el(
      "p",
      { class: "bd tiny muted" },
      _(
        "种子 = SHA-256（标段、抽取代号、截止检查点、各家在封标时投入的数）；由 HMAC-DRBG 展开，落在公布的备选之内。开标后谁都改不了这些输入，任何人都能用公开数据包重算。",
      ),
    ),
  );
}

/** @param {Hall} hall @param {Value | null} value @param {boolean} open */
function inputs(hall, value, open) {
  if (!value) {
    const text = _(
      "各家在封标时各投入一个数，指纹写在标书头里。主持人抽取时，这些数连同截止检查点一起公布，没有解密的也在内。",
    );
    return el("p", { class: "bd small soft" }, text);
  }
  const bids = new Map((hall.bids ?? []).map((bid) => [bid.commitment, bid]));
  const rows = value.parts.map(({ commitment, part }) => {
    const bid = bids.get(commitment);
    return el(
      "li",
      {},
      el("b", { class: "num" }, bid ? seatNo(bid.seat) : ""),
      el("span", {}, bid?.organisation ?? ""),
      el(
        "span",
        { class: "draw-print tiny" },
        el("span", { class: "muted" }, _("登记的指纹")),
        el("span", { class: "mono", title: commitment }, hashShort(commitment)),
      ),
      part ? print(part) : el("span", { class: "tiny muted" }, _("份额还原不出，不计入")),
    );
  });
  return el(
    "details",
    { class: "draw-in", open },
    el("summary", {}, _("投入的数，%(n)s 家", { n: value.parts.length })),
    el(
      "div",
      { class: "draw-root small" },
      el("span", { class: "muted" }, _("截止检查点的根")),
      print(value.close_root),
    ),
    el("ul", { class: "draw-parts small", tabindex: 0, "aria-label": _("各家投入的数") }, ...rows),
  );
}

/** @param {HallDraw} draw @param {Hall} hall @param {Shown} shown */
function card(draw, hall, shown) {
  const { no, title, drawn } = draw;
  const fresh = drawn && !shown.seen.has(no);
  const verdict = shown.found.get(no);
  return el(
    "li",
    { class: fresh ? "draw-card fresh" : "draw-card", "data-draw": draw.name },
    el(
      "div",
      { class: "row" },
      el("h3", {}, title),
      drawn
        ? el("span", { class: "tiny muted num" }, clock(drawn.at))
        : chip("neutral", _("待抽取")),
      el("span", { class: "end", "data-verdict": no }, verdict ? verdictChip(verdict) : null),
    ),
    drawn ? result(draw, drawn, hall) : null,
    options(draw, hall),
  );
}

/** @param {HallDraw} draw @param {Value} drawn @param {Hall} hall */
function result(draw, drawn, hall) {
  const said =
    drawn.index === null
      ? _("没有可以抽取的投标，不抽取")
      : _("%(n)s 个备选中的第 %(i)s 个", { n: drawn.options.length, i: drawn.index + 1 });
  return el(
    "div",
    { class: "draw-out" },
    el("strong", { class: `draw-value num ${draw.kind}` }, nameOf(draw, drawn.value, hall) || "—"),
    el("span", { class: "small muted" }, said),
    el(
      "div",
      { class: "draw-seed small" },
      el("span", { class: "muted" }, _("种子")),
      digits(drawn.seed),
    ),
  );
}

/** The seed group by group; each is final as it appears. @param {string} seed */
function digits(seed) {
  const groups = hashGroups(seed).map((group, i) => {
    const one = el("span", {}, group);
    one.style.setProperty("--i", String(i));
    return one;
  });
  return el("span", { class: "mono digits" }, ...groups);
}

/** @param {HallDraw} draw @param {Hall} hall */
function options(draw, hall) {
  const { drawn } = draw;
  if (draw.kind === "bid" && !drawn) {
    return el("p", { class: "small soft" }, rangeWords(draw));
  }
  const list = draw.options.map((option, i) => {
    const chosen = drawn?.index === i;
    return el(
      "li",
      chosen ? { class: "on", "aria-current": "true" } : {},
      chosen ? icon("check") : null,
      nameOf(draw, option, hall),
      chosen ? el("span", { class: "vh" }, _("抽中")) : null,
    );
  });
  return el(
    "ul",
    { class: "opts num small", "aria-label": _("%(title)s的备选", { title: draw.title }) },
    ...list,
  );
}

/** @param {HallDraw} draw */
const rangeWords = ({ mean, ceiling, cut, upper }) =>
  _(
    "在 C 与 A × %(upper)s 之间的投标中抽取一家。A = 限价 ×（1 − Δ）；C = 不低于（平均价 × %(mean)s + 限价 × %(ceiling)s）×（1 − %(cut)s）的最低报价。报价此时尚未公布，抽取后唱标。",
    { upper: upper ?? "", mean: mean ?? "", ceiling: ceiling ?? "", cut: cut ?? "" },
  );

/** @param {HallDraw} draw @param {string | null} option @param {Hall} hall */
function nameOf(draw, option, hall) {
  if (draw.kind === "set" || option === null) return option ?? "";
  const bid = hall.bids?.find(({ commitment }) => commitment === option);
  return bid ? `${seatNo(bid.seat)} ${bid.organisation}` : hashShort(option);
}

/** A hash as ribbon and digits. @param {string} digest */
function print(digest) {
  const path = svg("path", { d: ribbonPath(digest) });
  const shape = { class: "ribbon", viewBox: "0 0 128 16", fill: "currentColor" };
  return el(
    "span",
    { class: "draw-print", title: digest },
    svg("svg", { ...shape, "aria-hidden": "true" }, path),
    el("span", { class: "mono tiny" }, hashShort(digest)),
  );
}

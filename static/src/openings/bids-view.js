// The table of bids: complete by itself, and before the list it says why there is nothing to see.
import { all, el, qs, replace, sealed } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { cells } from "./bid-cells.js";
import { tally } from "./state.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */

const GROUP = 10;

/**
 * @typedef {object} Options
 * @property {string | null} pseudonym my own row
 * @property {(seat: number) => void} [readOut] the host reads out one bid
 * @property {(seat: number) => void} [excuse] the supervisor finds no fault with a bidder
 */

/**
 * The list, complete by itself. Before it is published: why there is nothing, and no number.
 * A row is drawn again only when something of it changed: a reading of hundreds stays fluent.
 * @param {HTMLElement} box
 * @returns {(hall: Hall, options: Options) => void}
 */
export function bidsTable(box) {
  const body = qs("[data-bids]", box);
  const title = qs("h2", box);
  const counts = qs("[data-counts]", box);
  /** @type {Map<number, {row: HTMLElement, bid: Bid, told: string}>} */
  const rows = new Map();
  /** @type {HTMLTableElement | null} */
  let list = null;
  /** @type {unknown} */
  let noted;
  let figures = "";

  /** Rows are painted by groups: one that changes leaves the other groups as they are. @param {number} before */
  const groupOf = (before) => {
    const groups = list?.tBodies;
    if (before % GROUP === 0 || !groups?.length)
      return list?.appendChild(el("tbody")) ?? el("tbody");
    return groups[groups.length - 1] ?? el("tbody");
  };
  /** @param {Hall} hall @param {Bid} bid @param {Options} options */
  const draw = (hall, bid, options) => {
    const mine = bid.pseudonym === options.pseudonym;
    const reading = hall.stage === "read_out" && hall.reading === bid.seat;
    // What else than the bid itself its row depends on.
    const asked = bid.answer === null && hall.stage === "record_confirmation";
    const acts = bid.offer === null && (options.readOut || options.excuse);
    const given = acts ? `${hall.stage} ${hall.second.length === 0}` : "";
    const told = `${mine} ${reading} ${asked} ${given}`;
    const known = rows.get(bid.seat);
    if (known?.bid === bid && known.told === told) return;
    const row = known?.row ?? el("tr", { "data-seat": bid.seat });
    row.className = mine ? "me" : reading ? "hot" : "";
    replace(row, ...cells(hall, bid, options));
    if (!known) groupOf(rows.size).append(row);
    rows.set(bid.seat, { row, bid, told });
  };

  return (hall, options) => {
    if (!hall.bids) {
      if (!body.firstChild) replace(body, veiled());
      return;
    }
    if (!list) {
      list = table();
      const region = { class: "tw", tabindex: 0, role: "region", "aria-label": _("投标人名单") };
      replace(body, el("div", region, list), el("div", { class: "ft small muted" }));
    }
    const held = list.contains(document.activeElement) ? focusedSeat() : null;
    for (const bid of hall.bids) draw(hall, bid, options);
    if (held !== null && !list.contains(document.activeElement)) refocus(list, held, title);
    const shown = heading(hall);
    if (figures !== JSON.stringify(shown)) {
      figures = JSON.stringify(shown);
      replace(title, _("投标人 %(n)s 家", { n: shown.all }));
      replace(counts, ...shown.facts.flatMap(([w, n]) => [`${w} `, el("b", {}, n ?? 0), "　"]));
    }
    if (noted === hall.superseded) return;
    noted = hall.superseded;
    replace(qs(".ft", body), legend(hall));
  };
}

const focusedSeat = () =>
  Number(document.activeElement?.closest("tr")?.getAttribute("data-seat") ?? 0);

/**
 * Where a keyboard goes on after the row it stood in was drawn again.
 * @param {HTMLElement} list @param {number} seat @param {HTMLElement} title
 */
function refocus(list, seat, title) {
  const buttons = all("button", list);
  const next = buttons.find((one) => Number(one.closest("tr")?.dataset.seat) >= seat);
  (next ?? buttons[0] ?? title).focus({ preventScroll: !next });
}

/** @param {Hall} hall */
function heading(hall) {
  const count = tally(hall);
  /** @type {[string, number | undefined][]} */
  const facts = [
    [_("已解密"), count?.unlocked],
    [_("待解密"), count?.waiting],
    [_("可重试"), count?.trouble],
    [_("未开启"), count?.failed],
    [_("已唱标"), count?.read],
  ];
  return { all: count?.all ?? 0, facts: facts.filter(([, n]) => Number(n) > 0) };
}

function table() {
  const titles = [
    _("席"),
    _("投标人"),
    _("保证金"),
    _("解密"),
    _("指纹核对"),
    _("投标报价"),
    _("确认"),
  ];
  return el(
    "table",
    { class: "table cards bids" },
    el("caption", { class: "vh" }, _("投标人名单与开标情况")),
    el("thead", {}, el("tr", {}, ...titles.map((t) => el("th", { scope: "col" }, t)))),
  );
}

function veiled() {
  return el(
    "div",
    { class: "bd veil" },
    sealed(_("名单未公布")),
    el("p", { class: "soft" }, _("名单尚未公布。截止前任何人都看不到谁投了标、有几家，包括平台。")),
  );
}

/** @param {Hall} hall */
function legend(hall) {
  const words = [_("斜纹表示内容存在但尚不可读。")];
  for (const late of hall.superseded) {
    words.push(_("%(who)s较早的一份由其最后一份取代，不再开启。", { who: late.organisation }));
  }
  return words.join("");
}

// The table of bids: complete by itself, and before the list it says why there is nothing to see.
import { all, chip, el, icon, qs, replace, sealed } from "../kernel/dom.js";
import { daxie, hashShort, money } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { tally } from "./state.js";
import { seatNo } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/** @typedef {import("../kernel/dom.js").State} State */

/** @param {Bid} bid @param {boolean} mine @returns {HTMLElement} */
function decryptionChip(bid, mine) {
  if (bid.state === "listed") {
    if (bid.rescue) return chip("need", _("等待救援小组"), "shield");
    if (bid.trouble) return chip("refused", _("未成功，可重试"));
    return mine ? chip("need", _("等你解密")) : chip("neutral", _("待解密"), "lock");
  }
  if (bid.state === "unlocked" || bid.state === "opened")
    return chip("done", _("已解密"), "unlock");
  if (bid.state === "refused_unsigned") return chip("refused", _("未签章"));
  return chip("refused", bid.state.startsWith("withdrawn") ? _("撤回") : _("撤销"));
}

/** @param {Bid} bid */
function depositChip(bid) {
  const { finality, outcome, word } = bid.deposit;
  const good = ["ok", "over", "split"].includes(outcome);
  /** @type {State} */
  const state = finality !== "final" ? "progress" : good ? "done" : "refused";
  const mark = chip(state, word);
  mark.classList.add("bare");
  return mark;
}

/** @param {Bid} bid */
function printCell(bid) {
  return el(
    "span",
    { class: "row tight fp" },
    el(
      "span",
      { class: bid.matched ? "mono" : "mono muted", title: bid.commitment },
      hashShort(bid.commitment),
    ),
    bid.matched ? icon("check", "fg-done") : null,
    el("span", { class: "vh" }, bid.matched ? _("与回执一致") : _("待核对")),
  );
}

/** @param {Bid} bid */
function priceCell(bid) {
  if (!bid.offer) {
    if (bid.code) return el("span", { class: "small fg-refused" }, `${bid.word} ${bid.code}`);
    return sealed(bid.state === "opened" ? _("唱标时公布") : _("密封"));
  }
  const { price_fen: fen, duration_days: days, quality, manager } = bid.offer;
  const facts = [days ? _("%(n)s 天", { n: days }) : "", quality ?? "", manager ?? ""];
  return el(
    "span",
    {},
    el("span", { class: "strong" }, money(fen)),
    bid.offer.above_ceiling ? chip("refused", _("高于限价")) : null,
    el("span", { class: "sub doc" }, daxie(fen)),
    el("span", { class: "sub" }, facts.filter(Boolean).join("　")),
  );
}

/** @param {Bid} bid @param {boolean} mine @param {string} stage */
function answerCell(bid, mine, stage) {
  switch (bid.answer) {
    case "agreed":
      return chip("done", _("已确认"));
    case "deemed":
      return chip("neutral", _("视同确认"));
    case "objected":
      return chip(
        bid.waiting ? "need" : "neutral",
        bid.waiting ? _("异议待答复") : _("异议已答复"),
      );
    default: {
      const asked = stage === "record_confirmation";
      if (asked) return mine ? chip("need", _("等你确认")) : chip("neutral", _("待确认"));
      return el("span", { class: "muted" }, "—");
    }
  }
}

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

/** @param {Hall} hall @param {Bid} bid @param {Options} options */
function actCell(hall, bid, { readOut, excuse }) {
  if (readOut && hall.stage === "read_out" && bid.state === "opened" && !bid.offer) {
    return rowButton("speak", _("唱这一家"), () => readOut(bid.seat));
  }
  const open = ["bidder_decryption", "opening"].includes(hall.stage) && hall.second.length === 0;
  if (excuse && open && ["listed", "revoked_bidder_fault"].includes(bid.state)) {
    return rowButton("shield", _("认定非投标人原因"), () => excuse(bid.seat));
  }
  return priceCell(bid);
}

/** @param {string} mark @param {string} text @param {() => void} click */
const rowButton = (mark, text, click) =>
  el("button", { class: "btn sm", type: "button", on: { click } }, icon(mark), text);

/** @param {Hall} hall @param {Bid} bid @param {Options} options @returns {HTMLElement[]} */
function cells(hall, bid, options) {
  const mine = bid.pseudonym === options.pseudonym;
  const cell = (/** @type {string} */ label, /** @type {Node | string} */ content) =>
    el("td", { "data-l": label }, content);
  return [
    el("td", { class: "num strong" }, seatNo(bid.seat)),
    el(
      "th",
      { scope: "row" },
      el("span", { class: "strong" }, bid.organisation),
      mine ? el("span", { class: "tag" }, _("我")) : null,
      bid.attended ? el("span", { class: "sub" }, _("已签到")) : null,
    ),
    cell(_("保证金"), depositChip(bid)),
    cell(_("解密"), decryptionChip(bid, mine)),
    cell(_("指纹"), printCell(bid)),
    el("td", { "data-l": _("报价"), class: "price" }, actCell(hall, bid, options)),
    el("td", { "data-l": _("确认"), class: "said" }, answerCell(bid, mine, hall.stage)),
  ];
}

/** @param {Hall} hall */
function legend(hall) {
  const words = [_("斜纹表示内容存在但尚不可读。")];
  for (const late of hall.superseded) {
    words.push(_("%(who)s较早的一份由其最后一份取代，不再开启。", { who: late.organisation }));
  }
  return words.join("");
}

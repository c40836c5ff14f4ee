// One bid as the cells of its row: who, deposit, decryption, fingerprint, price, answer.
import { chip, el, icon, sealed } from "../kernel/dom.js";
import { daxie, hashShort, money } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { seatNo } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/** @typedef {import("../kernel/dom.js").State} State */
/** @typedef {import("./bids-view.js").Options} Options */

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
  const { finality, sound, word } = bid.deposit;
  /** @type {State} */
  const state = finality !== "final" ? "progress" : sound ? "done" : "refused";
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
export function cells(hall, bid, options) {
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

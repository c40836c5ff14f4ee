// 需要留意: what a host should look at now, from the stream and from who is on line; most urgent first.
import { el, replace } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { openObjections } from "./state-record.js";
import { awaited } from "./state.js";
import { seatNo } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/**
 * @typedef {object} Point
 * @property {string} who
 * @property {string} what
 * @property {string} advice
 * @property {string} [sub] a code, or what it does not mean
 * @property {string} [href]
 */

const MAY_COME_BACK = ["bidder_decryption", "record_confirmation"];

/**
 * @param {Hall} hall
 * @param {number[] | null} here seats that are on line; null while nobody has said
 * @param {string} base of the hall's pages
 * @returns {Point[]}
 */
export function pointsToWatch(hall, here, base) {
  const bids = hall.bids ?? [];
  return [
    ...bids.filter((bid) => bid.state === "listed" && bid.trouble).map((bid) => failing(bid, base)),
    ...bids.filter((bid) => isAway(hall, bid, here)).map(away),
    ...openObjections(hall).map(objection),
    ...trustees(hall),
    ...bids.filter(({ deposit }) => deposit.finality !== "final").map(unsettled),
    ...bids.filter(({ offer }) => offer?.above_ceiling).map(aboveCeiling),
  ];
}

/** @param {Bid} bid */
const named = (bid) => `${seatNo(bid.seat)} ${bid.organisation}`;

/** @param {Bid} bid @param {string} base @returns {Point} */
const failing = (bid, base) => ({
  who: named(bid),
  what: bid.rescue ? _("已申请救援小组") : _("解密未成功，可重试"),
  sub: _("代码 %(code)s", { code: bid.trouble ?? "" }),
  advice: bid.rescue ? _("等待救援小组") : _("提醒其改用恢复码，或申请救援小组"),
  href: `${base}/failures#${bid.trouble}`,
});

/** Waited for and not on line. @param {Hall} hall @param {Bid} bid @param {number[] | null} here */
function isAway(hall, bid, here) {
  if (!here || hall.paused || !MAY_COME_BACK.includes(hall.stage) || here.includes(bid.seat))
    return false;
  return hall.stage === "bidder_decryption"
    ? bid.state === "listed" && !bid.trouble
    : bid.state === "opened" && !bid.answer;
}

/** @param {Bid} bid @returns {Point} */
const away = (bid) => ({
  who: named(bid),
  what: _("不在线"),
  sub: bid.attended ? _("已签到") : _("未签到"),
  advice: _("电话联系，窗口内可以随时回来"),
});

/** @param {import("./state-record.js").Objection} one @returns {Point} */
const objection = (one) => ({
  who: `${seatNo(one.seat)} ${one.organisation}`,
  what: _("第 %(n)s 号异议待答复", { n: one.no }),
  advice: _("当场答复"),
  href: "#objections",
});

/** @param {Hall} hall @returns {Point[]} */
function trustees(hall) {
  const wait = awaited(hall);
  if (!wait) return [];
  return [
    {
      who: _("受托人"),
      what: _("还差 %(n)s 位释放", { n: wait.missing }),
      sub: wait.names.join("、"),
      advice: _("联系受托人"),
      href: "#committee",
    },
  ];
}

/** @param {Bid} bid @returns {Point} */
const unsettled = (bid) => ({
  who: named(bid),
  what: _("保证金%(word)s，不影响解密", { word: bid.deposit.word }),
  advice: _("等待银行回执"),
});

/** @param {Bid} bid @returns {Point} */
const aboveCeiling = (bid) => ({
  who: named(bid),
  what: _("报价高于最高投标限价"),
  advice: _("照常唱标，由评标委员会处理"),
});

/**
 * @param {HTMLElement} box
 * @param {string} base
 * @returns {(hall: Hall, here: number[] | null) => void}
 */
export function watchList(box, base) {
  let drawn = "";
  return (hall, here) => {
    const points = pointsToWatch(hall, here, base);
    const key = JSON.stringify(points);
    if (key === drawn) return;
    drawn = key;
    box.hidden = points.length === 0;
    const head = [_("需要留意"), _("情况"), _("建议")];
    replace(
      box,
      el("div", { class: "hd" }, el("h2", {}, head[0]), count(points.length)),
      el(
        "div",
        { class: "tw" },
        el(
          "table",
          { class: "table cards", "aria-label": head[0] },
          el(
            "thead",
            {},
            el("tr", {}, el("th", {}, _("对象")), el("th", {}, head[1]), el("th", {}, head[2])),
          ),
          el("tbody", {}, ...points.map((point) => row(point, head))),
        ),
      ),
    );
  };
}

/** @param {number} n */
const count = (n) => el("span", { class: "small soft" }, _("%(n)s 项", { n }));

/** @param {Point} point @param {string[]} head */
function row({ who, what, sub, advice, href }, head) {
  return el(
    "tr",
    {},
    el("td", { class: "strong w" }, who),
    el("td", { "data-l": head[1] }, what, sub ? el("span", { class: "sub" }, sub) : null),
    el("td", { "data-l": head[2] }, href ? el("a", { href }, advice) : advice),
  );
}

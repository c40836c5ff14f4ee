// What the sheets came to, stage by stage, once it is revealed: verdicts and everyone's marks.
import { chip, el, icon } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { bidName, memberName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {{seat: number, value: string, note: string}} Mark */
/** @typedef {{bid: string, key: string, marks: Mark[], passed: boolean}} MarkRow */

/**
 * A wide table in a box of its own.
 * @param {string} label @param {string} cls @param {...(Node | null)} inside
 */
export const wide = (label, cls, ...inside) =>
  el(
    "div",
    { class: "tw", tabindex: 0, role: "region", "aria-label": label },
    el("table", { class: `table ${cls}` }, ...inside),
  );

/** @param {...(string | Node)} heads first one left, the rest as numbers */
export const heads = (...heads) =>
  el(
    "thead",
    {},
    el(
      "tr",
      {},
      ...heads.map((head, at) => el("th", { scope: "col", class: at ? "n" : null }, head)),
    ),
  );

/**
 * Every bid's verdict and how its checks were voted.
 * @param {Room} room @param {any} results
 */
export function qualificationPanel(room, results) {
  if (!results.verdicts) return null;
  /** @type {{key: string, name: string}[]} */
  const checks = room.plan.checks;
  const rows = results.verdicts.map((/** @type {any} */ verdict) => {
    const votes = new Map(verdict.votes.map((/** @type {any} */ vote) => [vote.key, vote]));
    return el(
      "tr",
      { class: verdict.admitted ? null : "badrow" },
      el(
        "td",
        {},
        el("b", { class: "strong" }, bidName(verdict.number)),
        ` ${nameOf(room, verdict.number)}`,
        verdict.reason ? el("span", { class: "sub" }, verdict.reason) : null,
      ),
      ...checks.map(({ key }) => el("td", { class: "n" }, voteWord(votes.get(key)))),
      el(
        "td",
        { class: "n" },
        verdict.admitted ? chip("done", _("合格")) : chip("refused", _("否决")),
      ),
    );
  });
  const names = checks.map(({ name }) => name);
  return folded(
    _("资格审查结果"),
    _("每项为通过与不通过的票数，多数决定"),
    wide(
      _("资格审查结果"),
      "marks",
      heads(_("投标文件"), ...names, _("结论")),
      el("tbody", {}, ...rows),
    ),
  );
}

/** @param {any} vote */
const voteWord = (vote) => (vote ? `${vote.passed} : ${vote.failed}` : "—");

/**
 * Everybody's marks, bid by bid.
 * @param {Room} room @param {any} results
 */
export function technicalPanel(room, results) {
  /** @type {MarkRow[]} */
  const marks = results.stages?.technical ?? [];
  if (marks.length === 0 || !results.results) return null;
  const seats = [...new Set(marks.flatMap((row) => row.marks.map(({ seat }) => seat)))].sort();
  const bids = results.results.bids.map((/** @type {any} */ bid) =>
    oneBid(room, bid, marks, seats),
  );
  return folded(
    _("技术评审结果"),
    _("全体提交后一同揭示，含每位委员的评分和意见"),
    el("div", { class: "bd stack" }, ...bids),
  );
}

/** @param {Room} room @param {any} bid @param {MarkRow[]} marks @param {number[]} seats */
function oneBid(room, bid, marks, seats) {
  const own = new Map(
    marks.filter((row) => row.bid === bid.commitment).map((row) => [row.key, row.marks]),
  );
  const rows = room.plan.items.map((/** @type {any} */ item) => {
    const of = own.get(item.key) ?? [];
    return el(
      "tr",
      {},
      el("td", {}, item.name, el("span", { class: "sub" }, ...notes(of))),
      ...seats.map((seat) =>
        el("td", { class: "n" }, markWord(item, of.find((mark) => mark.seat === seat)?.value)),
      ),
    );
  });
  const totals = bid.members.map((/** @type {any} */ one) =>
    el(
      "td",
      { class: bid.technical.dropped.includes(one.seat) ? "n dropped" : "n" },
      totalWord(room, one.total),
    ),
  );
  const caption = `${bidName(bid.number)} ${nameOf(room, bid.number)}`;
  return el(
    "details",
    { class: "one-bid" },
    el(
      "summary",
      {},
      el("b", {}, bidName(bid.number)),
      ` ${nameOf(room, bid.number)}`,
      el("span", { class: "num" }, technicalWord(room, bid)),
    ),
    wide(
      caption,
      "marks",
      heads(_("评分项"), ...seats.map(memberName)),
      el("tbody", {}, ...rows),
      el("tfoot", {}, el("tr", {}, el("td", {}, _("合计")), ...totals)),
    ),
  );
}

/** @param {Mark[]} marks @returns {string[]} */
const notes = (marks) => [
  marks
    .filter(({ note }) => note)
    .map(({ seat, note }) => _("%(who)s：%(note)s", { who: memberName(seat), note }))
    .join("；"),
];

/** @param {any} item @param {string | undefined} value */
function markWord(item, value) {
  if (value === undefined) return "—";
  if (item.kind === "deduction") return `−${value}`;
  if (item.kind === "discount") return `${value} %`;
  return item.kind === "deviation" ? yuan(Number(value)) : value;
}

/** @param {Room} room @param {string} total */
const totalWord = (room, total) => (scored(room) ? total : yuan(Number(total)));

/** @param {Room} room */
export const scored = (room) => room.plan.method !== "lowest_evaluated";

/** @param {Room} room @param {any} bid */
const technicalWord = (room, bid) =>
  scored(room)
    ? _("技术得分 %(n)s", { n: bid.technical.rounded })
    : _("偏差合计 %(n)s", { n: yuan(Math.round(Number(bid.technical.rounded))) });

/** @param {Room} room @param {number} number */
export const nameOf = (room, number) =>
  room.bids.find((bid) => bid.number === number)?.organisation ?? "";

/** @param {string} title @param {string} sub @param {Node} body */
export function folded(title, sub, body) {
  return el(
    "details",
    { class: "panel fold" },
    el(
      "summary",
      {},
      icon("chev", "muted"),
      el("h2", {}, title),
      el("span", { class: "small muted" }, sub),
    ),
    body,
  );
}

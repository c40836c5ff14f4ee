// Pages of the screen from the confirmation to the end, and the page of a pause.
import { short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { openObjections } from "../openings/state-record.js";
import { tally } from "../openings/state.js";
import { block } from "./blocks.js";
import { INK, bar, hash, panel, text } from "./ink.js";
import { seatName } from "./words.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./blocks.js").Block} Block */
/** @typedef {import("./ink.js").Ctx} Ctx */
/** @typedef {import("../openings/state.js").Bid} Bid */

const M = 96;
const CENTRE = 1024;

/** @param {Ctx} ctx @param {[string, number | string, string][]} columns @param {number} y @param {number} size */
function figures(ctx, columns, y, size) {
  const step = 1680 / columns.length;
  for (const [i, [term, value, color]] of columns.entries()) {
    const x = 184 + (i + 0.5) * step;
    text(ctx, String(value), x, y, size, { align: "center", color });
    const at = y + size * 0.2 + 50;
    text(ctx, term, x, at, 46, { align: "center", color: INK.soft, max: step - 20 });
  }
}

/** @param {Facts} facts @returns {Block[]} */
export function confirmation({ hall }) {
  const answers = (hall.bids ?? []).map(({ answer }) => answer);
  const count = (/** @type {Bid["answer"]} */ one) => answers.filter((a) => a === one).length;
  const [agreed, objected, deemed] = [count("agreed"), count("objected"), count("deemed")];
  const all = answers.length || 1;
  const rest = answers.filter((answer) => !answer).length;
  return [
    block("confirm", [124, 190, 1800, 650], [agreed, objected, deemed, rest], (ctx) => {
      const title = _("请各投标人确认开标记录");
      text(ctx, title, CENTRE, 300, 78, { align: "center", weight: 600, max: 1760 });
      const columns = /** @type {[string, number, string][]} */ ([
        [_("同意并签名"), agreed, INK.done],
        [_("提出异议"), objected, INK.warn],
        [_("视同确认"), deemed, INK.soft],
        [_("待确认"), rest, INK.soft],
      ]);
      figures(ctx, columns, 530, 170);
      bar(ctx, 264, 680, 1520, 16, [
        [agreed / all, INK.done],
        [objected / all, INK.warn],
        [deemed / all, INK.faint],
      ]);
      const line = _("窗口结束时未作答，视同确认");
      text(ctx, line, CENTRE, 784, 44, { align: "center", color: INK.soft, max: 1760 });
    }),
  ];
}

/** @typedef {import("../openings/state-record.js").Objection} Objection */

/** @param {Facts} facts @returns {Block[]} */
export function questions({ hall }) {
  const shown = hall.objections.slice(-2);
  const open = openObjections(hall).length;
  const head = open ? _("待答复 %(n)s 件", { n: open }) : _("已全部答复");
  const title = hall.stage === "reconvened" ? _("复会") : _("异议与答复");
  return [
    block("asked", [M - 10, 170, 1876, 130], [title, head, shown.length], (ctx) => {
      text(ctx, title, M, 262, 76, { weight: 600, max: 1200 });
      const color = open ? INK.warn : INK.done;
      if (shown.length > 0) text(ctx, head, 1952, 262, 50, { color, align: "right" });
    }),
    block("answers", [M - 10, 304, 1876, 536], shown, (ctx) => {
      if (shown.length === 0) {
        text(ctx, _("暂无异议"), CENTRE, 560, 80, { align: "center", color: INK.soft });
      }
      for (const [i, one] of shown.entries()) paintQuestion(ctx, one, 320 + i * 262);
    }),
  ];
}

/** @param {Ctx} ctx @param {Objection} objection @param {number} y */
function paintQuestion(ctx, { seat, organisation, text: told, answer }, y) {
  panel(ctx, M, y, 1856, 242, INK.panel);
  const who = `${seatName(seat)}  ${organisation}`;
  text(ctx, who, M + 36, y + 62, 38, { color: INK.soft, max: 1780 });
  text(ctx, `${_("问")}  ${clip(told)}`, M + 36, y + 130, 46, { max: 1780 });
  const reply = answer ? `${_("答")}  ${clip(answer.text)}` : _("答复中");
  text(ctx, reply, M + 36, y + 204, 46, { max: 1780, color: answer ? INK.done : INK.warn });
}

/** @param {string} words */
const clip = (words) => {
  const one = words.replace(/\s+/g, " ");
  return one.length > 60 ? `${one.slice(0, 59)}…` : one;
};

/** @param {Facts} facts @returns {Block[]} */
export function ended({ hall, page }) {
  const count = tally(hall);
  const title =
    page === "closed" ? _("开标结束") : page === "cancelled" ? _("不再开标") : _("流标");
  const proof = hall.record?.facts_hash ?? null;
  const too = _("递交家数不足，信封原封退回，重新招标");
  return [
    block("over", [124, 190, 1800, 650], [title, count, proof], (ctx) => {
      text(ctx, title, CENTRE, 322, 124, { align: "center", weight: 600, max: 1700 });
      if (page === "failed_too_few" && !count) {
        text(ctx, too, CENTRE, 500, 60, { align: "center", color: INK.warn, max: 1700 });
      }
      if (count) figures(ctx, closing(count), 490, 84);
      if (!proof) return;
      panel(ctx, 264, 640, 1520, 150, INK.panel);
      text(ctx, _("开标记录"), 312, 734, 44, { color: INK.soft, max: 300 });
      text(ctx, hash(proof, 28), 620, 734, 44, { color: INK.gold, mono: true, max: 1120 });
    }),
  ];
}

/** @param {NonNullable<ReturnType<typeof tally>>} count @returns {[string, number, string][]} */
const closing = ({ all, unlocked, failed, read }) => [
  [_("投标人"), all, INK.text],
  [_("已解密"), unlocked, INK.done],
  [_("未解密"), failed, INK.soft],
  [_("唱标"), read, INK.text],
];

/** @param {Facts} facts @returns {Block[]} */
export function paused({ hall }) {
  const told = hall.paused;
  const until = told?.resumes_at ?? null;
  return [
    block("pause", [124, 190, 1800, 650], [told, until], (ctx) => {
      const big = { align: /** @type {const} */ ("center"), weight: 600, color: INK.warn };
      text(ctx, _("开标暂停"), CENTRE, 420, 150, { ...big, track: 12, max: 1700 });
      text(ctx, told?.reason ?? "", CENTRE, 550, 60, { align: "center", max: 1700 });
      const line = until
        ? _("预计 %(at)s 恢复；状态已封存", { at: short(until) })
        : _("状态已封存，恢复时间将通知所有人");
      text(ctx, line, CENTRE, 660, 46, { align: "center", color: INK.soft, max: 1700 });
    }),
  ];
}

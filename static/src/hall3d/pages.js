// The screen's pages, one per stage. Pure: the same facts and time give the same blocks.
import { clock as clockText } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { countdown } from "../openings/state-windows.js";
import { block } from "./blocks.js";
import { INK, bar, digits, digitsWidth, text } from "./ink.js";
import { decryption, listed, locked, opening, verification } from "./pages-open.js";
import { confirmation, ended, paused, questions } from "./pages-end.js";
import { drawing, reading } from "./pages-tell.js";
import { left, stageName } from "./words.js";
import { SCREEN } from "./plan.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./blocks.js").Block} Block */
/** @typedef {{now: number, title: string, age: number}} Moment `age`: milliseconds since the draw */

const MARGIN = 96;
const CENTRE = SCREEN.width / 2;
const HURRY_MS = 300_000;

/** @param {Facts} facts @param {Moment} moment @returns {Block[]} */
function head({ page }, { now, title }) {
  const at = _("北京时间 %(at)s", { at: clockText(new Date(now).toISOString()) });
  return [
    block("stage", [MARGIN - 20, 30, 480, 112], page, (ctx) =>
      text(ctx, stageName(page), MARGIN, 108, 60, { color: INK.gold, weight: 600, max: 440 }),
    ),
    block("title", [560, 30, 980, 112], title, (ctx) =>
      text(ctx, title, 576, 106, 44, { max: 940 }),
    ),
    block("time", [1540, 30, 428, 112], at, (ctx) =>
      text(ctx, at, SCREEN.width - MARGIN, 106, 44, { color: INK.soft, align: "right", max: 410 }),
    ),
    block("rule", [MARGIN, 144, SCREEN.width - 2 * MARGIN, 4], "", (ctx) => {
      ctx.fillStyle = INK.line;
      ctx.fillRect(MARGIN, 145, SCREEN.width - 2 * MARGIN, 2);
    }),
  ];
}

/** @param {Facts} facts @param {Moment} moment @returns {Block[]} */
function waiting({ hall, mine }, { now }) {
  const ends = countdown(hall);
  const ms = ends ? Date.parse(ends.until) - now : 0;
  const since = ends?.since ? Date.parse(ends.since) : now - 1;
  const color = ms < HURRY_MS ? INK.gold : INK.text;
  const figure = left(ms);
  const size = Math.min(300, 1500 / (digitsWidth(figure, 1) || 1));
  const share = ends ? Math.min(1, Math.max(0, ms / (Date.parse(ends.until) - since))) : 0;
  const line = waitingLine(hall.stage, mine >= 0);
  return [
    block("label", [424, 180, 1200, 110], "", (ctx) =>
      text(ctx, _("距投标截止"), CENTRE, 268, 60, { color: INK.soft, align: "center", track: 6 }),
    ),
    block("left", [224, 300, 1600, 290], [figure, color], (ctx) =>
      digits(ctx, figure, CENTRE - digitsWidth(figure, size) / 2, 560, size, color),
    ),
    block("bar", [424, 620, 1200, 22], [Math.round(share * 1000), color], (ctx) =>
      bar(ctx, 424, 626, 1200, 10, [[share, color]]),
    ),
    block("line", [124, 660, 1800, 84], line, (ctx) =>
      text(ctx, line, CENTRE, 722, 54, { align: "center", weight: 500, max: 1780 }),
    ),
    block("note", [124, 744, 1800, 70], "", (ctx) =>
      text(ctx, note(), CENTRE, 792, 38, { color: INK.soft, align: "center", max: 1780 }),
    ),
  ];
}

const note = () => _("名单公布前，任何人（含平台）不可见投标人及数量；席位为示意，与实际家数无关");

/** @param {string} stage @param {boolean} signedIn */
function waitingLine(stage, signedIn) {
  if (stage === "waiting") return _("签到尚未开放，请稍候");
  return signedIn ? _("你已签到。请保持页面打开，截止后开始解密") : _("签到进行中，请投标人签到");
}

/** @type {{[page: string]: (facts: Facts, moment: Moment) => Block[]}} */
const PAGES = {
  waiting,
  sign_in: waiting,
  deadline_lock: locked,
  list_published: listed,
  bidder_decryption: decryption,
  opening,
  verification,
  parameter_draw: drawing,
  read_out: reading,
  record_confirmation: confirmation,
  questions,
  reconvened: questions,
  closed: ended,
  failed_too_few: ended,
  cancelled: ended,
  paused,
};

/**
 * @param {Facts} facts
 * @param {Moment} moment
 * @returns {Block[]}
 */
export function screenBlocks(facts, moment) {
  const page = PAGES[facts.page] ?? waiting;
  return [...head(facts, moment), ...page(facts, moment)];
}

/** When this changes the wall turns its louvres; otherwise the picture is renewed in place. @param {Facts} facts */
export const pageKey = ({ page, hall, reading: at, draw }) =>
  [page, at >= 0 ? hall.reading : "", draw ? draw.name : ""].join("/");

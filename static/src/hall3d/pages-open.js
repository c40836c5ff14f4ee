// Pages of the screen from the deadline to the verified bids.
import { _ } from "../kernel/words.js";
import { tally } from "../openings/state.js";
import { countdown } from "../openings/state-windows.js";
import { block } from "./blocks.js";
import { INK, bar, digits, digitsWidth, hash, panel, text, tick } from "./ink.js";
import { plateName } from "./facts.js";
import { left, two } from "./words.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./facts.js").Place} Place */
/** @typedef {import("./blocks.js").Block} Block */
/** @typedef {import("./pages.js").Moment} Moment */
/** @typedef {import("./ink.js").Ctx} Ctx */
/** @typedef {import("../openings/state.js").Hall} Hall */
/** @typedef {import("./tokens.js").Token} Token */

const M = 96;
const CENTRE = 1024;
const MINUTE_MS = 60_000;

/** One ring per trustee, ticked when the share is there. @param {Hall} hall @param {import("../openings/state.js").Share[]} given @param {number} x @param {number} y @param {number} width @returns {Block} */
function rings(hall, given, x, y, width) {
  const step = width / Math.max(1, hall.trustees.length);
  const radius = Math.min(62, step * 0.36);
  const names = hall.trustees.map(({ index, name }) => ({
    name,
    has: given.some(({ trustee }) => trustee === index),
  }));
  return block("rings", [x, y - 80, width, 230], names, (ctx) => {
    for (const [i, { name, has }] of names.entries()) {
      const at = x + (i + 0.5) * step;
      ctx.beginPath();
      ctx.arc(at, y, radius, 0, 7);
      ctx.lineWidth = 6;
      ctx.strokeStyle = has ? INK.done : INK.line;
      ctx.stroke();
      if (has) tick(ctx, at, y, radius * 0.45, INK.done);
      const color = has ? INK.text : INK.soft;
      text(ctx, name, at, y + radius + 52, 34, { color, align: "center", max: step - 16 });
    }
  });
}

/** @param {Facts} facts @returns {Block[]} */
export function locked({ hall }) {
  const { checkpoint, manifest, evidence, first, threshold } = hall;
  const given = `${first.length} / ${threshold}`;
  const rows = [
    { name: _("截止检查点"), value: hash(checkpoint?.root, 14), done: Boolean(checkpoint) },
    { name: _("截止清单"), value: hash(manifest, 14), done: Boolean(manifest) },
    { name: _("见证与时间戳"), value: witnessed(hall), done: closeIsGood(hall) },
  ];
  return [
    block("lock", [M - 10, 180, 860, 250], "", (ctx) => {
      text(ctx, _("投标截止"), M, 316, 124, { weight: 600, max: 840 });
      text(ctx, _("信封已锁定，名单由受托人释放后公布"), M, 402, 48, { color: INK.soft, max: 840 });
    }),
    block("proofs", [M - 10, 450, 880, 380], [rows, evidence?.stamped_at], (ctx) => {
      for (const [i, { name, value, done }] of rows.entries()) {
        const y = 530 + i * 108;
        text(ctx, name, M, y, 40, { color: INK.soft, max: 360 });
        const color = done ? INK.gold : INK.faint;
        text(ctx, value, M + 380, y, 44, { color, max: 450, mono: i < 2 });
      }
    }),
    block("shares", [1040, 180, 930, 110], given, (ctx) => {
      text(ctx, _("名单份额"), 1060, 258, 50, { weight: 500, max: 560 });
      text(ctx, given, 1952, 258, 60, { color: INK.gold, align: "right", weight: 500 });
    }),
    rings(hall, first, 1040, 420, 912),
    block("floor", [1040, 660, 930, 150], "", (ctx) =>
      text(ctx, _("不足法定家数时不释放份额，信封原封退回"), 1060, 740, 40, {
        color: INK.soft,
        max: 890,
      }),
    ),
  ];
}

/** @param {Hall} hall */
const closeIsGood = ({ close }) => close === "in_time" || close === "decided";

/** @param {Hall} hall */
function witnessed({ close }) {
  const words = {
    awaited: _("等候见证"),
    in_time: _("及时"),
    late: _("迟到，待监督部门决定"),
    decided: _("监督部门已决定"),
  };
  return words[close];
}

/** @type {Partial<Record<Token, [string, string, string]>>} mark, its colour, the cell's */
const MARKS = {
  absent: ["·", INK.soft, "#11283b"],
  listed: ["○", INK.soft, "#11283b"],
  trouble: ["△", INK.warn, "#3b2f17"],
  rescue: ["⌂", INK.warn, "#3b2f17"],
  revoked: ["◆", INK.bad, "#3c2222"],
  withdrawn: ["■", INK.back2, "#1b3450"],
  unsigned: ["×", INK.bad, "#33241f"],
};

/** Most bidders, and their columns. */
const COLUMNS = [
  [5, 1],
  [12, 2],
  [36, 4],
  [120, 10],
];

/** @param {Place[]} places @param {number} x @param {number} y @param {number} w @param {number} h @returns {Block[]} one block for each cell */
function grid(places, x, y, w, h) {
  const n = places.length;
  const cols = COLUMNS.find(([most]) => n <= most)?.[1] ?? 20;
  const cw = w / cols;
  const ch = Math.min(h / Math.ceil(n / cols), 116);
  const named = n <= 36;
  return places.map((place, i) => {
    const [cx, cy] = [x + (i % cols) * cw, y + Math.floor(i / cols) * ch];
    const id = `cell ${place.seat}`;
    return block(id, [cx, cy, cw, ch], `${place.token} ${place.name} ${named}`, (ctx) =>
      paintCell(ctx, place, named, [cx, cy, cw, ch]),
    );
  });
}

/** @param {Ctx} ctx @param {Place} place @param {boolean} named @param {[number, number, number, number]} rect */
function paintCell(ctx, { seat, name, token }, named, [x, y, w, h]) {
  const size = Math.min(48, h * 0.56);
  const [mark, color, fill] = MARKS[token] ?? ["✓", INK.done, "#123a3a"];
  panel(ctx, x + 3, y + 3, w - 6, h - 6, fill, 6);
  const middle = y + h / 2 + size * 0.36;
  if (named) {
    text(ctx, `${two(seat)}  ${plateName(name)}`, x + 16, middle, size, { max: w - 76 });
  } else if (w > 90) text(ctx, String(seat), x + 12, middle, size);
  const alone = w <= 90;
  text(ctx, mark, alone ? x + w / 2 : x + w - 14, middle, size, {
    color,
    align: alone ? "center" : "right",
    weight: 700,
  });
}

/** @param {Facts} facts @returns {Block[]} */
export function listed({ hall, places }) {
  const n = _("共 %(n)s 家", { n: hall.bids?.length ?? 0 });
  return [
    block("list", [M - 10, 160, 1880, 110], n, (ctx) => {
      text(ctx, _("投标人名单"), M, 240, 64, { weight: 600 });
      text(ctx, n, 1952, 240, 60, { color: INK.gold, align: "right", weight: 500 });
    }),
    ...grid(places, M - 3, 280, 1862, 556),
  ];
}

/** @param {Facts} facts @param {Moment} moment @returns {Block[]} */
export function decryption({ hall, places }, { now }) {
  const count = tally(hall);
  const ends = countdown(hall);
  const ms = ends ? Date.parse(ends.until) - now : 0;
  const color = ms < MINUTE_MS ? INK.gold : INK.text;
  const figure = left(ms);
  const size = Math.min(268, 700 / (digitsWidth(figure, 1) || 1));
  const whole = ends?.since ? Date.parse(ends.until) - Date.parse(ends.since) : ms;
  const share = whole > 0 ? Math.min(1, Math.max(0, ms / whole)) : 0;
  const label = hall.window?.reason ? _("解密窗口已延长") : _("解密窗口关闭还有");
  return [
    block("label", [M - 10, 170, 760, 100], label, (ctx) =>
      text(ctx, label, M, 250, 50, { color: INK.soft, max: 720 }),
    ),
    block("left", [M - 10, 272, 760, 256], [figure, color], (ctx) =>
      digits(ctx, figure, M - 8, 500, size, color),
    ),
    block("bar", [M - 10, 540, 720, 34], [Math.round(share * 1000), color], (ctx) =>
      bar(ctx, M, 552, 690, 12, [[share, color]]),
    ),
    block("tally", [M - 10, 600, 760, 240], count, (ctx) => {
      const done = String(count?.unlocked ?? 0);
      text(ctx, done, M, 752, 150, { color: INK.done, weight: 500 });
      const next = M + digitsWidth(done, 150) + 24;
      const of = _("/ %(n)s 家已解密", { n: count?.all ?? 0 });
      text(ctx, of, next, 752, 56, { weight: 500, max: 840 - next });
      const rest = _("待解密 %(waiting)s　可重试 %(trouble)s　未解密 %(failed)s", count ?? {});
      text(ctx, rest, M, 822, 40, { color: INK.soft, max: 740 });
    }),
    ...grid(places, 880, 196, 1080, 640),
  ];
}

/** @param {Facts} facts @returns {Block[]} */
export function opening({ hall }) {
  const { second, threshold, signature, openings } = hall;
  const given = `${second.length} / ${threshold}`;
  const line = signature
    ? _("开启清单已由 %(signer)s 签名", { signer: signature.signer })
    : openings
      ? _("信封已开启，开启清单待签名")
      : _("等候受托人第二次释放份额");
  return [
    block("open", [124, 190, 1800, 220], given, (ctx) => {
      text(ctx, _("开启投标文件"), CENTRE, 290, 84, { align: "center", weight: 600 });
      const shares = `${_("报价份额")}  ${given}`;
      text(ctx, shares, CENTRE, 378, 50, { align: "center", color: INK.soft });
    }),
    rings(hall, second, 324, 520, 1400),
    block("signature", [124, 690, 1800, 140], [line, openings], (ctx) => {
      const color = signature ? INK.done : INK.warn;
      text(ctx, line, CENTRE, 748, 50, { align: "center", color, max: 1760 });
      const proof = openings ? hash(openings, 24) : "";
      text(ctx, proof, CENTRE, 812, 40, { align: "center", color: INK.soft, mono: true });
    }),
  ];
}

/** @param {Facts} facts @returns {Block[]} */
export function verification({ hall, places }) {
  const matched = (hall.bids ?? []).filter(({ matched: good }) => good).length;
  const all = tally(hall)?.unlocked ?? places.length;
  return [
    block("verify", [124, 190, 1800, 640], [matched, all], (ctx) => {
      const title = _("逐份比对密文与回执");
      text(ctx, title, CENTRE, 300, 66, { align: "center", weight: 600, max: 1760 });
      const figure = `${matched} / ${all}`;
      text(ctx, figure, CENTRE, 540, 220, { align: "center", color: INK.done, weight: 300 });
      bar(ctx, 424, 610, 1200, 14, [[all ? matched / all : 0, INK.done]]);
      const line = _("与截止前签发的回执逐字节一致，才进入唱标");
      text(ctx, line, CENTRE, 724, 50, { align: "center", color: INK.soft, max: 1760 });
    }),
  ];
}

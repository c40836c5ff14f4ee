// Pages of the screen for the draw and the read-out.
import { daxie, yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { tally } from "../openings/state.js";
import { block } from "./blocks.js";
import { INK, hash, panel, text } from "./ink.js";
import { SETTLE_MS, settled } from "./balls-plan.js";
import { seatName } from "./words.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./facts.js").Drawn} Drawn */
/** @typedef {import("./blocks.js").Block} Block */
/** @typedef {import("./pages.js").Moment} Moment */
/** @typedef {import("./ink.js").Ctx} Ctx */
/** @typedef {import("../openings/state.js").Bid} Bid */

const M = 96;
const CENTRE = 1024;

/** Digits settle from the left while the seed is shown; the ball answers when all of them stand. @param {Facts} facts @param {Moment} moment @returns {Block[]} */
export function drawing({ draw, draws }, { age }) {
  if (!draw) {
    return [
      block("none", [124, 300, 1800, 400], "", (ctx) =>
        text(ctx, _("等候参数抽取"), CENTRE, 500, 96, { align: "center", color: INK.soft }),
      ),
    ];
  }
  const { drawn } = draw;
  const stand = drawn ? settled(draw.seed.length, age) : 0;
  const turn = drawn && age < SETTLE_MS ? Math.floor(age / 70) : 0;
  const over = drawn && age >= SETTLE_MS;
  const nth = draws.indexOf(draw) + 1;
  return [
    block("draw", [M - 10, 170, 1110, 180], [draw.name, nth], (ctx) => {
      text(ctx, draw.title, M, 262, 76, { weight: 600, max: 1080 });
      text(ctx, optionsLine(draw, nth, draws.length), M, 330, 42, { color: INK.soft, max: 1080 });
    }),
    block("inputs", [M - 10, 366, 1110, 264], [draw.closeRoot, draw.parts, drawn], (ctx) =>
      paintInputs(ctx, draw),
    ),
    block("seed", [M - 10, 640, 1110, 200], [draw.seed, stand, turn], (ctx) =>
      paintSeed(ctx, draw, stand, turn),
    ),
    block("result", [1236, 190, 724, 650], [draw.name, draw.value, over], (ctx) =>
      paintResult(ctx, draw, over),
    ),
  ];
}

/** @param {Drawn} draw @param {number} nth @param {number} of */
const optionsLine = ({ options }, nth, of) =>
  _("第 %(nth)s / %(of)s 项　公布集合 %(first)s … %(last)s，共 %(n)s 个", {
    nth,
    of,
    first: options[0] ?? "",
    last: options[options.length - 1] ?? "",
    n: options.length,
  });

/** @param {Ctx} ctx @param {Drawn} draw */
function paintInputs(ctx, { closeRoot, parts, missing, drawn, name }) {
  const waits = _("抽取时公开");
  const given = !drawn
    ? waits
    : missing
      ? _("%(n)s 份，按密文指纹排序；%(missing)s 份不符，未计入", { n: parts, missing })
      : _("%(n)s 份，按密文指纹排序", { n: parts });
  const rows = [
    [_("抽取名称"), name],
    [_("截止检查点"), closeRoot ? hash(closeRoot, 20) : waits],
    [_("各投标文件的抽取份"), given],
  ];
  for (const [i, [term, value]] of rows.entries()) {
    const y = 424 + i * 66;
    text(ctx, term, M, y, 38, { color: INK.soft, max: 380 });
    text(ctx, value, M + 400, y, 40, { max: 690, mono: i === 1 });
  }
}

/** @param {Ctx} ctx @param {Drawn} draw @param {number} stand @param {number} turn */
function paintSeed(ctx, { seed, drawn }, stand, turn) {
  text(ctx, _("种子 = SHA-256（名称、检查点、全部抽取份）"), M, 690, 38, {
    color: INK.soft,
    max: 1080,
  });
  for (let i = 0; i < 64; i += 1) {
    const fixed = drawn && i < stand;
    const running = "0123456789abcdef"[(i * 7 + turn * 5) % 16];
    const c = fixed ? (seed[i] ?? "") : drawn ? running : "·";
    const [x, y] = [M + 14 + (i % 32) * 33, 752 + Math.floor(i / 32) * 58];
    const color = fixed ? INK.gold : INK.faint;
    text(ctx, c, x, y, 46, { align: "center", color, mono: true });
  }
}

/** @param {Ctx} ctx @param {Drawn} draw @param {boolean} over */
function paintResult(ctx, { value, index, title }, over) {
  panel(ctx, 1236, 196, 716, 640, INK.panel);
  text(ctx, title, 1594, 300, 54, { align: "center", color: INK.soft, weight: 500, max: 640 });
  const color = over ? INK.gold : "#36536c";
  const shown = over ? value || "—" : "?";
  text(ctx, shown, 1594, 570, 220, { align: "center", color, weight: 500, max: 640 });
  const nothing = over && index === null;
  const line = nothing
    ? _("没有可以抽取的投标，不抽取")
    : over
      ? _("第 %(n)s 个取值，任何人可复算", { n: (index ?? 0) + 1 })
      : _("任何人可用同样的输入复算");
  const tone = over ? INK.done : INK.soft;
  text(ctx, line, 1594, 750, 44, { align: "center", color: tone, max: 640 });
}

/** @param {Facts} facts @returns {Block[]} */
export function reading({ hall }) {
  const bid = hall.bids?.find(({ seat }) => seat === hall.reading);
  const read = tally(hall)?.read ?? 0;
  if (!bid?.offer) {
    return [
      block("soon", [124, 300, 1800, 400], "", (ctx) =>
        text(ctx, _("即将唱标"), CENTRE, 520, 120, { align: "center", weight: 500 }),
      ),
    ];
  }
  return [
    block("offer", [M - 10, 170, 1876, 680], [bid.seat, bid.offer, read], (ctx) =>
      paintOffer(ctx, bid, read),
    ),
  ];
}

/** @param {Ctx} ctx @param {Bid} bid @param {number} read */
function paintOffer(ctx, { seat, organisation, offer }, read) {
  if (!offer) return;
  text(ctx, _("已唱 %(n)s 家", { n: read }), M, 250, 52, { color: INK.soft });
  text(ctx, seatName(seat), 1952, 250, 52, { color: INK.soft, align: "right" });
  text(ctx, organisation, M, 362, 92, { weight: 600, max: 1856 });
  const label = offer.above_ceiling ? _("投标报价（高于限价）") : _("投标报价");
  text(ctx, label, M, 470, 44, { color: offer.above_ceiling ? INK.bad : INK.soft });
  const price = yuan(offer.price_fen);
  text(ctx, price, M - 8, 612, 156, { color: INK.gold, weight: 500, max: 1856 });
  text(ctx, daxie(offer.price_fen), M, 688, 50, { max: 1856 });
  const days = offer.duration_days;
  const rows = [
    [_("工期"), days ? _("%(n)s 天", { n: days }) : "—"],
    [_("质量"), offer.quality ?? "—"],
    [_("项目负责人"), offer.manager ?? "—"],
  ];
  for (const [i, [term, value]] of rows.entries()) {
    text(ctx, term, M + i * 640, 770, 40, { color: INK.soft });
    text(ctx, value, M + i * 640, 832, 54, { weight: 500, max: 600 });
  }
}

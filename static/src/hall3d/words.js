// Words of the scene that no other page has: views, shapes, stages of the screen, statuses.
import { remaining } from "../kernel/clock.js";
import { english, _ } from "../kernel/words.js";
import { stageNames } from "../openings/stage-names.js";

/** @typedef {import("./cameras.js").View} View */
/** @typedef {import("./tokens.js").Token} Token */

/** @param {string} page @returns {string} */
export function stageName(page) {
  const names = { ...stageNames(), paused: _("暂停") };
  return /** @type {{[page: string]: string}} */ (names)[page] ?? page;
}

/** @param {View} view @returns {string} */
export const viewName = (view) =>
  ({
    overview: _("全景"),
    host: _("主持席"),
    seat: _("我的席位"),
    screen: _("大屏"),
    draw: _("抽取台"),
  })[view];

/** @param {Token} token @returns {string} */
export const tokenName = (token) =>
  ({
    empty: _("未公布"),
    mine: _("我的席位"),
    absent: _("未到场"),
    listed: _("待解密"),
    trouble: _("未成功，可重试"),
    rescue: _("等待救援小组"),
    unlocked: _("已解密"),
    opened: _("已开启"),
    matched: _("与回执一致"),
    signed: _("已确认"),
    deemed: _("视同确认"),
    objected: _("异议待答复"),
    answered: _("异议已答复"),
    revoked: _("撤销"),
    withdrawn: _("撤回"),
    unsigned: _("未签章"),
  })[token];

/** @returns {{[role: string]: string}} */
export const roleNames = () => ({
  host: _("主持人"),
  deputy: _("副主持人"),
  witness: _("交易中心见证"),
  supervisor: _("行政监督"),
});

/** @param {number} seat */
export const seatName = (seat) => (english() ? `Seat ${two(seat)}` : `${two(seat)} 席`);

/** @param {number} seat */
export const two = (seat) => String(seat).padStart(2, "0");

export const hallName = () => _("阳光招采 · 开标大厅");

/** A countdown's figures as one line. @param {number} ms */
export const left = (ms) =>
  remaining(ms)
    .map(({ figure, unit }) => figure + unit)
    .join(" ");

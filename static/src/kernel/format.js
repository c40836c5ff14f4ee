// How values are written: the same forms as kernel/format.py and kernel/pure/money.py.
// 大写 follows《支付结算办法》附一《正确填写票据和结算凭证的基本规定》.
import { _, english } from "./words.js";

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];
const YUAN = /^(?:[¥￥] ?)?([0-9]{1,14}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.([0-9]{1,2}))?$/;

/**
 * Yuan as people write it to fen, or null when it is no such amount.
 * @param {string} text
 * @returns {number | null} fen, a safe integer
 */
export function parseYuan(text) {
  const match = YUAN.exec(text.trim());
  if (!match?.[1]) return null;
  const fen = Number(match[1].replaceAll(",", "")) * 100 + Number((match[2] ?? "0").padEnd(2, "0"));
  return Number.isSafeInteger(fen) ? fen : null;
}

/**
 * ¥1,234,567.00
 * @param {number} fen
 * @returns {string}
 */
export function yuan(fen) {
  const [whole, cents] = halves(fen);
  return `${fen < 0 ? "−" : ""}¥${whole}.${cents}`;
}

/**
 * ¥1,234,567.00 with the fen dimmed.
 * @param {number} fen
 * @returns {HTMLElement}
 */
export function money(fen) {
  const [whole, cents] = halves(fen);
  const small = document.createElement("span");
  small.className = "fen";
  small.textContent = `.${cents}`;
  const node = document.createElement("span");
  node.className = "money";
  node.append(`${fen < 0 ? "−" : ""}¥${whole}`, small);
  return node;
}

/**
 * @param {number} fen
 * @returns {[string, string]}
 */
function halves(fen) {
  const value = Math.abs(fen);
  const whole = Math.floor(value / 100);
  return [thousands(whole), String(value % 100).padStart(2, "0")];
}

/**
 * 48,236
 * @param {number} count
 * @returns {string}
 */
export function thousands(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * The amount in capital characters, without 人民币.
 * @param {number} fen not negative, a safe integer
 * @returns {string}
 */
export function daxie(fen) {
  const whole = Math.floor(fen / 100);
  const cents = fen % 100;
  const tens = Math.floor(cents / 10);
  const units = cents % 10;
  let words = whole || !cents ? `${capitalInteger(whole)}元` : "";
  if (!cents) return `${words}整`;
  if (!tens) return `${words}${whole ? "零" : ""}${DIGITS[units]}分`;
  words += `${whole && whole % 10 === 0 ? "零" : ""}${DIGITS[tens]}角`;
  return words + (units ? `${DIGITS[units]}分` : "整");
}

/**
 * @param {number} whole
 * @returns {string}
 */
function capitalInteger(whole) {
  if (whole === 0) return "零";
  let words = "";
  let pendingZero = false;
  for (let index = 3; index >= 0; index--) {
    const group = Math.floor(whole / 10 ** (4 * index)) % 10_000;
    if (group === 0) {
      pendingZero = words !== "";
      continue;
    }
    if (words && (pendingZero || group < 1000)) words += "零";
    words += capitalGroup(group) + groupName(index, whole);
    pendingZero = false;
  }
  return words;
}

/**
 * 万亿 shares its 亿 with the group below, unless that group is empty.
 * @param {number} index
 * @param {number} whole
 */
function groupName(index, whole) {
  if (index === 3 && Math.floor(whole / 10 ** 8) % 10_000) return "万";
  return GROUPS[index] ?? "";
}

/** @param {number} group */
function capitalGroup(group) {
  let words = "";
  let zero = false;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit === 0) {
      zero = words !== "";
      continue;
    }
    words += `${zero ? "零" : ""}${DIGITS[digit]}${PLACES[place]}`;
    zero = false;
  }
  return words;
}

/** @typedef {string | number | Date} Moment an ISO time, or milliseconds since 1970 */

/**
 * The moment's digits in China Standard Time (no summer time since 1991).
 * @param {Moment} at
 */
function china(at) {
  const date = new Date(new Date(at).getTime() + 8 * 3_600_000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: two(date.getUTCHours()),
    minute: two(date.getUTCMinutes()),
    second: two(date.getUTCSeconds()),
  };
}

/**
 * 09:30:00
 * @param {Moment} at
 */
export function clock(at) {
  const { hour, minute, second } = china(at);
  return `${hour}:${minute}:${second}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");

/**
 * 11 月 24 日 周二
 * @param {Moment} at
 */
export function day(at) {
  const { month, day: date, weekday } = china(at);
  if (english()) return `${DAYS[weekday]} ${date} ${MONTHS[month - 1]}`;
  return `${month} 月 ${date} 日 周${"日一二三四五六"[weekday]}`;
}

/**
 * 11-24 09:30
 * @param {Moment} at
 */
export function short(at) {
  const { month, day: date, hour, minute } = china(at);
  return `${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")} ${hour}:${minute}`;
}

/**
 * 194.1 MB
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/**
 * 2 天 3 时, 17 时 8 分, 1 分 34 秒: the two largest units that matter.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  const parts = [
    days && _("%(n)s 天", { n: days }),
    hours && _("%(n)s 时", { n: hours }),
    minutes && _("%(n)s 分", { n: minutes }),
    whole % 60 && _("%(n)s 秒", { n: whole % 60 }),
  ].filter(Boolean);
  return parts.slice(0, 2).join(" ") || _("%(n)s 秒", { n: 0 });
}

/**
 * 83a9…cc01
 * @param {string} hex
 */
export function hashShort(hex) {
  return hex.length <= 9 ? hex : `${hex.slice(0, 4)}…${hex.slice(-4)}`;
}

/**
 * The hex digits in groups of four.
 * @param {string} hex
 * @returns {string[]}
 */
export function hashGroups(hex) {
  return hex.toLowerCase().match(/.{1,4}/g) ?? [];
}

/**
 * A hash as 32 bars in a 128 by 16 box; bar i is as high as byte i, in 16 steps.
 * @param {string} hex
 */
export function ribbonPath(hex) {
  const bytes = (hex.match(/../g) ?? []).slice(0, 32);
  return bytes
    .map((pair, index) => {
      const height = (Number.parseInt(pair, 16) >> 4) + 1;
      return `M${index * 4} ${16 - height}h2.6v${height}h-2.6z`;
    })
    .join("");
}

// DER as far as time stamps and certificates need it: nested elements of definite, shortest length.
import { fromUtf8 } from "./bytes.js";
import { SealingError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{tag: number, content: Bytes, raw: Bytes}} Element tag byte, content, all its bytes */

export const INTEGER = 0x02;
export const OCTETS = 0x04;
export const OID = 0x06;
export const SEQUENCE = 0x30;
export const SET = 0x31;
const UTC_TIME = 0x17;
const TIME = 0x18;
const MAX_LENGTH_BYTES = 4;

/** @param {string} what @returns {never} */
function wrong(what) {
  throw new SealingError("LOG-1201", { what });
}

/** @param {Bytes} der @returns {Element} throws LOG-1201 */
export function read(der) {
  const found = one(der, 0);
  if (found.raw.length !== der.length) wrong("length");
  return found;
}

/** @param {Element} element @returns {Element[]} the elements inside; throws LOG-1201 */
export function parts({ content }) {
  const found = [];
  for (let at = 0; at < content.length;) {
    const next = one(content, at);
    found.push(next);
    at += next.raw.length;
  }
  return found;
}

/**
 * The elements inside an element of this tag, `count` of them when that is given.
 * @param {Element | undefined} element @param {number} tag @param {number} [count]
 */
export function within(element, tag, count) {
  const found = parts(expect(element, tag));
  if (count !== undefined && found.length !== count) wrong("count");
  return found;
}

/** @param {Element | undefined} element @param {number} tag @returns {Element} throws LOG-1201 */
export function expect(element, tag) {
  return element && element.tag === tag ? element : wrong("tag");
}

/** @param {Element | undefined} element @returns {string} an object identifier in dots */
export function oid(element) {
  const { content } = expect(element, OID);
  /** @type {number[]} */
  const numbers = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  const head = numbers[0];
  if (head === undefined) return wrong("oid");
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - 40 * first, ...numbers.slice(1)].join(".");
}

/**
 * A moment: GeneralizedTime or, as certificates have it until 2049, UTCTime.
 * @param {Element | undefined} element @returns {number} milliseconds since 1970
 */
export function moment(element) {
  if (!element || (element.tag !== TIME && element.tag !== UTC_TIME)) return wrong("time");
  const text = fromUtf8(element.content);
  const short = element.tag === UTC_TIME;
  const whole = short ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{0,8}[1-9])?Z$/.exec(whole);
  if (!found) return wrong("time");
  const [, year, month, day, hour, minute, second, fraction = ""] = found;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`);
  return Number.isNaN(at) ? wrong("time") : at;
}

/** @param {Bytes} data @param {number} at @returns {Element} */
function one(data, at) {
  const tag = data[at];
  let length = data[at + 1];
  let start = at + 2;
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) return wrong("tag");
  if (length & 0x80) {
    const told = data.subarray(start, start + (length & 0x7f));
    const short = told.length !== (length & 0x7f) || told.length > MAX_LENGTH_BYTES;
    if (short || !told[0]) return wrong("length");
    length = told.reduce((sum, byte) => sum * 256 + byte, 0);
    if (length < 0x80) return wrong("length");
    start += told.length;
  }
  if (start + length > data.length) return wrong("length");
  return {
    tag,
    content: data.slice(start, start + length),
    raw: data.slice(at, start + length),
  };
}

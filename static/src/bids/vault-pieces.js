// What is too long for one record of the vault lies in several: a receipt with cosignatures and a
// time stamp is. Whole again, it stands where its last piece was acknowledged.
import { concat, fromBase64, fromUtf8, hex, random, utf8 } from "../sealing/bytes.js";
import { MOST } from "../sealing/vault.js";

/** @typedef {Record<string, any>} Value */

/** Bytes of a piece: as base64, with its few fields, it fits one record. */
const PIECE = 2880;

/** @param {Value} value @returns {Value[]} itself, or its pieces in order */
export function split(value) {
  const text = utf8(JSON.stringify(value));
  if (text.length <= MOST) return [value];
  const of = hex(random(16));
  const count = Math.ceil(text.length / PIECE);
  return Array.from({ length: count }, (_none, no) => {
    const piece = text.slice(no * PIECE, (no + 1) * PIECE);
    return { type: "piece", of, no, count, text: btoa(String.fromCharCode(...piece)) };
  });
}

/** @param {Value[]} values in the order of acknowledgement @returns {Value[]} pieces made whole */
export function joined(values) {
  /** @type {Map<string, Map<number, Value>>} a piece that was sent twice counts once */
  const open = new Map();
  return values.flatMap((value) => {
    if (value.type !== "piece") return [value];
    const held = open.get(value.of) ?? new Map();
    open.set(value.of, held.set(value.no, value));
    if (held.size < value.count) return [];
    open.delete(value.of);
    const texts = [...held.values()].sort((a, b) => a.no - b.no).map(({ text }) => text);
    return [JSON.parse(fromUtf8(concat(...texts.map((text) => fromBase64(text)))))];
  });
}

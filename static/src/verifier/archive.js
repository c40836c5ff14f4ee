// The ZIP of a bundle, read as a stranger's file: docs/sealed-bid-envelope.md 11.2. Everything that
// bounds memory is checked before anything is unpacked; DEFLATE itself is fflate's.
import { Inflate } from "fflate";
import { Failed, ensure } from "./failure.js";

export const MAX_PACKED = 256 * 1024 * 1024;
const MAX_FILE = 16 * 1024 * 1024;
const MAX_TOTAL = 256 * 1024 * 1024;
const MAX_ENTRIES = 50_000;
const MAX_DIRECTORY = 16 * 1024 * 1024;
const MAX_MARKS = 500_000;
const MAX_DEPTH = 32;
const END = 22;
const STEP = 64 * 1024;
const ZIP64 = 1;

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {boolean} deflated
 * @property {number} crc
 * @property {number} packed
 * @property {number} size
 * @property {number} at local header
 */

/** @param {Uint8Array} raw @returns {string} one character per byte */
const ascii = (raw) => String.fromCharCode(...raw);

/**
 * Every file of the ZIP by its name; throws Failed with what is wrong.
 * @param {Bytes} zip
 * @param {RegExp} names
 * @returns {Map<string, Bytes>}
 */
export function unpack(zip, names) {
  ensure(zip.length <= MAX_PACKED, "the bundle is too large");
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  const entries = directory(zip, view);
  check(entries, names);
  return new Map(entries.map((entry) => [entry.name, content(zip, view, entry)]));
}

/** @param {Bytes} zip @param {DataView} view @returns {Entry[]} */
function directory(zip, view) {
  const end = zip.length - END;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) {
    throw new Failed("the bundle cannot be read: it does not end as a ZIP");
  }
  const [disk, first, here, count] = [4, 6, 8, 10].map((at) => view.getUint16(end + at, true));
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  const whole = !disk && !first && here === count && view.getUint16(end + 20, true) === 0;
  ensure(whole, "the bundle cannot be read: it is no ZIP of one piece");
  ensure(count <= MAX_ENTRIES && size <= MAX_DIRECTORY, "the bundle holds too many files");
  ensure(start + size === end, "the bundle cannot be read: its directory is not where it says");
  const entries = [];
  let at = start;
  while (at < end) {
    ensure(at + 46 <= end && view.getUint32(at, true) === 0x02014b50, "its directory is broken");
    const [named, extra, comment] = [28, 30, 32].map((from) => view.getUint16(at + from, true));
    const next = at + 46 + named + extra + comment;
    ensure(next <= end, "its directory is broken");
    entries.push(entryAt(zip, view, at, named, extra));
    at = next;
  }
  ensure(entries.length === count, "its directory is broken");
  return entries;
}

/**
 * @param {Bytes} zip @param {DataView} view @param {number} at @param {number} named
 * @param {number} extra @returns {Entry}
 */
function entryAt(zip, view, at, named, extra) {
  const name = ascii(zip.subarray(at + 46, at + 46 + Math.min(named, 200)));
  const method = view.getUint16(at + 10, true);
  const coded = view.getUint16(at + 8, true) & 1;
  const wide = isZip64(view, at + 46 + named, at + 46 + named + extra);
  if (coded || wide || (method !== 0 && method !== 8)) {
    throw new Failed(`${name} is packed in a way that is not read`);
  }
  return {
    name,
    deflated: method === 8,
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    at: view.getUint32(at + 42, true),
  };
}

/** @param {DataView} view @param {number} from @param {number} to */
function isZip64(view, from, to) {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === ZIP64) return true;
  }
  return false;
}

/** @param {Entry[]} entries @param {RegExp} names */
function check(entries, names) {
  const known = new Set();
  let total = 0;
  for (const { name, size } of entries) {
    ensure(names.test(name), `unexpected file ${JSON.stringify(name.slice(0, 80))}`);
    ensure(!known.has(name), `${name} is there twice`);
    known.add(name);
    total += size;
    ensure(size <= MAX_FILE && total <= MAX_TOTAL, `${name} is too large`);
  }
}

/** @param {Bytes} zip @param {DataView} view @param {Entry} entry @returns {Bytes} */
function content(zip, view, { name, deflated, crc, packed, size, at }) {
  const there = at + 30 <= zip.length && view.getUint32(at, true) === 0x04034b50;
  ensure(there, `${name} is not where the directory says`);
  const named = view.getUint16(at + 26, true);
  const own = ascii(zip.subarray(at + 30, at + 30 + Math.min(named, 200)));
  ensure(own === name && named === name.length, `${name} has another name in front of it`);
  const from = at + 30 + named + view.getUint16(at + 28, true);
  ensure(from + packed <= zip.length, `${name} is cut off`);
  const stored = zip.subarray(from, from + packed);
  const raw = deflated ? inflated(stored, size, name) : stored;
  ensure(raw.length === size && crc32(raw) === crc, `${name} has another size or sum than told`);
  if (name.endsWith(".json")) checkJson(raw, name);
  return raw;
}

/** @param {Bytes} packed @param {number} size @param {string} name @returns {Bytes} */
function inflated(packed, size, name) {
  const raw = new Uint8Array(size);
  let held = 0;
  let done = false;
  const stream = new Inflate((piece, final) => {
    ensure(held + piece.length <= size, `${name} has another size than told`);
    raw.set(piece, held);
    held += piece.length;
    done = done || final;
  });
  try {
    for (let from = 0; from === 0 || from < packed.length; from += STEP) {
      stream.push(packed.slice(from, from + STEP), from + STEP >= packed.length);
    }
  } catch (error) {
    if (error instanceof Failed) throw error;
    throw new Failed(`${name} cannot be unpacked`);
  }
  ensure(done && held === size, `${name} has another size than told`);
  return raw;
}

/** @param {Bytes} raw @param {string} name before it is parsed: how much and how deep */
function checkJson(raw, name) {
  let marks = 0;
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i];
    if (byte === 0x2c || byte === 0x5b || byte === 0x7b) marks += 1;
    if (quoted) {
      if (byte === 0x5c) {
        i += 1;
        if (raw[i] === 0x2c || raw[i] === 0x5b || raw[i] === 0x7b) marks += 1;
      } else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  ensure(marks <= MAX_MARKS, `${name} holds too many values`);
  ensure(deepest <= MAX_DEPTH + 1, `${name} is nested too deep`);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** @param {Uint8Array} raw */
function crc32(raw) {
  let sum = 0xffffffff;
  for (const byte of raw) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

// Canonical JSON (RFC 8785) for text, safe integers, booleans, null, lists and plain objects.
import { SealingError } from "./errors.js";

const MAX_DEPTH = 32;

/** @param {unknown} value @returns {string} the one text of the value */
export function canonical(value) {
  return write(value, 0);
}

/** @param {unknown} value @param {number} depth @returns {string} */
function write(value, depth) {
  if (depth > MAX_DEPTH) throw new SealingError("ENV-1001", { what: "depth" });
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  if (typeof value === "object" && value && isPlain(value)) {
    // JavaScript sorts strings by UTF-16 code units, which is what RFC 8785 3.2.3 asks for.
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, item]) => `${string(name)}:${write(item, depth + 1)}`).join(",")}}`;
  }
  throw new SealingError("ENV-1001", { what: typeof value });
}

/** @param {number} value */
function number(value) {
  if (!Number.isSafeInteger(value)) throw new SealingError("ENV-1001", { what: "integer" });
  return String(value);
}

/** @param {string} value */
function string(value) {
  if (/\p{Surrogate}/u.test(value)) throw new SealingError("ENV-1001", { what: "surrogate" });
  return JSON.stringify(value);
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** @param {string} text canonical text @returns {any} */
export function parse(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SealingError("ENV-1001", { what: "syntax" });
  }
  if (canonical(value) !== text) throw new SealingError("ENV-1002");
  return value;
}

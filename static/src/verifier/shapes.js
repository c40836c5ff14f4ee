// Strict shapes of JSON from outside: each field named, sized, typed; none left over.
import { Failed } from "./failure.js";

/**
 * Gives the value back, or throws Failed naming the place.
 * @typedef {(value: any, where: string) => any} Shape
 */

/** @param {boolean} fits @param {string} where */
function must(fits, where) {
  if (!fits) throw new Failed(`${where} is missing, or is not what it must be`);
}

/** @type {Shape} whatever stands there, but not nothing */
export const any = (value, where) => {
  must(value !== undefined, where);
  return value;
};

/** @param {number} [cap] @param {RegExp} [pattern] @returns {Shape} 1 to `cap` characters */
export function text(cap = 200, pattern) {
  return (value, where) => {
    must(typeof value === "string" && value.length > 0, where);
    must(value.length <= cap || [...value].length <= cap, where);
    must(!pattern || pattern.test(value), where);
    return value;
  };
}

/** @param {number} [size] bytes @returns {Shape} lowercase hexadecimal */
export function hex(size) {
  return (value, where) => {
    must(typeof value === "string" && value.length > 0 && value.length % 2 === 0, where);
    must(size === undefined || value.length === 2 * size, where);
    must(/^[0-9a-f]*$/.test(value), where);
    return value;
  };
}

export const uuid = text(36, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** @param {number} low @param {number} high @returns {Shape} both allowed */
export function integer(low, high) {
  return (value, where) => {
    must(Number.isSafeInteger(value) && value >= low && value <= high, where);
    return value;
  };
}

/** @param {...string} allowed @returns {Shape} */
export function one(...allowed) {
  return (value, where) => {
    must(typeof value === "string" && allowed.includes(value), where);
    return value;
  };
}

/** @param {Shape} shape @returns {Shape} */
export function nullOr(shape) {
  return (value, where) => (value === null ? null : shape(value, where));
}

/** @param {Shape} shape @param {number} low @param {number} high @returns {Shape} */
export function list(shape, low, high) {
  return (value, where) => {
    must(Array.isArray(value) && value.length >= low && value.length <= high, where);
    value.forEach((/** @type {any} */ item, /** @type {number} */ i) => {
      shape(item, `${where}[${i}]`);
    });
    return value;
  };
}

/** @param {any} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @type {Shape} */
export const anyObject = (value, where) => {
  must(isObject(value), where);
  return value;
};

/** @param {Record<string, Shape>} fields @returns {Shape} exactly these */
export function object(fields) {
  return (value, where) => {
    must(isObject(value), where);
    for (const [name, shape] of Object.entries(fields)) {
      shape(Object.hasOwn(value, name) ? value[name] : undefined, `${where}.${name}`);
    }
    for (const name of Object.keys(value)) must(Object.hasOwn(fields, name), `${where}.${name}`);
    return value;
  };
}

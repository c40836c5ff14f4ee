// The one way a step of the check ends badly: what does not hold, in one line for people.
import { SealingError } from "../sealing/errors.js";

export class Failed extends Error {}

/** @param {unknown} condition @param {string} why */
export function ensure(condition, why) {
  if (!condition) throw new Failed(why);
}

/** @param {unknown} error @returns {string} */
export function reason(error) {
  if (error instanceof SealingError && error.facts.what)
    return `${error.facts.what} (${error.code})`;
  return error instanceof Error ? error.message || error.name : String(error);
}

// The one way a step of the check ends badly: what does not hold, in one line for people.

export class Failed extends Error {}

/** @param {unknown} condition @param {string} why */
export function ensure(condition, why) {
  if (!condition) throw new Failed(why);
}

/** @param {unknown} error @returns {string} */
export function reason(error) {
  return error instanceof Error ? error.message || error.name : String(error);
}

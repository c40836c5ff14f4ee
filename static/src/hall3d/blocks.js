// A page of the screen is a list of blocks; a block is painted again only when its key changes.

/** @typedef {import("./ink.js").Ctx} Ctx */
/**
 * @typedef {object} Block
 * @property {string} id @property {number} x @property {number} y
 * @property {number} w @property {number} h
 * @property {string} key what its picture depends on
 * @property {(ctx: Ctx) => void} paint inside its own rectangle, in the screen's pixels
 */

/**
 * @param {string} id @param {[number, number, number, number]} rect
 * @param {unknown} facts what the picture depends on
 * @param {(ctx: Ctx) => void} paint
 * @returns {Block}
 */
export const block = (id, [x, y, w, h], facts, paint) => ({
  id,
  x,
  y,
  w,
  h,
  key: typeof facts === "string" ? facts : JSON.stringify(facts),
  paint,
});

/**
 * Which blocks must be painted; null means the whole page, because other blocks stood there.
 * @param {Map<string, string>} shown key by id of what the canvas holds
 * @param {Block[]} wanted
 * @returns {Block[] | null}
 */
export function stale(shown, wanted) {
  if (shown.size !== wanted.length || !wanted.every(({ id }) => shown.has(id))) return null;
  return wanted.filter(({ id, key }) => shown.get(id) !== key);
}

/** More than this of the screen at once is cheaper as one whole upload. */
const PATCHES = 6;
const AREA = 0.2;

/** @param {Block[]} blocks @param {number} whole area of the screen */
export const patchable = (blocks, whole) =>
  blocks.length <= PATCHES && blocks.reduce((sum, { w, h }) => sum + w * h, 0) <= whole * AREA;

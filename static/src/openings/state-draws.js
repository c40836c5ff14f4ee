// The parameter draw as the stream tells it: what is announced, then each value with its inputs.

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Handler} Handler */
/** @typedef {{commitment: string, part: string | null}} Part */
/**
 * @typedef {object} Value
 * @property {string[]} options decimal texts, or commitments
 * @property {number | null} index null when there was nothing to draw from
 * @property {string | null} value
 * @property {string} seed
 * @property {string} close_root
 * @property {Part[]} parts
 * @property {string} log_leaf
 * @property {string} at
 */
/**
 * One draw of the documents; a bid's `options` are empty until it is drawn.
 * @typedef {import("../sealing/parameters.js").Parameter & {no: number, options: string[],
 *   drawn: Value | null}} HallDraw
 */

export const nothingDrawn = Object.freeze({
  /** @type {HallDraw[] | null} null when the documents leave nothing to be drawn */
  draws: null,
  /** @type {{lot: string, ceiling: number | null} | null} what else a value follows from */
  drawFor: null,
});

/** @type {{[kind: string]: Handler}} */
export const DRAW_HANDLERS = {
  parameters_announced: (hall, p) => ({
    ...hall,
    draws: p.draws.map((/** @type {any} */ each, /** @type {number} */ i) => ({
      ...each,
      no: i + 1,
      drawn: null,
    })),
    drawFor: { lot: p.lot, ceiling: p.ceiling_fen },
  }),
  parameter_drawn: (hall, p, at) => ({
    ...hall,
    draws:
      hall.draws?.map((each) =>
        each.no === p.no ? { ...each, ...setOf(each, p), drawn: valueOf(p, at) } : each,
      ) ?? null,
  }),
};

/** A published set stays what was announced. @param {HallDraw} draw @param {any} p */
const setOf = ({ kind, options }, p) => ({ options: kind === "bid" ? p.options : options });

/** @param {any} p @param {string} at @returns {Value} */
const valueOf = (p, at) => ({
  options: p.options,
  index: p.index,
  value: p.value,
  seed: p.seed,
  close_root: p.close_root,
  parts: p.parts,
  log_leaf: p.log_leaf,
  at,
});

/** What the host draws next; null when all is drawn, or nothing is. @param {Hall} hall */
export const nextDraw = (hall) => hall.draws?.find(({ drawn }) => drawn === null) ?? null;

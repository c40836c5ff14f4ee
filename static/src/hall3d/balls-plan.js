// Where draw balls lie and rise: every value of a small set, digits of the value for a large one.
// Nothing tumbles: the result is computed, and the picture does not pretend chance.

/** How long the seed's digits settle before the ball answers. */
export const SETTLE_MS = 2600;
export const RISE_MS = 900;
/** A set this small is shown whole. */
export const WHOLE_SET = 15;
export const MOST_BALLS = 20;

/**
 * @typedef {object} Ball
 * @property {string} text @property {number} x @property {number} y @property {number} z
 * @property {number} size @property {number} lit 0 to 1
 */

/** How many of `all` digits stand after `age` milliseconds. @param {number} all @param {number} age */
export const settled = (all, age) =>
  Math.floor(Math.min(1, Math.max(0, age) / (SETTLE_MS * 0.8)) * all);

/** @param {number} t */
const out = (t) => 1 - (1 - Math.min(1, Math.max(0, t))) ** 3;

/** @param {string[]} options @param {number | null} index @param {number} rise @returns {Ball[]} */
const wholeSet = (options, index, rise) =>
  options.map((text, i) => {
    const up = i === index ? rise : 0;
    const step = Math.min(0.74, 5.2 / options.length);
    const x = (i - (options.length - 1) / 2) * step;
    return { text, x, y: 1.24 + up * 0.92, z: 2.6 + up * 0.5, size: 0.3 * (1 + up * 0.5), lit: up };
  });

/**
 * Ten digits lie on the stand; those of the value stand above them, one after another.
 * @param {string} value @param {boolean} drawn @param {number} rise @returns {Ball[]}
 */
function digitBalls(value, drawn, rise) {
  const lying = Array.from({ length: 10 }, (_, i) => ({
    text: String(i),
    x: (i - 4.5) * 0.52,
    y: 1.18,
    z: 2.6,
    size: 0.22,
    lit: 0,
  }));
  const signs = drawn ? [...value].slice(0, MOST_BALLS - 10) : [];
  const standing = signs.map((text, i) => {
    const up = out(rise * signs.length - i);
    const x = (i - (signs.length - 1) / 2) * 0.86;
    return { text, x, y: 1.3 + up * 0.95, z: 2.6 + up * 0.4, size: 0.4 * up, lit: up };
  });
  return [...lying, ...standing.filter(({ size }) => size > 0)];
}

/**
 * @param {{options: string[], index: number | null, value: string}} draw as published, and drawn
 * @param {number} age milliseconds since it was drawn
 * @returns {Ball[]} at most MOST_BALLS
 */
export function ballsOf({ options, index, value }, age) {
  const rise = index === null ? 0 : out((age - SETTLE_MS) / RISE_MS);
  return options.length <= WHOLE_SET
    ? wholeSet(options, index, rise)
    : digitBalls(value, index !== null && rise > 0, rise);
}

// Camera presets as numbers: where the eye is, what it looks at, how wide. Pure.
import { FRONT } from "./plan.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").Spot} Spot */
/** @typedef {{eye: number[], aim: number[], fov: number}} Shot */
/** @typedef {"overview" | "host" | "seat" | "screen" | "draw"} View */

/** @type {View[]} */
export const VIEWS = ["overview", "host", "seat", "screen", "draw"];
/** The window the presets are composed for; a narrower one widens the lens. */
const COMPOSED = 1.15;
const WIDEST = 76;

/** @type {Record<View, (plan: Plan, spot: Spot, aspect: number) => Shot>} */
const SHOTS = {
  overview: (p) => ({
    eye: [p.halfWidth * 0.1, p.height - 2.3, p.last.r * 0.84 + 15],
    aim: [0.1, 0.9 + p.last.y * 0.3, 1.2],
    fov: 40,
  }),
  host: (p) => ({
    eye: [-1.95, 2.75, FRONT + 2.6],
    aim: [0.9, 1.35 + p.last.y * 0.5, 9],
    fov: 43,
  }),
  seat: (p, s) => ({
    eye: [s.x * 1.13, s.y + 2.3, s.z * 1.13 + 0.6],
    aim: [s.x * 0.12, p.screenY - 2.1, FRONT],
    fov: 49,
  }),
  screen: (p, _spot, aspect) => {
    const tall = p.screenHeight * 1.22;
    const wide = (p.screenWidth * 1.07) / Math.max(aspect, COMPOSED);
    const away = Math.max(tall, wide) / (2 * Math.tan(Math.PI / 9));
    return {
      eye: [0, p.screenY - 0.6, FRONT + 0.75 + away],
      aim: [0, p.screenY - 0.35, FRONT],
      fov: 40,
    };
  },
  draw: (p) => ({ eye: [1.2, 3.0, 9.3], aim: [0.05, p.screenY * 0.5, -3], fov: 46 }),
};

const rad = Math.PI / 180;

/**
 * @param {View} view @param {Plan} plan @param {Spot} spot my own place @param {number} aspect
 * @returns {Shot} a window narrower than composed for still sees the same width
 */
export function shot(view, plan, spot, aspect) {
  const found = SHOTS[view](plan, spot, aspect);
  const narrow = COMPOSED / aspect;
  if (narrow <= 1) return found;
  const wide = (2 * Math.atan(Math.tan((found.fov / 2) * rad) * narrow)) / rad;
  const [x, y, z] = found.aim;
  const aim = view === "overview" ? [x, y + Math.min(2.4, (narrow - 1) * 1.6), z] : found.aim;
  return { ...found, aim, fov: Math.min(WIDEST, wide) };
}

/**
 * A bidder read out beyond the picture's edge pulls the camera's aim a little his way.
 * @param {Shot} from @param {Spot} spot @returns {Shot}
 */
export function pulled(from, spot) {
  const lean = 0.22;
  const [x, y, z] = from.aim;
  return { ...from, aim: [x + (spot.x - x) * lean, y, z + (spot.z - z) * lean * 0.5] };
}

/** @param {number} t from 0 to 1 */
export const easeInOut = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
/** @param {number} t */
export const easeOut = (t) => 1 - (1 - Math.min(1, Math.max(0, t))) ** 3;

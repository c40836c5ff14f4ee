// Where everything stands for a number of seats. Pure: numbers in, numbers out, no three.js.

/** Shown to everybody before the list is published, whatever the real number is. */
export const VEILED_SEATS = 32;
export const MOST_SEATS = 300;
/** The screen as its pages are drawn, in its own pixels. */
export const SCREEN = Object.freeze({ width: 2048, height: 896 });
/** The wall with the screen; stage and desks are placed from it. */
export const FRONT = -7.6;
export const STAGE_Y = 0.45;
export const AISLE = 1.3;
const FIRST_ROW = 7.6;

/** Halls are built in three sizes; a larger one only when the smaller does not hold the bidders. */
const SIZES = [
  { max: 32, gap: 1.85, pitch: 2.4, rise: 0.42, half: 0.76 },
  { max: 106, gap: 1.3, pitch: 1.8, rise: 0.44, half: 0.82 },
  { max: MOST_SEATS, gap: 0.98, pitch: 1.46, rise: 0.38, half: 0.88 },
];

/** @typedef {{x: number, y: number, z: number, angle: number, row: number}} Spot */
/** @typedef {{r: number, y: number, room: number}} Row */
/**
 * @typedef {object} Plan
 * @property {number} max seats this size of hall has room for
 * @property {number} gap @property {number} pitch @property {number} rise
 * @property {number} half half the angle the tiers span
 * @property {number} deep depth of a counter against that of the smallest hall
 * @property {Row[]} rows @property {Row} last @property {Spot[]} seats
 * @property {number} halfWidth @property {number} back @property {number} height
 * @property {number} screenWidth @property {number} screenHeight @property {number} screenY
 */

/** @param {number} count */
const sizeFor = (count) => SIZES.find(({ max }) => count <= max) ?? SIZES[SIZES.length - 1];

/** @param {(typeof SIZES)[number]} size @returns {Row[]} */
function rowsOf({ max, gap, pitch, rise, half }) {
  /** @type {Row[]} */
  const rows = [];
  for (let total = 0; total < max;) {
    const r = FIRST_ROW + rows.length * pitch;
    const room = Math.floor((2 * half * r - 2 * AISLE) / gap);
    rows.push({ r, y: 0.3 + rows.length * rise, room });
    total += room;
  }
  return rows;
}

/**
 * Bidders sit together in front, every row about as full as the next.
 * @param {Row[]} rows @param {number} count @param {number} half @returns {Spot[]}
 */
function seatsIn(rows, count, half) {
  let used = 0;
  let room = 0;
  while (used < rows.length && room < count * 1.4) room += rows[used++].room;
  /** @type {Spot[]} */
  const seats = [];
  for (let i = 0, left = count, free = room; i < used; i += 1) {
    const { r, y, room: places } = rows[i];
    const here = Math.min(left, places, Math.round((left * places) / free));
    for (let j = 0; j < here; j += 1) {
      const angle = seatAngle(r, half, (j + 0.5) / here);
      seats.push({ x: r * Math.sin(angle), y, z: r * Math.cos(angle), angle, row: i });
    }
    left -= here;
    free -= places;
  }
  return seats;
}

/** Two aisles cut a row into three blocks. @param {number} r @param {number} half @param {number} share */
function seatAngle(r, half, share) {
  const span = 2 * half * r - 2 * AISLE;
  const block = Math.min(2, Math.floor(share * 3));
  return (share * span + block * AISLE) / r - half;
}

/**
 * @param {number} count from 1; beyond MOST_SEATS the first MOST_SEATS are seated
 * @returns {Plan}
 */
export function planHall(count) {
  const seated = Math.max(1, Math.min(MOST_SEATS, count));
  const size = sizeFor(seated);
  const rows = rowsOf(size);
  const last = rows[rows.length - 1];
  const halfWidth = last.r * Math.sin(size.half) + 4.6;
  const screenWidth = Math.min(22, halfWidth * 0.98);
  const screenHeight = (screenWidth * SCREEN.height) / SCREEN.width;
  return {
    ...size,
    rows,
    last,
    seats: seatsIn(rows, seated, size.half),
    halfWidth,
    screenWidth,
    screenHeight,
    screenY: 2.1 + screenHeight / 2,
    deep: Math.min(1, size.pitch / 2.1),
    back: last.r + 15,
    height: Math.max(4.7 + screenHeight, last.y + 8.6 + last.r * 0.1),
  };
}

/** Where a figure of this browser's own bidder sits before the list: the middle, for everybody. */
export const veiledSeat = Math.floor(VEILED_SEATS / 2);

/** The glass gallery of the public, on the right. @param {Plan} plan */
export function galleryOf({ halfWidth, back }) {
  const from = -5.5;
  const to = back - 4;
  return { x: halfWidth - 1.3, y: 4.5, from, to, middle: (from + to) / 2, length: to - from };
}

// What the scene shows of a hall: one pure reading; the scene keeps no facts of its own.
import { LOOKS, paperOf, tokenOf } from "./tokens.js";
import { MOST_SEATS, VEILED_SEATS, veiledSeat } from "./plan.js";

/** @typedef {import("../openings/state.js").Hall} Hall */
/** @typedef {import("../openings/state.js").Bid} Bid */
/** @typedef {import("./tokens.js").Token} Token */
/** @typedef {{seat: number, name: string, token: Token, paper: number, mine: boolean, here: boolean}} Place */
/**
 * One parameter and what was drawn for it; `index` is null until the draw.
 * @typedef {object} Drawn
 * @property {string} title @property {string} name @property {string[]} options
 * @property {boolean} drawn
 * @property {number | null} index null also when there was nothing to draw from @property {string} value @property {string} seed
 * @property {string} closeRoot @property {number} parts @property {number} missing
 * @property {number | null} leaf
 */
/** @typedef {{host: number, supervisor: number, witness: number, public: number}} Roles */
/** @typedef {{roles: Partial<Roles>, seats?: number[], names?: {[role: string]: string}}} Presence seats whose bidders are here */
/** @typedef {{mySeat?: number | null, signedIn?: boolean, presence?: Presence | null}} Own */
/**
 * @typedef {object} Facts
 * @property {Hall} hall
 * @property {string} page the page on the screen: a stage, or paused, failed_too_few, cancelled
 * @property {boolean} veiled nobody may see who bids or how many
 * @property {Place[]} places as many as the room shows; always the same before the list
 * @property {string} room changes when other seats must be built
 * @property {number} reading index of the place being read out, -1 without one
 * @property {number} mine index of my own place, -1 without one
 * @property {boolean} paused
 * @property {number} line how far the line of light runs round the hall, 0 to 1
 * @property {Drawn[]} draws
 * @property {Drawn | null} draw the one on the stand
 * @property {Roles} present who sits at the desks and in the gallery
 * @property {{[desk: string]: string}} names of those who watch over the session
 */

const ENDED = ["failed_too_few", "cancelled"];

/** @param {Hall} hall */
function pageOf(hall) {
  if (hall.paused) return "paused";
  return hall.failed && !ENDED.includes(hall.stage) ? "failed_too_few" : hall.stage;
}

/** @param {boolean} signedIn @returns {Place[]} the same places whatever the truth */
function veiledPlaces(signedIn) {
  return Array.from({ length: VEILED_SEATS }, (_, index) => {
    const mine = signedIn && index === veiledSeat;
    return {
      seat: 0,
      name: "",
      token: mine ? "mine" : "empty",
      paper: mine ? 1 : 0,
      mine,
      here: mine,
    };
  });
}

/** @param {Bid} bid @param {number | null} mySeat @param {Presence | null} presence @returns {Place} */
function placeOf(bid, mySeat, presence) {
  const token = tokenOf(bid);
  return {
    seat: bid.seat,
    name: bid.organisation,
    token,
    paper: paperOf(token),
    mine: bid.seat === mySeat,
    here: LOOKS[token].figure || (presence?.seats?.includes(bid.seat) ?? false),
  };
}

/** The name as a plate has room for it. @param {string} organisation */
export function plateName(organisation) {
  const short = organisation
    .replace(/(股份|集团)?(有限责任|股份有限|有限)公司$/u, "")
    .replace(/(Co\.?,?\s*)?(Ltd\.?|Limited|Inc\.?)$/iu, "")
    .trim();
  return short.length >= 2 ? short : organisation;
}

/**
 * A drawn bid is named by its seat, as the table has it.
 * @param {any} row a parameter as the reducer keeps it @param {Bid[]} bids @returns {Drawn}
 */
function drawnOf({ name, title, kind, options, drawn }, bids) {
  const parts = drawn?.parts ?? [];
  const given = parts.filter((/** @type {any} */ each) => each.part).length;
  const seatOf = (/** @type {string} */ commitment) => {
    const bid = bids.find((one) => one.commitment === commitment);
    return bid ? String(bid.seat).padStart(2, "0") : commitment.slice(0, 6);
  };
  const say = (/** @type {string} */ value) => (kind === "bid" ? seatOf(value) : value);
  return {
    name,
    title,
    options: (drawn?.options ?? options ?? []).map(say),
    drawn: Boolean(drawn),
    index: drawn?.index ?? null,
    value: drawn?.value ? say(drawn.value) : "",
    seed: drawn?.seed ?? "",
    closeRoot: drawn?.close_root ?? "",
    parts: given,
    missing: parts.length - given,
    leaf: drawn?.log_leaf ?? null,
  };
}

/** The last one drawn, else the first that waits. @param {Drawn[]} draws */
const onStand = (draws) =>
  draws.findLast(({ drawn }) => drawn) ?? (draws.length > 0 ? draws[0] : null);

/** The line of light: it runs as the close is locked, witnessed and its shares released. @param {Hall} hall */
function lineOf(hall) {
  if (hall.stage !== "deadline_lock") return 0;
  const steps = [hall.checkpoint, hall.manifest, hall.close !== "awaited"];
  const done = steps.filter(Boolean).length;
  const shares = hall.threshold ? Math.min(1, hall.first.length / hall.threshold) : 0;
  return 0.25 + (0.4 * done) / steps.length + 0.35 * shares;
}

/** Before the list no presence figure is shown, whatever was told. @param {Hall} hall @param {Presence | null} told @returns {Roles} */
function presentOf(hall, told) {
  const nobody = { host: 0, supervisor: 0, witness: 0, public: 0 };
  if (!hall.bids) return nobody;
  return { ...nobody, host: hall.stage === "closed" ? 0 : 1, ...told?.roles };
}

/**
 * @param {Hall} hall
 * @param {Own} [own] what only this browser knows
 * @returns {Facts}
 */
export function read(hall, { mySeat = null, signedIn = false, presence = null } = {}) {
  const bids = hall.bids?.slice(0, MOST_SEATS) ?? null;
  const places = bids ? bids.map((bid) => placeOf(bid, mySeat, presence)) : veiledPlaces(signedIn);
  const told = /** @type {any} */ (hall).draws;
  const draws = Array.isArray(told) ? told.map((row) => drawnOf(row, hall.bids ?? [])) : [];
  const inDraw = hall.stage === "parameter_draw";
  const readOut = hall.stage === "read_out" && !hall.paused;
  return {
    hall,
    page: pageOf(hall),
    veiled: bids === null,
    places,
    room: bids ? bids.map(({ seat, organisation }) => `${seat} ${organisation}`).join("\n") : "",
    reading: readOut ? places.findIndex(({ seat }) => seat === hall.reading && seat > 0) : -1,
    mine: places.findIndex(({ mine }) => mine),
    paused: hall.paused !== null,
    line: lineOf(hall),
    draws,
    draw: inDraw ? onStand(draws) : null,
    present: presentOf(hall, presence),
    names: bids ? (presence?.names ?? {}) : {},
  };
}

/** @typedef {{room: boolean, seats: number[], desks: boolean, draw: boolean, light: boolean}} Change */

/** @param {Facts} a @param {Facts} b */
const sameDesks = (a, b) =>
  JSON.stringify([a.present, a.names]) === JSON.stringify([b.present, b.names]);

/**
 * What must move between two readings; the screen compares its own blocks.
 * @param {Facts | null} before
 * @param {Facts} after
 * @returns {Change}
 */
export function changes(before, after) {
  const room = !before || before.veiled !== after.veiled || before.room !== after.room;
  if (!before || room) {
    return { room, seats: after.places.map((_, i) => i), desks: true, draw: true, light: true };
  }
  const seats = [];
  for (const [i, { token, mine, here }] of after.places.entries()) {
    const was = before.places[i];
    if (was.token !== token || was.mine !== mine || was.here !== here) seats.push(i);
  }
  return {
    room,
    seats,
    desks: !sameDesks(before, after),
    draw: JSON.stringify(before.draw) !== JSON.stringify(after.draw),
    light:
      before.paused !== after.paused ||
      before.line !== after.line ||
      before.reading !== after.reading,
  };
}

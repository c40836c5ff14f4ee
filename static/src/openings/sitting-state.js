// A sitting as data: one pure reducer over its own stream, no DOM. Who presides, what was said.

/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/** @typedef {{person: string, name: string, organisation: string}} Official */
/**
 * @typedef {object} Line
 * @property {number} no
 * @property {"host" | "bidder" | "supervisor" | "witness"} by_role
 * @property {string} name
 * @property {string} organisation
 * @property {string | null} lot
 * @property {number | null} seat
 * @property {string} text
 * @property {string} at
 * @property {{by: string, reason: string} | null} removed
 */
/** @typedef {{by: string, reason: string}} Mute */
/**
 * @typedef {object} Sitting
 * @property {number} seq
 * @property {Official | null} host
 * @property {Official | null} deputy
 * @property {Official | null} acting whoever presides now
 * @property {Line[]} lines
 * @property {Mute | null} muted why nobody but host and supervisor may speak
 * @property {{[seat: string]: Mute}} mutedSeats by `seatKey`
 */

/** @param {string | null} lot @param {number | null} seat */
export const seatKey = (lot, seat) => `${lot}:${seat}`;

/**
 * @param {{host?: Official | null, deputy?: Official | null, acting?: Official | null}} [chair]
 * @returns {Sitting} as the page tells it, before any event
 */
export const begin = (chair = {}) => ({
  seq: 0,
  host: chair.host ?? null,
  deputy: chair.deputy ?? null,
  acting: chair.acting ?? null,
  lines: [],
  muted: null,
  mutedSeats: {},
});

/** @param {Sitting} sitting @param {any} p @returns {Sitting} */
const seated = (sitting, p) => ({ ...sitting, host: p.host, deputy: p.deputy, acting: p.acting });

/** @type {{[kind: string]: (sitting: Sitting, payload: any, at: string) => Sitting}} */
const HANDLERS = {
  host_named: seated,
  host_changed: seated,
  chat_said: (sitting, p, at) => ({
    ...sitting,
    lines: [...sitting.lines, { ...p, at, removed: null }],
  }),
  chat_removed: (sitting, p) => ({
    ...sitting,
    lines: sitting.lines.map((line) =>
      line.no === p.no ? { ...line, removed: { by: p.by, reason: p.reason } } : line,
    ),
  }),
  chat_muted: (sitting, p) => silence(sitting, p, { by: p.by, reason: p.reason }),
  chat_unmuted: (sitting, p) => silence(sitting, p, null),
};

/** @param {Sitting} sitting @param {any} p @param {Mute | null} mute @returns {Sitting} */
function silence(sitting, p, mute) {
  if (p.scope === "all") return { ...sitting, muted: mute };
  const mutedSeats = { ...sitting.mutedSeats };
  if (mute) mutedSeats[seatKey(p.lot, p.seat)] = mute;
  else delete mutedSeats[seatKey(p.lot, p.seat)];
  return { ...sitting, mutedSeats };
}

/**
 * Folds one event in; an old number is ignored, an unknown kind only moves the number on.
 * @param {Sitting} sitting
 * @param {LiveEvent} event
 * @returns {Sitting}
 */
export function fold(sitting, event) {
  if (event.seq <= sitting.seq) return sitting;
  const next = HANDLERS[event.kind]?.(sitting, event.payload ?? {}, event.at) ?? sitting;
  return { ...next, seq: event.seq };
}

/**
 * Whether a reader may speak, and if not, why: before the list, after the end, as a watcher, muted.
 * @param {Sitting} sitting
 * @param {object} who
 * @param {string | null} who.speaks
 * @param {string | null} who.me
 * @param {string | null} [who.lot] of my seat
 * @param {number | null} [who.seat]
 * @param {{bids: unknown, stage: string}} hall
 * @returns {"may" | "watch" | "early" | "over" | "no_seat" | "muted"}
 */
export function mayspeak(sitting, { speaks, me, lot = null, seat = null }, hall) {
  if (!speaks) return "watch";
  if (!hall.bids) return "early";
  if (["closed", "failed_too_few", "cancelled"].includes(hall.stage)) return "over";
  const named = [sitting.host, sitting.deputy].some((who) => who?.person === me);
  if (speaks === "host") return !sitting.acting || named ? "may" : "watch";
  if (speaks === "supervisor") return "may";
  if (speaks === "bidder" && seat === null) return "no_seat";
  if (sitting.muted || sitting.mutedSeats[seatKey(lot, seat)]) return "muted";
  return "may";
}

/** Whether this reader keeps order. @param {Sitting} sitting @param {{speaks: string | null, me: string | null}} who */
export const moderates = (sitting, { speaks, me }) =>
  speaks === "supervisor" ||
  (speaks === "host" && (!sitting.acting || sitting.acting.person === me));

/**
 * What the presence frame says of the chair: gone when nobody who presides is on line.
 * @param {{roles: {[role: string]: number}} | null} frame
 */
export const hostGone = (frame) => frame !== null && frame.roles.host === 0;

// The evaluation room as data: what the server last told, and a pure reducer over the numbered
// stream. No DOM. What an event does not carry itself makes the room stale: the page asks again.

/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/** @typedef {{seat: number, site: string, kind: string, state: string, since: string, name: string | null}} Member */
/** @typedef {{number: number, commitment: string, organisation: string, credit_code: string, price_fen: number, security: {outcome: string, word: string, sound: boolean | null} | null, parts: string[]}} Bid */
/** @typedef {{seat: number, answer: "agree" | "dissent"}} Signature */
/**
 * @typedef {object} Room
 * @property {number} seq last event folded in
 * @property {boolean} stale the server knows more than this
 * @property {string} room
 * @property {{id: string, number: string, name: string}} lot
 * @property {string} live_id
 * @property {string} stage
 * @property {string | null} since when the stage began
 * @property {string | null} began
 * @property {string | null} ended
 * @property {{at: string, by: string, reason: string} | null} paused
 * @property {"member" | "supervisor" | "centre"} role
 * @property {number | null} seat mine
 * @property {string | null} state mine
 * @property {string | null} challenge
 * @property {string} pledge_text
 * @property {number | null} leader
 * @property {Member[]} members by seat
 * @property {{name: string, kind: string}[]} sites
 * @property {any} plan
 * @property {Bid[]} bids
 * @property {string} public_key
 * @property {{round: number, rounds: number, votes: number, voted: boolean, tied: number[] | null, draw: any}} election
 * @property {{seat: number, submitted: number}[]} progress of the present stage
 * @property {number} each sheets a member owes in it
 * @property {number[]} confirmed seats that confirmed the prices
 * @property {Signature[]} signed who signed the report
 * @property {boolean} reported the report's statement stands
 * @property {string | null} failed why
 */

/** @type {readonly string[]} */
export const LINE = [
  "drawing",
  "inviting",
  "check_in",
  "election",
  "qualification",
  "technical",
  "price",
  "signing",
  "closed",
];
export const SHEETS = ["qualification", "technical"];
const READING = ["qualification", "technical", "price", "signing"];
const PRESENT = ["checked_in", "pledged"];

/**
 * The room as the server tells it, whole; what an older answer lacks stays.
 * @param {any} told @param {Room | null} [before]
 * @returns {Room}
 */
export function adopt(told, before = null) {
  const election = { round: 1, rounds: 3, votes: 0, voted: false, tied: null, draw: null };
  return {
    since: null,
    began: null,
    ended: null,
    seat: null,
    state: null,
    challenge: null,
    pledge_text: "",
    confirmed: [],
    signed: [],
    reported: false,
    failed: null,
    ...told,
    paused: told.paused ?? null,
    election: { ...election, ...told.election },
    members: [...told.members].sort((a, b) => a.seat - b.seat),
    bids: [...told.bids].sort((a, b) => a.number - b.number),
    progress: told.progress ?? [],
    each: told.each ?? told.bids.length,
    seq: Math.max(told.seq ?? 0, before?.seq ?? 0),
    stale: (told.seq ?? 0) > 0 && (before?.seq ?? 0) > told.seq,
  };
}

/** @param {Room} room @param {number} seat @param {Partial<Member>} change @returns {Room} */
function seated(room, seat, change) {
  const members = room.members.map((one) => (one.seat === seat ? { ...one, ...change } : one));
  const mine = seat === room.seat && change.state ? { state: change.state } : {};
  return { ...room, ...mine, members };
}

/** @typedef {(room: Room, payload: any, at: string) => Room} Handler */
/** @type {{[kind: string]: Handler}} */
const HANDLERS = {
  stage_changed: (room, p, at) => ({
    ...room,
    stage: p.stage,
    since: at,
    progress: room.progress.map(({ seat }) => ({ seat, submitted: 0 })),
    stale: true,
  }),
  member_checked_in: (room, p, at) => seated(room, p.seat, { state: "checked_in", since: at }),
  member_pledged: (room, p) => seated(room, p.seat, { state: "pledged" }),
  member_recused: (room, p) => stale(seated(room, p.seat, { state: "recused" })),
  vote_cast: (room, p) => ({
    ...room,
    election: { ...room.election, round: p.round ?? room.election.round, votes: p.votes },
  }),
  leader_elected: (room, p) => ({ ...room, leader: p.seat, stale: true }),
  sheet_submitted: (room, p) => ({
    ...room,
    progress: counted(room.progress, p.seat, p.submitted),
    each: p.of ?? room.each,
    stale: p.stage !== room.stage,
  }),
  price_confirmed: (room, p) => ({ ...room, confirmed: withSeat(room.confirmed, p.seat) }),
  report_ready: (room) => ({ ...room, reported: true }),
  report_signed: (room, p) => ({
    ...room,
    signed: [...room.signed.filter(({ seat }) => seat !== p.seat), p],
  }),
  paused: (room, p, at) => ({
    ...room,
    paused: { at: p.at ?? at, by: p.by, reason: p.reason },
  }),
  resumed: (room) => ({ ...room, paused: null }),
  failed: (room, p) => ({ ...room, stage: "failed", failed: p.reason ?? "", stale: true }),
  closed: (room, _p, at) => ({ ...room, stage: "closed", ended: at, stale: true }),
  announced: (room) => room,
};

/** Names the room's own facts have. @type {{[kind: string]: string}} */
const ALIASES = {
  checked_in: "member_checked_in",
  pledged: "member_pledged",
  voted: "vote_cast",
};

/** @param {Room} room @returns {Room} */
const stale = (room) => ({ ...room, stale: true });

/** @param {number[]} seats @param {number} seat */
const withSeat = (seats, seat) => [...new Set([...seats, seat])].sort((a, b) => a - b);

/** @param {Room["progress"]} progress @param {number} seat @param {number} submitted */
function counted(progress, seat, submitted) {
  const rest = progress.filter((one) => one.seat !== seat);
  return [...rest, { seat, submitted }].sort((a, b) => a.seat - b.seat);
}

/**
 * Folds one event in. Old numbers change nothing, a gap only makes stale, an unknown kind too.
 * @param {Room} room @param {LiveEvent} event @returns {Room}
 */
export function reduce(room, event) {
  if (event.seq <= room.seq) return room;
  if (event.seq > room.seq + 1) return { ...room, stale: true };
  const handler = HANDLERS[ALIASES[event.kind] ?? event.kind];
  const next = handler ? handler(room, event.payload ?? {}, event.at) : stale(room);
  return { ...next, stale: next.stale || room.stale, seq: event.seq };
}

/** @param {Room} room @param {LiveEvent[]} events @returns {Room} */
export const reduceAll = (room, events) => events.reduce(reduce, room);

/** Whether bids may be read now. @param {Room} room */
export const readable = (room) =>
  READING.includes(room.stage) &&
  room.paused === null &&
  room.role === "member" &&
  room.state === "pledged";

/** @param {Member} member */
export const present = (member) => PRESENT.includes(member.state);

/** The present stage's number among those with members, from 1. @param {Room} room */
export function station(room) {
  const at = LINE.indexOf(room.stage);
  return { at: at + 1, of: LINE.length };
}

/** Members by site, home first, in the order of their seats. @param {Room} room */
export function bySite(room) {
  /** @type {Map<string, Member[]>} */
  const sites = new Map();
  const home = room.sites.filter(({ kind }) => kind === "home");
  for (const { name } of [...home, ...room.sites]) if (!sites.has(name)) sites.set(name, []);
  for (const member of room.members) {
    const list = sites.get(member.site) ?? [];
    list.push(member);
    sites.set(member.site, list);
  }
  return [...sites].map(([name, members]) => ({
    name,
    kind: room.sites.find((site) => site.name === name)?.kind ?? members[0]?.kind ?? "guest",
    members,
  }));
}

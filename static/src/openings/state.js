// The opening hall as data: one pure reducer over the numbered public stream, no DOM.
// Hall, host console and captions read the object it returns; none keeps facts of its own.

import { DRAW_HANDLERS, nothingDrawn } from "./state-draws.js";
import { RECORD_HANDLERS, nothingRecorded } from "./state-record.js";
import { WINDOW_HANDLERS, nothingWindowed } from "./state-windows.js";

export { countdown } from "./state-windows.js";

/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/**
 * @typedef {object} Bid
 * @property {number} seat
 * @property {string} organisation
 * @property {string} credit_code
 * @property {string} pseudonym
 * @property {string} commitment
 * @property {{outcome: string, finality: string, word: string, sound: boolean | null}} deposit
 * @property {boolean} attended
 * @property {string} state listed, unlocked, opened, revoked…, withdrawn…, refused_unsigned
 * @property {string | null} code
 * @property {string | null} word why it failed, in words
 * @property {string | null} trouble code of the last attempt that failed and may be repeated
 * @property {string | null} since when it was unlocked
 * @property {boolean} matched
 * @property {Offer | null} offer
 * @property {"agreed" | "objected" | "deemed" | null} answer
 * @property {number} waiting own objections without an answer
 * @property {{given: number, threshold: number | null} | null} rescue what the panel was asked
 */
/**
 * @typedef {object} Offer
 * @property {number} price_fen
 * @property {string} price_words
 * @property {number | null} duration_days
 * @property {string | null} quality
 * @property {string | null} manager
 * @property {boolean} above_ceiling
 */
/** @typedef {{trustee: number, role: string, name: string, at: string}} Share */
/**
 * The close as its witnesses saw it; null until they, or the clock, have spoken.
 * @typedef {object} Close
 * @property {string} checkpoint SHA-256 of the checkpoint's body
 * @property {string} manifest
 * @property {string} deadline
 * @property {number} delta seconds
 * @property {string[]} cosigned_at
 * @property {string | null} stamped_at
 */
/**
 * @typedef {object} Hall
 * @property {number} seq
 * @property {{from: number, to: number} | null} missing
 * @property {string} stage
 * @property {string | null} until
 * @property {string | null} opened when the present stage began
 * @property {{[stage: string]: string}} reached when each stage began
 * @property {string | null} deadline
 * @property {string | null} signInFrom
 * @property {number} threshold
 * @property {{index: number, role: string, name: string}[]} trustees
 * @property {import("./state-record.js").Pause | null} paused
 * @property {import("./state-record.js").Objection[]} objections
 * @property {number} sitting how often the session has convened
 * @property {import("./state-record.js").IssuedRecord[]} records
 * @property {import("./state-draws.js").HallDraw[] | null} draws
 * @property {{lot: string, ceiling: number | null} | null} drawFor
 * @property {Share[]} first
 * @property {Share[]} second
 * @property {{trustee: number, name: string, code: string}[]} wrongShares
 * @property {{trustee: number, name: string, release: number, reason: string, at: string}[]} declined
 * @property {"awaited" | "in_time" | "late" | "decided"} close how the close was witnessed
 * @property {{size: number, root: string} | null} checkpoint
 * @property {string | null} manifest
 * @property {Close | null} evidence what is known of the close
 * @property {Bid[] | null} bids null until the list is published
 * @property {{commitment: string, organisation: string}[]} superseded
 * @property {{no: number, opens: string, until: string, reason: string | null} | null} window
 * @property {import("./state-windows.js").Window[]} windows every window, in order
 * @property {string | null} openings digest of what the agency signs
 * @property {{signer: string, certificate_tail: string} | null} signature
 * @property {number | null} reading seat read out last
 * @property {string | null} recordDigest
 * @property {{facts_hash: string, pdf_hash?: string, url?: string} | null} record
 * @property {{when: string, floor: number} | null} failed
 * @property {string} caption
 */

/** @type {Hall} */
export const initial = Object.freeze({
  seq: 0,
  missing: null,
  stage: "waiting",
  until: null,
  opened: null,
  reached: {},
  deadline: null,
  signInFrom: null,
  threshold: 0,
  trustees: [],
  ...nothingRecorded,
  ...nothingDrawn,
  first: [],
  second: [],
  wrongShares: [],
  declined: [],
  close: "awaited",
  checkpoint: null,
  manifest: null,
  evidence: null,
  bids: null,
  superseded: [],
  ...nothingWindowed,
  openings: null,
  signature: null,
  reading: null,
  recordDigest: null,
  record: null,
  failed: null,
  caption: "",
});

/**
 * @param {Hall} hall
 * @param {number} seat
 * @param {Partial<Bid>} change
 * @returns {Hall}
 */
function patch(hall, seat, change) {
  const bids = hall.bids?.map((bid) => (bid.seat === seat ? { ...bid, ...change } : bid)) ?? null;
  return { ...hall, bids };
}

/** @param {any} row @returns {Bid} */
const listed = (row) => ({
  trouble: null,
  since: null,
  matched: false,
  offer: null,
  answer: null,
  waiting: 0,
  rescue: null,
  ...row,
});

/** @typedef {(hall: Hall, payload: any, at: string) => Hall} Handler */
/** @type {{[kind: string]: Handler}} */
const HANDLERS = {
  session_opened: (hall, p, at) => ({
    ...hall,
    deadline: p.deadline,
    signInFrom: p.sign_in_from,
    until: p.sign_in_from,
    threshold: p.threshold,
    trustees: p.trustees,
    stage: "waiting",
    opened: at,
    reached: { waiting: at },
  }),
  stage_changed: (hall, p, at) => ({
    ...hall,
    stage: p.stage,
    until: p.until,
    opened: at,
    reached: { ...hall.reached, [p.stage]: at },
  }),
  deadline_locked: (hall, p) => ({ ...hall, checkpoint: p.checkpoint }),
  manifest_published: (hall, p) => ({ ...hall, manifest: p.hash }),
  share_released: (hall, p, at) => {
    const share = { trustee: p.trustee, role: p.role, name: p.name, at };
    return p.release === 1
      ? { ...hall, first: [...hall.first, share] }
      : { ...hall, second: [...hall.second, share] };
  },
  close_witnessed: (hall, p) => ({ ...hall, close: "in_time", evidence: p }),
  close_late: (hall, p) => ({ ...hall, close: "late", evidence: p }),
  close_decided: (hall) => ({ ...hall, close: "decided" }),
  release_declined: (hall, p, at) => ({ ...hall, declined: [...hall.declined, { ...p, at }] }),
  share_refused: (hall, p) => ({ ...hall, wrongShares: [...hall.wrongShares, p] }),
  list_published: (hall, p) => ({
    ...hall,
    bids: p.bids.map(listed),
    superseded: p.superseded ?? [],
  }),
  deposit_judged: (hall, p) => patch(hall, p.seat, { deposit: p.deposit }),
  ...WINDOW_HANDLERS,
  bid_unlocked: (hall, p, at) =>
    patch(hall, p.seat, { state: "unlocked", trouble: null, since: at }),
  bid_failed: (hall, p) =>
    p.final
      ? patch(hall, p.seat, { state: p.state, code: p.code, word: p.word })
      : patch(hall, p.seat, { trouble: p.code }),
  rescue_asked: (hall, p) => patch(hall, p.seat, { rescue: { given: 0, threshold: null } }),
  rescue_share: (hall, p) =>
    patch(hall, p.seat, { rescue: { given: p.given, threshold: p.threshold } }),
  bid_opened: (hall, p) => patch(hall, p.seat, { state: "opened" }),
  openings_unsealed: (hall, p) => ({ ...hall, openings: p.digest }),
  manifest_signed: (hall, p) => ({ ...hall, signature: p }),
  verified: (hall, p) => {
    const matched = new Set(p.matched);
    const bids = hall.bids?.map((bid) => ({ ...bid, matched: matched.has(bid.seat) })) ?? null;
    return { ...hall, bids };
  },
  bid_read_out: (hall, p) => ({
    ...patch(hall, p.seat, { offer: offerOf(p) }),
    reading: p.seat,
  }),
  read_out_done: (hall, p) => ({ ...hall, reading: null, recordDigest: p.record_digest }),
  bid_confirmed: (hall, p) => patch(hall, p.seat, { answer: p.deemed ? "deemed" : "agreed" }),
  bid_objected: (hall, p) => patch(hall, p.seat, { answer: "objected" }),
  failed_too_few: (hall, p) => ({ ...hall, failed: { when: p.when, floor: p.floor } }),
  cancelled: (hall) => ({ ...hall, paused: null }),
  ...RECORD_HANDLERS,
  ...DRAW_HANDLERS,
};

/** @param {any} p @returns {Offer} */
const offerOf = (p) => ({
  price_fen: p.price_fen,
  price_words: p.price_words,
  duration_days: p.duration_days,
  quality: p.quality,
  manager: p.manager,
  above_ceiling: p.above_ceiling,
});

/**
 * Folds one event in. An old number is ignored; a gap changes nothing but `missing`, which tells
 * the transport what to ask for; an unknown kind only moves the number on.
 * @param {Hall} hall
 * @param {LiveEvent} event
 * @returns {Hall}
 */
export function reduce(hall, event) {
  if (event.seq <= hall.seq) return hall;
  if (event.seq > hall.seq + 1) {
    return { ...hall, missing: { from: hall.seq + 1, to: event.seq - 1 } };
  }
  const payload = event.payload ?? {};
  const next = HANDLERS[event.kind]?.(hall, payload, event.at) ?? hall;
  return { ...next, seq: event.seq, missing: null, caption: payload.say ?? next.caption };
}

/**
 * @param {Hall} hall
 * @param {LiveEvent[]} events
 * @returns {Hall}
 */
export const reduceAll = (hall, events) => events.reduce(reduce, hall);

/**
 * How the listed bids stand; null before the list, when there is nothing to count.
 * @param {Hall} hall
 */
export function tally(hall) {
  if (!hall.bids) return null;
  const count = { all: 0, waiting: 0, unlocked: 0, trouble: 0, failed: 0, read: 0, answered: 0 };
  for (const bid of hall.bids) {
    count.all += 1;
    if (bid.state === "listed") count[bid.trouble ? "trouble" : "waiting"] += 1;
    else if (bid.state === "unlocked" || bid.state === "opened") count.unlocked += 1;
    else count.failed += 1;
    if (bid.offer) count.read += 1;
    if (bid.answer) count.answered += 1;
  }
  return count;
}

/**
 * The trustees the hall waits for right now, by name, since when; null when it waits for none.
 * @param {Hall} hall
 * @returns {{missing: number, names: string[], since: string | null} | null}
 */
export function awaited(hall) {
  const given = { deadline_lock: hall.first, opening: hall.second }[hall.stage];
  if (!given || hall.paused || hall.failed || hall.openings) return null;
  const missing = hall.threshold - given.length;
  if (missing <= 0) return null;
  const open = hall.trustees.filter(({ index }) => !given.some((one) => one.trustee === index));
  return { missing, names: open.map(({ name }) => name), since: hall.opened };
}

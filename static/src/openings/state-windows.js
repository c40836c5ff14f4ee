// Windows of the opening as the stream tells them, every one kept, and what the countdown counts to.
import { _ } from "../kernel/words.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/** @typedef {import("./state.js").Handler} Handler */
/**
 * @typedef {object} Window
 * @property {number} no
 * @property {"decryption" | "confirmation"} kind
 * @property {string} opens
 * @property {string} until
 * @property {string | null} reason why it was extended or opened again
 * @property {boolean} reopened
 * @property {string | null} closed when; also when the next one took its place
 */

export const nothingWindowed = Object.freeze({
  /** @type {{no: number, opens: string, until: string, reason: string | null} | null} */
  window: null,
  /** @type {Window[]} */
  windows: [],
});

const LATE = ["OPN-2114", "OPN-2121", "OPN-2122"];

/** @param {Bid} bid @returns {Bid} */
const relisted = (bid) =>
  LATE.includes(bid.code ?? "") ? { ...bid, state: "listed", code: null, word: null } : bid;

/** @param {Window[]} windows @param {string} at @returns {Window[]} */
const ended = (windows, at) => windows.map((one) => (one.closed ? one : { ...one, closed: at }));

/** @param {Window["kind"]} kind @returns {Handler} */
const opened = (kind) => (hall, p, at) => ({
  ...hall,
  window: { no: p.no, opens: p.opens, until: p.until, reason: null },
  windows: [
    ...ended(hall.windows, at),
    { ...windowOf(p), kind, opens: p.opens, reason: null, reopened: false },
  ],
});

/** @param {any} p @returns {{no: number, until: string, closed: null}} */
const windowOf = (p) => ({ no: p.no, until: p.until, closed: null });

/** @type {{[kind: string]: Handler}} */
export const WINDOW_HANDLERS = {
  decryption_started: opened("decryption"),
  confirmation_started: opened("confirmation"),
  extended: (hall, p, at) => {
    const kind = hall.windows.at(-1)?.kind ?? "decryption";
    const { reason } = p;
    const reopened = Boolean(p.reopened);
    return {
      ...hall,
      until: p.until,
      window: { no: p.no, opens: hall.window?.opens ?? at, until: p.until, reason },
      windows: [...ended(hall.windows, at), { ...windowOf(p), kind, opens: at, reason, reopened }],
      bids: reopened ? (hall.bids?.map(relisted) ?? null) : hall.bids,
    };
  },
  window_closed: (hall, _p, at) => ({ ...hall, windows: ended(hall.windows, at) }),
};

/**
 * What the big countdown counts to, or null when nothing runs out.
 * @param {Hall} hall
 * @returns {{label: string, until: string, since: string | null} | null}
 */
export function countdown(hall) {
  if (hall.paused) return resumption(hall.paused);
  if (!hall.until) return null;
  const { until, opened: since } = hall;
  switch (hall.stage) {
    case "waiting":
    case "sign_in":
      return { label: _("距投标截止"), until: hall.deadline ?? until, since };
    case "bidder_decryption":
      return { label: _("解密窗口关闭还有"), until, since: hall.window?.opens ?? null };
    case "record_confirmation":
      return { label: _("确认窗口关闭还有"), until, since: hall.window?.opens ?? null };
    case "parameter_draw":
      return { label: _("参数抽取最迟还有"), until, since };
    case "read_out":
      return { label: _("唱标最迟还有"), until, since };
    case "questions":
      return { label: _("异议答复最迟还有"), until, since };
    default:
      return null;
  }
}

/** @param {NonNullable<Hall["paused"]>} paused */
const resumption = ({ at, resumes_at: until }) =>
  until ? { label: _("预计恢复还有"), until, since: at } : null;

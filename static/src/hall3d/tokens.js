// What stands above a seat: a shape first, a colour second, and never one for two meanings.

/** @typedef {import("../openings/state.js").Bid} Bid */
/**
 * @typedef {"empty" | "mine" | "absent" | "listed" | "trouble" | "rescue" | "unlocked" | "opened"
 *   | "matched" | "signed" | "deemed" | "objected" | "answered" | "revoked" | "withdrawn" | "unsigned"} Token
 */
/**
 * How a place looks: `kind` picks the shader's shape, `lit` is the light on its counter,
 * `figure` whether somebody sits there.
 * @typedef {{kind: number, shape: string, tone: string, bar: string, lit: number, figure: boolean}} Look
 */

/** @param {number} kind @param {string} shape @param {string} tone @param {string} bar @param {number} lit @param {boolean} figure @returns {Look} */
const look = (kind, shape, tone, bar, lit, figure) =>
  Object.freeze({ kind, shape, tone, bar, lit, figure });

/** @type {Readonly<Record<Token, Look>>} */
export const LOOKS = Object.freeze({
  empty: look(-1, "none", "#b9b4a8", "#b9b4a8", 0, false),
  mine: look(0, "dot", "#b97f10", "#f4b63f", 0.9, true),
  absent: look(1, "dashed ring", "#57544e", "#77756f", 0, false),
  listed: look(2, "ring", "#33475f", "#9db4c9", 0.12, true),
  trouble: look(3, "triangle", "#a85a04", "#e8a640", 0.5, true),
  rescue: look(4, "shield", "#a85a04", "#e8a640", 0.5, true),
  unlocked: look(5, "disc", "#0a7250", "#2fb58c", 1, true),
  opened: look(6, "ringed disc", "#0a7250", "#2fb58c", 1, true),
  matched: look(7, "scalloped seal", "#0a6a55", "#2fb58c", 1, true),
  signed: look(8, "signed sheet", "#0a6a55", "#58c9a8", 1, true),
  deemed: look(9, "sheet", "#5b6672", "#9db4c9", 0.3, true),
  objected: look(10, "speech", "#a85a04", "#e8a640", 0.7, true),
  revoked: look(11, "diamond", "#a4240f", "#d65a40", 0.45, true),
  withdrawn: look(12, "square", "#1e5f9e", "#5d93c9", 0.45, true),
  answered: look(14, "speech with tick", "#0a6a55", "#58c9a8", 1, true),
  unsigned: look(13, "octagon", "#7c2f22", "#b5674f", 0.3, true),
});

/** @param {Bid} bid @returns {Token | null} the token of a bid that went out */
function goneToken(bid) {
  if (bid.state.startsWith("revoked")) return "revoked";
  if (bid.state.startsWith("withdrawn")) return "withdrawn";
  return bid.state === "refused_unsigned" ? "unsigned" : null;
}

/** @param {Bid} bid @returns {Token} */
export function tokenOf(bid) {
  const gone = goneToken(bid);
  if (gone) return gone;
  if (bid.waiting > 0) return "objected";
  if (bid.answer === "objected") return "answered";
  if (bid.answer) return bid.answer === "agreed" ? "signed" : "deemed";
  if (bid.matched) return "matched";
  if (bid.state === "opened") return "opened";
  if (bid.state === "unlocked") return "unlocked";
  if (bid.rescue) return "rescue";
  if (bid.trouble) return "trouble";
  return bid.attended ? "listed" : "absent";
}

/**
 * The envelope on the counter: 0 none, 1 sealed, 2 its seal green, 3 open, 4 stamped, 5 signed,
 * 6 set aside.
 * @param {Token} token
 */
export function paperOf(token) {
  /** @type {Partial<Record<Token, number>>} */
  const papers = {
    absent: 1,
    listed: 1,
    trouble: 1,
    rescue: 1,
    unlocked: 2,
    opened: 3,
    matched: 4,
    objected: 4,
    answered: 4,
    deemed: 4,
    signed: 5,
    revoked: 6,
    withdrawn: 6,
    unsigned: 6,
  };
  return papers[token] ?? 0;
}

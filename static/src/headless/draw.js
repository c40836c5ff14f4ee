// The parties of the draw without a browser: agency, centre and supervisor each commit to a number
// of their own and reveal it once all have committed.
import { step } from "../evaluation/draw.js";

/** @typedef {import("./session.js").Session} Session */

/** @type {Map<string, string>} what each party's own store would keep */
const kept = new Map();

/** @param {string} login @returns {import("../evaluation/draw.js").Store} */
function memory(login) {
  return {
    getItem: (name) => kept.get(`${login} ${name}`) ?? null,
    setItem: (name, value) => void kept.set(`${login} ${name}`, value),
    removeItem: (name) => void kept.delete(`${login} ${name}`),
  };
}

/**
 * Does what the draw asks of this party now.
 * @param {Session} account @param {string} room
 * @returns {Promise<"committed" | "revealed" | "lost" | null>} null when nothing is asked
 */
export const takePart = (account, room) => step(account, room, memory(account.login));

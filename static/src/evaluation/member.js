// What an expert does in a room, in the page and headless alike: answers, checks in, pledges,
// recuses, votes, signs the report. Sheets and prices: sheets.js. No DOM; the account says how to
// reach the server.
import { hex, utf8 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { signReport as answerReport, statementDigest } from "./report.js";

/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */

/** @param {string} room @param {string} [what] */
const at = (room, what = "") => `/evaluations/${room}${what}`;

/** @param {OpenKey} key @param {Record<string, unknown>} statement @returns {Promise<string>} hex */
export async function signed(key, statement) {
  return hex(await key.sign(utf8(canonical(statement))));
}

/** Everything the room shows to whoever asks. @param {Account} account @param {string} room */
export const roomState = (account, room) => account.get(at(room, "/state"));

/**
 * @param {Account} account @param {string} room
 * @param {"accept" | "decline"} answer @param {string} [reason] asked when declining
 */
export const answerInvitation = (account, room, answer, reason = "") =>
  account.post(at(room, "/invitation"), { answer, reason });

/**
 * Shows with the own certificate that the invited person is here.
 * @param {Account} account @param {string} room @param {OpenKey} key
 */
export async function checkIn(account, room, key) {
  const { challenge } = await roomState(account, room);
  const signature = await signed(key, { format: "sunbid check-in/1", room, challenge });
  return account.post(at(room, "/check-in"), { signature, certificate: key.chain[0] });
}

/**
 * Signs the pledge: no relation to any bidder, secrecy, independence.
 * @param {Account} account @param {string} room @param {OpenKey} key
 */
export async function pledge(account, room, key) {
  const { pledge_digest: text } = await roomState(account, room);
  const signature = await signed(key, { format: "sunbid pledge/1", room, text });
  return account.post(at(room, "/pledge"), { signature });
}

/** @param {Account} account @param {string} room @param {string} reason */
export const recuse = (account, room, reason) => account.post(at(room, "/recusal"), { reason });

/** One vote for the leader. @param {Account} account @param {string} room @param {number} seat */
export const vote = (account, room, seat) => account.post(at(room, "/votes"), { seat });

/** The report's statement and who has signed it. @param {Account} account @param {string} room */
export const report = (account, room) => account.get(at(room, "/report"));

/**
 * Signs the report as it stands, agreeing or with a written opinion.
 * @param {Account} account @param {string} room @param {OpenKey} key
 * @param {{answer: "agree" | "dissent", opinion?: string}} word
 */
export async function signReport(account, room, key, { answer, opinion = "" }) {
  const digest = await statementDigest(await report(account, room));
  const { seat } = await roomState(account, room);
  const told = { room, digest, seat, answer, opinion };
  return account.post(at(room, "/report/signatures"), await answerReport(key.keys.signing, told));
}

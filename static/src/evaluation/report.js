// What a member signs of the report: the facts' hash, agreement or dissent, the opinion. No DOM.
import { concat, hex, sha256 } from "../sealing/bytes.js";
import { SealingError } from "../sealing/errors.js";
import { canonical } from "../sealing/jcs.js";
import { sign } from "../sealing/p256.js";

/**
 * @typedef {object} ReportAnswer
 * @property {string} room uuid
 * @property {string} digest SHA-256 of the frozen facts, hex
 * @property {number} seat
 * @property {"agree" | "dissent"} answer
 * @property {string | null} opinion in writing for a dissent, else null
 */

/** @param {ReportAnswer} told @returns {import("../sealing/bytes.js").Bytes} the bytes that are signed */
export function reportMessage({ room, digest, seat, answer, opinion }) {
  const text = canonical({ answer, digest, opinion, room, seat });
  return concat("sunbid report/1\0", text);
}

/**
 * The hash of the statement that was shown, never one the server merely names.
 * @param {{statement: string, digest: string}} shown GET /evaluations/<room>/report
 * @returns {Promise<string>} hex; throws SealingError EVA-3007 when the two differ
 */
export async function statementDigest({ statement, digest }) {
  const own = hex(await sha256(statement));
  if (own !== digest) throw new SealingError("EVA-3007");
  return own;
}

/**
 * The body of `POST /evaluations/<room>/report/signatures`.
 * @param {CryptoKey} signing the member's certificate key (ECDSA P-256)
 * @param {ReportAnswer} told
 */
export async function signReport(signing, told) {
  const opinion = told.answer === "dissent" ? (told.opinion ?? "").trim() : null;
  const signature = await sign(signing, reportMessage({ ...told, opinion }));
  return { answer: told.answer, opinion, signature: hex(signature) };
}

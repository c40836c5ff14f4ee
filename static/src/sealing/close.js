// A lot's close as its witnesses saw it: in time, late, or late and decided by the supervisor.
// docs/sealed-bid-envelope.md, section 9.
import { concat, equal, fromHex, hex, sha256 } from "./bytes.js";
import { certificate, encoded, isAuthority, issuedBy, pointOf } from "./certificates.js";
import { bodyOf, cosignedAt } from "./cosignatures.js";
import { SealingError, reading } from "./errors.js";
import { canonical } from "./jcs.js";
import { verify } from "./p256.js";
import { readCheckpoint } from "./receipts.js";
import { stampedAt } from "./stamps.js";

/** @typedef {import("./receipts.js").LogKey} LogKey */
/**
 * @typedef {object} Decision
 * @property {"SBE/1 late close"} format
 * @property {string} lot
 * @property {string} checkpoint SHA-256 of the checkpoint's body
 * @property {string} manifest
 * @property {"go_on" | "return"} verdict
 * @property {string} reason
 * @property {string[]} certificate_chain
 * @property {string} signature
 */
/**
 * @typedef {object} Close
 * @property {string} checkpoint signed note
 * @property {string[]} cosignatures
 * @property {string | null} stamp
 * @property {number} delta seconds
 * @property {Decision | null} decision
 */
/**
 * @typedef {object} Question
 * @property {Close} close
 * @property {string} deadline ISO 8601
 * @property {LogKey} log its key, and whom the asker trusts to have watched it
 * @property {string} [lot]
 * @property {string} [manifest] digest; with it a decision must be about exactly this manifest
 * @property {string} [root] certificate (DER) that a supervisor's must come from
 */
/**
 * @typedef {object} Judged
 * @property {number} size leaves
 * @property {import("./bytes.js").Bytes} root
 * @property {{name: string, at: number}[]} cosigned milliseconds
 * @property {{at: number} | null} stamped
 * @property {string} deadline
 * @property {number} delta seconds
 * @property {boolean} late
 * @property {{reason: string, verdict: Decision["verdict"]} | null} decided
 */

const MAX_DELTA = 60;

/**
 * @param {Question} question
 * @returns {Promise<Judged>} throws ENV-6007 (late, and no decision to go on), LOG-1002, LOG-2003
 *   (not the log's), LOG-2107, LOG-12xx and LOG-22xx (a cosignature or stamp that does not hold),
 *   LOG-1301 (a decision that does not hold)
 */
export async function judgeClose(question) {
  const judged = await examineClose(question);
  if (judged.late && judged.decided?.verdict !== "go_on") {
    throw new SealingError("ENV-6007", { cosigned: judged.cosigned.length });
  }
  return judged;
}

/**
 * The same without the verdict, for whoever shows it.
 * @param {Question} question @returns {Promise<Judged>}
 */
export async function examineClose(question) {
  const { close, deadline, log } = question;
  const { size, root } = await readCheckpoint(close.checkpoint, log);
  const body = bodyOf(close.checkpoint);
  const cosigned = await reading("LOG-1002", () =>
    cosignedAt(close.cosignatures, body, log.cosigners ?? []),
  );
  const { stamp } = close;
  const stamped = stamp
    ? { at: await reading("LOG-1202", () => stampedAt(stamp, body, log.stamping ?? [])) }
    : null;
  const [from, until] = span(deadline, close.delta);
  const within = (/** @type {number} */ at) => from <= at && at <= until;
  const inTime = stamped !== null && within(stamped.at) && cosigned.some(({ at }) => within(at));
  const decided = close.decision ? await checkDecision(close.decision, body, question) : null;
  const { delta } = close;
  return { size, root, cosigned, stamped, deadline, delta, late: !inTime, decided };
}

/** @param {string} deadline @param {number} delta @returns {[number, number]} */
function span(deadline, delta) {
  const at = Date.parse(deadline);
  if (Number.isNaN(at) || !Number.isInteger(delta) || delta < 1 || delta > MAX_DELTA) {
    throw new SealingError("ENV-6007", { what: "delta" });
  }
  const from = Math.floor(at / 1000) * 1000;
  return [from, from + delta * 1000];
}

/** What a supervisor signs. @param {Omit<Decision, "certificate_chain" | "signature">} decision */
export function decisionMessage(decision) {
  const { format, lot, checkpoint, manifest, verdict, reason } = decision;
  const body = { format, lot, checkpoint, manifest, verdict, reason };
  return concat("SBE/1 late close", canonical(body));
}

/**
 * A supervisor's decision, signed by certificate.
 * @param {Pick<Decision, "lot" | "checkpoint" | "manifest" | "verdict" | "reason">} about
 * @param {Pick<import("./signer.js").Signer, "sign" | "certificates">} signer
 * @returns {Promise<Decision>}
 */
export async function signDecision({ lot, checkpoint, manifest, verdict, reason }, signer) {
  /** @type {Omit<Decision, "certificate_chain" | "signature">} */
  const body = { format: "SBE/1 late close", lot, checkpoint, manifest, verdict, reason };
  const signature = hex(await signer.sign(decisionMessage(body)));
  return { ...body, certificate_chain: signer.certificates(), signature };
}

/** @param {Decision} decision @param {string} body @param {Question} question */
async function checkDecision(decision, body, { lot, manifest, root }) {
  const about =
    decision.format === "SBE/1 late close" &&
    decision.checkpoint === hex(await sha256(body)) &&
    (lot === undefined || decision.lot === lot) &&
    (manifest === undefined || decision.manifest === manifest);
  if (!about) throw new SealingError("LOG-1301", { field: "lot" });
  await reading("LOG-1301", () => checkSigned(decision, root));
  return { reason: decision.reason, verdict: decision.verdict };
}

/** @param {Decision} decision @param {string} [root] */
async function checkSigned(decision, root) {
  const chain = decision.certificate_chain.map((der) => certificate(fromHex(der)));
  if (root !== undefined) chain.push(certificate(fromHex(root)));
  for (let i = 1; i < chain.length; i++) {
    const [held, issuer] = [chain[i - 1], chain[i]];
    const same = equal(encoded(held), encoded(issuer));
    if (!same && !(isAuthority(issuer) && (await issuedBy(held, issuer)))) {
      throw new SealingError("LOG-1301", { field: "certificate_chain" });
    }
  }
  const signature = fromHex(decision.signature, 64);
  if (!(await verify(pointOf(chain[0]), decisionMessage(decision), signature))) {
    throw new SealingError("LOG-1301", { field: "signature" });
  }
}

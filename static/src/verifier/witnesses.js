// The steps about the log: inclusion, cosignatures, times. docs/sealed-bid-envelope.md 11.3.
import { fromHex, hex, sha256 } from "../sealing/bytes.js";
import { manifestDigest } from "../sealing/manifest.js";
import { decisionMessage, signedByChain } from "./acts.js";
import { Failed, ensure } from "./failure.js";
import { bodyOf, closePoint, cosignedAt, extended, included } from "./log.js";
import { stampedAt } from "../sealing/stamps.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./papers.js").Witnessed} Witnessed */

/** @param {Bundle} bundle @returns {import("./papers.js").Receipt[]} */
export function allReceipts({ envelopes, withdrawals }) {
  return [...envelopes.values(), ...withdrawals.values()].map(({ receipt }) => receipt);
}

/** @param {Bundle} bundle */
export async function inclusion(bundle) {
  const close = await closePoint(bundle);
  const { consistency } = bundle.close;
  const held = /** @type {const} */ ([
    ["bid.commitment", bundle.envelopes],
    ["bid.withdrawal", bundle.withdrawals],
  ]);
  for (const [kind, papers] of held) {
    for (const [commitment, { receipt }] of papers) {
      const same = receipt.commitment === commitment;
      ensure(same, `receipt of ${commitment} names another commitment`);
      const point = await included(bundle, receipt, kind, { commitment });
      await extended(point, close, consistency);
    }
  }
  for (const proof of bundle.scripts) {
    await extended(await included(bundle, proof, "scripts", {}), close, consistency);
  }
  const late = bundle.manifest.entries.find(({ log_index }) => log_index >= close.size);
  ensure(!late, `entry ${late?.log_index} came after the close`);
}

/** @param {Bundle} bundle */
export async function cosignatures(bundle) {
  const found = await cosignedAt(bundle, bundle.close);
  ensure(found.length > 0 || bundle.close.decision, "nobody cosigned the close");
  for (const receipt of allReceipts(bundle)) await cosignedAt(bundle, receipt);
}

/** @param {Bundle} bundle @returns {number} T, what live envelopes were sealed under, in ms */
export function deadline({ envelopes, live }) {
  const standing = live.map(({ commitment }) => envelopes.get(commitment)?.header.policy.deadline);
  const told = standing.filter((each) => each !== undefined);
  ensure(told.length > 0, "no live envelope is there, and with it no deadline");
  return Math.max(...told.map(moment));
}

/** @param {string} text ISO 8601 @returns {number} milliseconds */
export function moment(text) {
  const found = Date.parse(text);
  ensure(/^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(found), "a time cannot be read");
  return found;
}

/** @param {Bundle} bundle @param {Witnessed} witnessed @returns {Promise<number | null>} */
export async function stampOf({ log }, { checkpoint, stamp }) {
  if (stamp === null) return null;
  return stampedAt(stamp, bodyOf(checkpoint), log.stamping);
}

/** @param {Bundle} bundle */
export async function times(bundle) {
  for (const receipt of allReceipts(bundle)) await stampOf(bundle, receipt);
  const { close } = bundle;
  const start = deadline(bundle);
  const end = start + 1000 * close.delta;
  const told = (await closePoint(bundle)).extensions.find((line) => line.startsWith("time "));
  if (!told) throw new Failed("the close tells no time");
  ensure(moment(told.slice(5)) >= start, "the close is before the deadline");
  const stamp = await stampOf(bundle, close);
  ensure(stamp === null || stamp >= start, "the close was stamped before the deadline");
  const signed = (await cosignedAt(bundle, close)).map((seconds) => 1000 * seconds);
  const cosigned = signed.some((at) => start <= at && at <= end);
  if (stamp !== null && stamp <= end && cosigned) {
    ensure(close.decision === null, "a decision about a close that was in time");
  } else await decided(bundle);
}

/** @param {Bundle} bundle a supervisor let the opening go on for exactly this close and manifest */
async function decided(bundle) {
  const { checkpoint, decision } = bundle.close;
  ensure(decision, "the close was late, and nobody decided about it");
  const about = [
    decision.lot === bundle.lot,
    decision.checkpoint === hex(await sha256(bodyOf(checkpoint))),
    decision.manifest === (await manifestDigest(bundle.manifest)),
    decision.verdict === "go_on",
  ];
  ensure(about.every(Boolean), "the decision is about another close, or against going on");
  const signature = fromHex(decision.signature, 64);
  const { certificate_chain } = decision;
  await signedByChain(certificate_chain, decisionMessage(decision), signature, "the decision");
}

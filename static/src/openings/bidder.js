// A bidder in the hall: sign in, hand over the own lock's secret, confirm or object. All under the
// pseudonym of the vault; the account's cookie goes with none of these calls.
import { startDesk } from "../bids/desk.js";
import { bidderFetch, bidderOf, signedHeaders, withClock } from "../bids/ticket.js";
import { settled, withoutCookies } from "../bids/wire.js";
import { hex, random, sha256, utf8 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { parse as parseCode } from "../sealing/recovery.js";
import { holderSecret, holderSecretByRecovery } from "../sealing/unseal.js";
import { causeOf } from "./remedies.js";

/** @typedef {import("../bids/wire.js").Wire} Wire */
/** @typedef {import("../bids/ticket.js").Bidder} Bidder */
/** @typedef {{wire: Wire, bidder: Bidder}} Seat */

/**
 * Opens the vault and takes this lot's place in it.
 * @param {string} lotId
 * @returns {Promise<Seat | null>} null when the vault holds no bid for the lot
 */
export async function takeSeat(lotId) {
  const { wire, vault } = await startDesk();
  const pseudonym = await vault.pseudonym(lotId);
  return pseudonym && { wire, bidder: await bidderOf(wire, lotId, pseudonym) };
}

/** @param {Seat} seat @param {string} method @param {string} what @param {unknown} [json] */
const call = ({ wire, bidder }, method, what, json) =>
  bidderFetch(wire, bidder, method, `/lots/${bidder.lotId}/hall/${what}`, json);

/** @param {Seat} seat */
export const mine = (seat) => call(seat, "GET", "mine");

/** @param {Seat} seat @returns {Promise<{signed_in_at: string}>} */
export const signIn = (seat) => call(seat, "POST", "sign-in", {});

/**
 * Opens the holder lock here and hands over its secret; a failure is told with its cause.
 * @param {Seat} seat
 * @param {string} [code] a printed recovery code instead of the vault's key
 */
export async function unlock(seat, code) {
  const { header, envelope_id, commitment } = await mine(seat);
  const via = code === undefined ? "bid_key" : "recovery";
  let s_holder;
  try {
    s_holder =
      code === undefined
        ? await holderSecret(header, seat.bidder.pseudonym.bidPair)
        : await holderSecretByRecovery(header, await parseCode(code));
  } catch (error) {
    const cause = causeOf(error);
    if (cause) await call(seat, "POST", "failures", { code: cause, via });
    throw error;
  }
  return call(seat, "POST", "unlock", { envelope_id, commitment, s_holder, via });
}

/**
 * Keeps a file for an objection; nobody sees it before the objection is said.
 * @param {Seat} seat @param {string} name @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<import("./attachments.js").Kept>}
 */
export async function attach({ wire, bidder }, name, bytes) {
  const path = `/lots/${bidder.lotId}/hall/attachments`;
  const digest = await sha256(bytes);
  const url = `${wire.baseUrl}${path}?${new URLSearchParams({ name })}`;
  const sent = await withClock(wire, async () => {
    const headers = await signedHeaders(wire, bidder, "POST", path, digest);
    headers["Content-Type"] = "application/octet-stream";
    return settled(wire.fetch(url, withoutCookies({ method: "POST", headers, body: bytes })));
  });
  return sent.json();
}

/**
 * Objects at any time of the session, signed with the pseudonym's key.
 * @param {Seat} seat @param {string} text
 * @param {import("./attachments.js").Kept[]} attachments
 * @returns {Promise<{no: number}>}
 */
export async function objectTo(seat, text, attachments) {
  const { seat: number } = await mine(seat);
  const { bidder } = seat;
  const statement = canonical({
    format: "SBE/1 objection",
    lot: bidder.lotId,
    pseudonym: bidder.pseudonym.id,
    seat: number,
    id: hex(random(16)),
    text,
    attachments,
  });
  const signature = hex(await bidder.pseudonym.sign(utf8(statement)));
  return call(seat, "POST", "objections", { statement, signature });
}

/**
 * Signs the answer to the record with the pseudonym's key.
 * @param {Seat} seat
 * @param {"agreed" | "objected"} answer
 * @param {string} text the objection, empty when agreed
 * @param {import("./attachments.js").Kept[]} [attachments]
 */
export async function answer(seat, answer, text, attachments = []) {
  const { seat: number, record_digest } = await mine(seat);
  const { bidder } = seat;
  const statement = canonical({
    format: "SBE/1 record answer",
    lot: bidder.lotId,
    pseudonym: bidder.pseudonym.id,
    seat: number,
    record: record_digest,
    answer,
    text,
    attachments,
  });
  const signature = hex(await bidder.pseudonym.sign(utf8(statement)));
  return call(seat, "POST", "answer", { statement, signature });
}

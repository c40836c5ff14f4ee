// Handing in a bid: sealed and uploaded part by part, submitted last, receipt awaited and kept.
import { sign } from "../sealing/p256.js";
import { signWithdrawal } from "../sealing/pseudonym.js";
import { sealEnvelope } from "../sealing/seal.js";
import { bidderFetch, bidderResponse } from "./ticket.js";
import { isVouched } from "./vouched.js";
import { Unreachable, pause } from "./wire.js";
import { uploader } from "./upload.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("../sealing/seal.js").Sealed} Sealed */
/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/**
 * @typedef {object} OwnBid
 * @property {string} envelope_id
 * @property {number} sequence
 * @property {string} commitment
 * @property {"live" | "superseded" | "withdrawn" | "returned"} state
 * @property {number | null} index
 * @property {string} admitted_at
 * @property {string} header
 * @property {string} signature
 */
/**
 * @typedef {object} Content
 * @property {import("../sealing/header.js").Policy} policy
 * @property {{name: "technical" | "commercial" | "attachments", source: Blob}[]} documents
 * @property {{price_fen: number, duration_days: number, quality: string, manager: string,
 *   validity_days?: number, manager_certificate?: string}} opening
 * @property {Record<string, unknown>} identity see identityOf
 * @property {CryptoKey} certificate signs the binding
 * @property {Bytes} [recovery] a printed recovery code that may also open this bid
 * @property {boolean} [consent] whether the lot's rescue panel may stand in for the bidder
 */

/**
 * Who bids, as sealed inside the envelope and read only after release 1.
 * @param {{name: string, credit_code: string, account_name?: string | null,
 *   account_number?: string | null}} organisation
 * @param {string[]} chain certificates, hex DER, leaf first
 * @param {import("./vault-lots.js").KnownLot | null} known what secures the bid: an issued guarantee
 *   before a sub-account
 */
export function identityOf(organisation, chain, known) {
  const subAccount = known?.guarantee ? null : known?.subAccount;
  return {
    ...(known?.guarantee ? { guarantee: known.guarantee } : {}),
    organisation: organisation.name,
    credit_code: organisation.credit_code,
    certificate_chain: chain,
    account_name: organisation.account_name ?? "",
    account_number: organisation.account_number ?? "",
    bank: subAccount?.bank_name ?? "",
    sub_account: subAccount?.number ?? "",
    sub_account_token: subAccount?.token ?? "",
  };
}

/**
 * The pseudonym's own bids, oldest first.
 * @param {Wire} wire @param {Bidder} bidder
 * @returns {Promise<OwnBid[]>}
 */
export async function ownBids(wire, bidder) {
  return (await bidderFetch(wire, bidder, "GET", `/lots/${bidder.lotId}/bids`)).bids;
}

/**
 * Seals every part and uploads it as it is sealed; nothing is admitted yet.
 * @param {Wire} wire
 * @param {Bidder} bidder
 * @param {Content} content
 * @param {{sequence: number, previous: string | null}} place after which version it comes
 * @param {import("./upload.js").Watch & {onSealed?: (progress: {part: string, bytes: number,
 *   total: number}) => void}} [watch]
 * @returns {Promise<Sealed>}
 */
export function sealAndUpload(wire, bidder, content, place, watch = {}) {
  return sealEnvelope({
    policy: content.policy,
    pseudonym: bidder.pseudonym,
    sequence: place.sequence,
    previous: place.previous,
    documents: content.documents,
    opening: content.opening,
    identity: content.identity,
    recovery: content.recovery,
    consent: content.consent,
    bind: (message) => sign(content.certificate, message),
    upload: uploader(wire, bidder, watch),
    onProgress: watch.onSealed,
  });
}

/** @param {OwnBid[]} bids @returns {{sequence: number, previous: string | null}} of the next one */
export function nextPlace(bids) {
  const last = bids.at(-1);
  return { sequence: (last?.sequence ?? 0) + 1, previous: last?.commitment ?? null };
}

/**
 * Hands the envelope in; repeats when no answer came, for the same envelope is admitted once.
 * @param {Wire} wire @param {Bidder} bidder
 * @param {{header: string, signature: string, uploads: Record<string, string>}} sealed
 * @param {AbortSignal} [signal]
 * @returns {Promise<{envelope_id: string, sequence: number, commitment: string,
 *   admitted_at: string}>}
 */
export async function submitBid(wire, bidder, { header, signature, uploads }, signal) {
  const path = `/lots/${bidder.lotId}/bids`;
  for (;;) {
    try {
      return await bidderFetch(wire, bidder, "POST", path, { header, signature, uploads });
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      await pause(1000, signal);
    }
  }
}

/** How long a numbered receipt waits for its witnesses before it is taken as it is. */
const PATIENCE = 6000;

/**
 * Waits until the log has numbered the bid's leaf; nothing counts as submitted before. Then a few
 * seconds for witness and time stamp: a receipt without them is fetched again later.
 * @param {Wire} wire @param {Bidder} bidder @param {string} envelopeId @param {AbortSignal} [signal]
 * @param {number} [patience] milliseconds for the witnesses
 * @returns {Promise<import("../sealing/receipts.js").Receipt>}
 */
export async function awaitReceipt(wire, bidder, envelopeId, signal, patience = PATIENCE) {
  const path = `/lots/${bidder.lotId}/bids/${dashed(envelopeId)}/receipt`;
  let numbered = 0;
  for (;;) {
    try {
      const response = await bidderResponse(wire, bidder, "GET", path);
      if (response.status === 200) {
        const receipt = await response.json();
        numbered ||= performance.now();
        if (isVouched(receipt) || performance.now() - numbered >= patience) return receipt;
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
    await pause(500, signal);
  }
}

/**
 * Hands in, waits for the receipt and keeps it in the vault.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {Bidder} bidder
 * @param {Sealed} sealed
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./vault-session.js").KeptReceipt>}
 */
export async function handIn(wire, vault, bidder, sealed, signal) {
  const bid = await submitBid(wire, bidder, sealed, signal);
  return keepReceipt(wire, vault, bidder, bid, { signal });
}

/**
 * Waits for the receipt of an admitted bid and keeps it in the vault.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {Bidder} bidder
 * @param {{envelope_id: string, sequence: number, admitted_at: string}} bid
 * @param {{signal?: AbortSignal, better?: boolean}} [options] `better`: one is kept already, only
 *   one with its witnesses' word is worth another record
 * @returns {Promise<import("./vault-session.js").KeptReceipt>}
 */
export async function keepReceipt(wire, vault, bidder, bid, { signal, better = false } = {}) {
  const { envelope_id, sequence, admitted_at } = bid;
  const receipt = await awaitReceipt(wire, bidder, envelope_id, signal, better ? 0 : PATIENCE);
  const kept = { envelope_id, sequence, admitted_at, receipt };
  if (better && !isVouched(receipt)) return kept;
  await vault.append({ type: "receipt", lot: bidder.lotId, ...kept });
  return kept;
}

/**
 * Takes a bid back; under its token the deposit is ordered back at once.
 * @param {Wire} wire @param {Bidder} bidder @param {string} commitment @param {string} [token]
 * @returns {Promise<{envelope_id: string, withdrawn_at: string, returned_fen: number}>}
 */
export async function withdrawBid(wire, bidder, commitment, token) {
  const lot = bidder.lotId;
  const signature = await signWithdrawal(bidder.pseudonym, { lot, commitment });
  const path = `/lots/${lot}/withdrawals`;
  return bidderFetch(wire, bidder, "POST", path, { commitment, signature, token: token ?? null });
}

/**
 * The bid in one file, as it lies on the server: for the bidder to keep.
 * @param {Wire} wire @param {Bidder} bidder @param {string} envelopeId
 * @returns {Promise<Blob>}
 */
export async function fetchBackup(wire, bidder, envelopeId) {
  const path = `/lots/${bidder.lotId}/bids/${dashed(envelopeId)}/backup`;
  return (await bidderResponse(wire, bidder, "GET", path)).blob();
}

/** @param {string} id hex @returns {string} as a UUID, which paths use */
function dashed(id) {
  const at = [0, 8, 12, 16, 20, 32];
  return at
    .slice(1)
    .map((end, i) => id.slice(at[i], end))
    .join("-");
}

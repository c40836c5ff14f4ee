// Guarantees: asked of an issuer in sealed questions that the platform passes on and cannot read;
// the document lies in the vault, then in the bid. docs/guarantees.md is the format.
import { fromHex, fromUtf8, hex, random, utf8 } from "../sealing/bytes.js";
import { open, seal } from "../sealing/hpke.js";
import { _ } from "../kernel/words.js";
import { bidderFetch } from "./ticket.js";

/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/** @typedef {{name: string, credit_code: string}} Named */
/** @typedef {{code: string, name: string, sealing_key: string}} Issuer */
/**
 * @typedef {object} Asked what was asked of whom, as the vault keeps it
 * @property {string} issuer code
 * @property {string} issuer_name
 * @property {string} secret
 */
/** @typedef {Record<string, any>} Document */
/**
 * @typedef {object} Standing
 * @property {string} application
 * @property {number} fee_fen
 * @property {string} word applied, paid, issued, released, claimed, paid_out, annulled
 * @property {Document | null} document
 */

const ASK = utf8("sunbid guarantee ask");
const ANSWER = utf8("sunbid guarantee answer");
const ASK_BYTES = 4096;
const ENC_BYTES = 65;

/**
 * Applies for a guarantee, once for the lot: the secret is kept before it is used, so that nothing
 * is lost when the page closes; when a colleague was quicker, his application counts.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {Bidder} bidder
 * @param {any} terms see GET /lots/<lot>/bid/terms
 * @param {Issuer} issuer
 * @param {Named} principal
 * @returns {Promise<Standing>}
 */
export async function applyForGuarantee(wire, vault, bidder, terms, issuer, principal) {
  const fresh = { issuer: issuer.code, issuer_name: issuer.name, secret: hex(random(32)) };
  if (!vault.lot(bidder.lotId)?.guaranteeAsked) {
    await vault.append({ type: "guarantee_asked", lot: bidder.lotId, ...fresh });
  }
  const asked = vault.lot(bidder.lotId)?.guaranteeAsked ?? fresh;
  const chosen = issuerOf(terms, asked);
  return ask(wire, bidder, chosen, { ask: "apply", ...terms.guarantee, principal }, asked.secret);
}

/**
 * How far the application is; what was issued is kept in the vault.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {Bidder} bidder
 * @param {any} terms
 * @returns {Promise<Standing | null>} null: nothing was asked
 */
export async function guaranteeStanding(wire, vault, bidder, terms) {
  const known = vault.lot(bidder.lotId);
  if (!known?.guaranteeAsked) return null;
  const issuer = issuerOf(terms, known.guaranteeAsked);
  const told = await ask(wire, bidder, issuer, { ask: "state" }, known.guaranteeAsked.secret);
  if (told.document && !known.guarantee) {
    await vault.append({ type: "guarantee", lot: bidder.lotId, document: told.document });
  }
  return told;
}

/**
 * Another security from now on; a bid that is handed in keeps what it carries.
 * @param {import("./vault-session.js").VaultSession} vault @param {string} lotId
 */
export function dropGuarantee(vault, lotId) {
  return vault.append({ type: "guarantee_dropped", lot: lotId });
}

/** @param {any} terms @param {Asked} asked @returns {Issuer} */
function issuerOf(terms, asked) {
  const found = terms.issuers.find((/** @type {Issuer} */ each) => each.code === asked.issuer);
  if (!found) throw new Error(_("%(name)s已不在名录上。", { name: asked.issuer_name }));
  return found;
}

/**
 * @param {Wire} wire @param {Bidder} bidder @param {Issuer} issuer
 * @param {object} question @param {string} secret
 * @returns {Promise<Standing>}
 */
async function ask(wire, bidder, issuer, question, secret) {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, false, ["deriveBits"]);
  const replyKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const plain = utf8(JSON.stringify({ ...question, secret, reply_key: hex(replyKey) }));
  if (plain.length > ASK_BYTES) throw new Error(_("保函申请过长。"));
  const padded = new Uint8Array(ASK_BYTES).fill(0x20);
  padded.set(plain);
  const { enc, ciphertext } = await seal(fromHex(issuer.sealing_key, ENC_BYTES), padded, ASK);
  const path = `/lots/${bidder.lotId}/guarantees`;
  const body = { issuer: issuer.code, sealed: hex(enc) + hex(ciphertext) };
  const { sealed } = await bidderFetch(wire, bidder, "POST", path, body);
  const raw = fromHex(sealed);
  const answer = await open(pair, raw.slice(0, ENC_BYTES), raw.slice(ENC_BYTES), ANSWER);
  const told = JSON.parse(fromUtf8(answer));
  if (told.declined) throw new Error(told.declined);
  return told;
}

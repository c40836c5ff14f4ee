// Acting for a lot under a pseudonym: seed first into the vault, then the ticket, then signed calls.
import { hex, sha256, utf8 } from "../sealing/bytes.js";
import { newSeed } from "../sealing/pseudonym.js";
import { Refusal, byAccount, settled, withoutCookies } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Wire} Wire */
/**
 * @typedef {object} Bidder
 * @property {string} lotId
 * @property {import("../sealing/pseudonym.js").Pseudonym} pseudonym
 * @property {string} ticket
 */

const CLOCK = "BID-1304";

/**
 * Becomes this organisation's pseudonym for a lot. A new seed is acknowledged by the vault before
 * any ticket is asked for, so that no upload can ever belong to a lost key.
 * @param {Wire} wire
 * @param {import("./vault-session.js").VaultSession} vault
 * @param {{lot_id: string, name: string, number: string, deadline: string}} lot
 * @returns {Promise<Bidder>}
 */
export async function enterLot(wire, vault, lot) {
  if (!vault.lot(lot.lot_id)) {
    // A colleague may do the same at this moment: after this, both read the same seed.
    await vault.append({
      type: "lot",
      lot: lot.lot_id,
      seed: hex(newSeed()),
      name: lot.name,
      number: lot.number,
      deadline: lot.deadline,
    });
  }
  const pseudonym = await vault.pseudonym(lot.lot_id);
  if (!pseudonym) throw new Error("the vault did not keep the seed");
  return bidderOf(wire, lot.lot_id, pseudonym);
}

/**
 * A pseudonym with a fresh ticket.
 * @param {Wire} wire @param {string} lotId
 * @param {import("../sealing/pseudonym.js").Pseudonym} pseudonym
 * @returns {Promise<Bidder>}
 */
export async function bidderOf(wire, lotId, pseudonym) {
  const asked = { public_key: hex(pseudonym.publicKey) };
  const { ticket } = await byAccount(wire, `/lots/${lotId}/tickets`, asked);
  return { lotId, pseudonym, ticket };
}

/**
 * Ticket and signature of a request.
 * @param {Wire} wire @param {Bidder} bidder
 * @param {string} method @param {string} path without query string
 * @param {Bytes} digest SHA-256 of the body
 * @returns {Promise<Record<string, string>>}
 */
export async function signedHeaders(wire, bidder, method, path, digest) {
  const at = wire.seconds();
  const message = utf8(`${method}\n${path}\n${hex(digest)}\n${at}`);
  return {
    Accept: "application/json",
    Authorization: `Ticket ${bidder.ticket}`,
    "X-Signature": `${at}.${hex(await bidder.pseudonym.sign(message))}`,
  };
}

/**
 * JSON under ticket, without cookies; a wrong clock is set once and the call repeated.
 * @param {Wire} wire @param {Bidder} bidder
 * @param {string} method @param {string} path @param {unknown} [json]
 * @returns {Promise<any>}
 */
export async function bidderFetch(wire, bidder, method, path, json) {
  return (await bidderResponse(wire, bidder, method, path, json)).json();
}

/**
 * @param {Wire} wire @param {Bidder} bidder
 * @param {string} method @param {string} path @param {unknown} [json]
 * @param {AbortSignal} [signal] ends a long answer
 * @returns {Promise<Response>}
 */
export async function bidderResponse(wire, bidder, method, path, json, signal) {
  const body = json === undefined ? undefined : utf8(JSON.stringify(json));
  const digest = await sha256(body ?? "");
  const send = async () => {
    const headers = await signedHeaders(wire, bidder, method, path, digest);
    if (body) headers["Content-Type"] = "application/json";
    const init = withoutCookies({ method, headers, body, signal });
    return settled(wire.fetch(`${wire.baseUrl}${path}`, init));
  };
  return withClock(wire, send);
}

/**
 * @template T
 * @param {Wire} wire @param {() => Promise<T>} send
 * @returns {Promise<T>}
 */
export async function withClock(wire, send) {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== CLOCK) throw error;
    await wire.setClock();
    return send();
  }
}

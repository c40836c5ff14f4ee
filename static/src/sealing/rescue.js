// The rescue panel: a bidder's request, a member's release. Page and headless member share this.
import { concat, equal, fromHex, hex } from "./bytes.js";
import { SealingError } from "./errors.js";
import { commitmentOf, hpkeInfo, matches, readHeader } from "./header.js";
import * as hpke from "./hpke.js";
import { canonical } from "./jcs.js";
import { sign, verify } from "./p256.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./p256.js").Keys} Keys */
/**
 * @typedef {object} Request
 * @property {string} cause code of what failed before
 * @property {string[]} certificate_chain DER in hexadecimal, leaf first
 * @property {string} commitment
 * @property {"SBE/1 rescue request"} format
 * @property {string} key the leaf's
 * @property {string} lot
 * @property {string} signature
 */

/**
 * A request for one's own bid, signed by the organisation's certificate.
 * @param {{lot: string, commitment: string, cause: string, chain: string[]}} told
 * @param {Keys} keys of the certificate
 * @returns {Promise<Request>}
 */
export async function signRequest({ lot, commitment, cause, chain }, keys) {
  const body = {
    cause,
    certificate_chain: chain,
    commitment,
    format: /** @type {const} */ ("SBE/1 rescue request"),
    key: hex(keys.publicKey),
    lot,
  };
  const signature = await sign(keys.signing, concat("SBE/1 rescue request", canonical(body)));
  return { ...body, signature: hex(signature) };
}

/**
 * One member's share of one bid, signed, for a request that this client has checked itself.
 * @param {{lot: string, member: number, keys: Keys, request: Request,
 *   envelope: {header: string, signature: string}}} order
 * @returns {Promise<Record<string, unknown>>} throws ENV-3104 (no consent), ENV-6101 (not this
 *   member's key), ENV-6102 (not signed by the key it names), ENV-6103 (request, envelope and lot
 *   disagree), ENV-3105 (the wrap is not what the header says: the bidder's fault)
 */
export async function release({ lot, member, keys, request, envelope }) {
  const header = await readHeader(envelope.header, envelope.signature);
  const commitment = await commitmentOf(envelope.header, envelope.signature);
  const places = [header.context.lot, request.lot];
  if (request.commitment !== commitment || places.some((place) => place !== lot)) {
    throw new SealingError("ENV-6103", { commitment });
  }
  await checkRequest(request);
  const share = await openShare(header, member, keys);
  const body = { commitment, format: "SBE/1 rescue release", lot, member, share: hex(share) };
  const signature = await sign(keys.signing, concat("SBE/1 rescue release", canonical(body)));
  return { ...body, signature: hex(signature) };
}

/** @param {Request} request */
async function checkRequest(request) {
  const { signature, ...body } = request;
  const message = concat("SBE/1 rescue request", canonical(body));
  const own =
    body.format === "SBE/1 rescue request" &&
    (await verify(fromHex(body.key, 65), message, fromHex(signature, 64)));
  if (!own) throw new SealingError("ENV-6102");
}

/**
 * @param {import("./header.js").Header} header @param {number} member @param {Keys} keys
 * @returns {Promise<Bytes>} 32 bytes, checked against the header
 */
async function openShare(header, member, keys) {
  const lock = header.locks.holder.rescue;
  if (!lock) throw new SealingError("ENV-3104");
  const seat = header.policy.rescue?.panel.find(({ index }) => index === member);
  if (!seat || !equal(fromHex(seat.key, 65), keys.publicKey)) {
    throw new SealingError("ENV-6101", { member });
  }
  const share = await unwrapped(
    lock.wraps.find(({ index }) => index === member),
    header,
    keys,
  );
  if (!share) throw new SealingError("ENV-3105", { member });
  return share;
}

/**
 * @param {import("./header.js").RescueWrap | undefined} wrap
 * @param {import("./header.js").Header} header @param {Keys} keys
 * @returns {Promise<Bytes | null>} null when the wrap does not hold what the header says
 */
async function unwrapped(wrap, header, keys) {
  if (!wrap) return null;
  const info = hpkeInfo(`rescue ${wrap.index}`, header.context);
  const enc = fromHex(wrap.enc, 65);
  try {
    const share = await hpke.open(keys.pair, enc, fromHex(wrap.ciphertext, 48), info);
    return (await matches(share, wrap.share)) ? share : null;
  } catch (error) {
    if (error instanceof SealingError && error.code === "ENV-3101") return null;
    throw error;
  }
}

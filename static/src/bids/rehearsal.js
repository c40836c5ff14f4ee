// A rehearsal: a test envelope is sealed, uploaded, judged by the platform, fetched back, opened by
// all its locks and erased. No DOM: the page runs it with Workers, tests run it in Node.
// The lot of rehearsals does not exist; nothing the platform sees tells which lot is meant.
import { concat, equal, fromHex, hex, random, sha256 } from "../sealing/bytes.js";
import { SealingError } from "../sealing/errors.js";
import { bindingMessage, readHeader } from "../sealing/header.js";
import { generate, verify } from "../sealing/p256.js";
import { fromSeed, newSeed } from "../sealing/pseudonym.js";
import { combine } from "../sealing/shamir.js";
import { openWrap } from "../sealing/trustee.js";
import { holderSecret, openJson, openPart } from "../sealing/unseal.js";
import { bidderFetch, signedHeaders, withClock } from "./ticket.js";
import { byAccount, settled, withoutCookies } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("../sealing/p256.js").Keys} Keys */
/** @typedef {import("../sealing/seal.js").Sealed} Sealed */
/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/** @typedef {import("./submit.js").Content} Content */
/**
 * @typedef {object} Test
 * @property {Content} content
 * @property {Keys[]} trustees private keys of the test committee, made for this one time
 * @property {Record<string, string>} digests SHA-256 of each document, hex
 */
/** @typedef {{header: string, bidPair: CryptoKeyPair, trustees: Keys[], parts: Record<string, Blob>,
 *   digests: Record<string, string>, certificateKey: Bytes}} Opening */

export const NO_LOT = "00000000-0000-0000-0000-000000000000";
/** The same for everybody: enough to measure a line by, little enough for a slow one. */
const DOCUMENTS = /** @type {const} */ ([
  ["technical", 6 << 20],
  ["commercial", 700 << 10],
]);
const TRUSTEES = 5;
const THRESHOLD = 3;
const CHUNK = (1 << 20) + 16;

/**
 * A pseudonym that enters no vault, with a ticket for no lot.
 * @param {Wire} wire
 * @returns {Promise<Bidder>}
 */
export async function enterRehearsal(wire) {
  const seed = newSeed();
  const pseudonym = await fromSeed(seed);
  seed.fill(0);
  const asked = { public_key: hex(pseudonym.publicKey) };
  const { ticket } = await byAccount(wire, "/rehearsal/tickets", asked);
  return { lotId: NO_LOT, pseudonym, ticket };
}

/**
 * What is sealed: noise of fixed sizes, under a policy whose trustees are ourselves.
 * @param {string[]} chain certificates, hex DER, leaf first @param {CryptoKey} certificate
 * @returns {Promise<Test>}
 */
export async function testContent(chain, certificate) {
  const made = await Promise.all(Array.from({ length: TRUSTEES }, () => generate()));
  for (const { pkcs8 } of made) pkcs8.fill(0);
  const trustees = made.map(({ keys }) => keys);
  const documents = DOCUMENTS.map(([name, size]) => ({ name, source: noise(size) }));
  const digests = documents.map(async ({ name, source }) => [name, await digest(source)]);
  const content = {
    policy: {
      deadline: "2000-01-01T00:00:00Z",
      documents: "00".repeat(32),
      floor: 1,
      holder_lock: /** @type {const} */ ("bidder"),
      lot: NO_LOT,
      rescue: null,
      tender: NO_LOT,
      threshold: THRESHOLD,
      trustees: trustees.map(({ publicKey }, i) => ({ index: i + 1, key: hex(publicKey) })),
      version: 1,
    },
    documents,
    opening: { price_fen: 1, duration_days: 1, quality: "rehearsal", manager: "rehearsal" },
    identity: { organisation: "rehearsal", certificate_chain: chain },
    certificate,
  };
  return { content, trustees, digests: Object.fromEntries(await Promise.all(digests)) };
}

/** @param {number} size @returns {Blob} random bytes; made in steps, as the browser asks for */
function noise(size) {
  const step = 1 << 16;
  const pieces = [];
  for (let made = 0; made < size; made += step) pieces.push(random(Math.min(step, size - made)));
  return new Blob(pieces);
}

/** @param {Blob} source */
async function digest(source) {
  return hex(await sha256(new Uint8Array(await source.arrayBuffer())));
}

/**
 * The platform judges the envelope as it would judge a bid, and forgets it.
 * @param {Wire} wire @param {Bidder} bidder @param {Sealed} sealed
 * @returns {Promise<string>} the commitment that it computed itself; throws Refusal
 */
export async function judged(wire, bidder, { header, signature, uploads, commitment }) {
  const body = { header, signature, uploads };
  const told = await bidderFetch(wire, bidder, "POST", "/rehearsal/envelope", body);
  if (told.commitment !== commitment) throw new Error("another commitment");
  return commitment;
}

/**
 * The uploaded bytes as the platform holds them.
 * @param {Wire} wire @param {Bidder} bidder @param {Sealed} sealed @param {AbortSignal} [signal]
 * @returns {Promise<Record<string, Blob>>} by part
 */
export async function fetchBack(wire, bidder, { uploads }, signal) {
  /** @type {Record<string, Blob>} */
  const parts = {};
  for (const [part, id] of Object.entries(uploads)) {
    const response = await asked(wire, bidder, "GET", `/upload/${id}/bytes`, signal);
    parts[part] = await response.blob();
  }
  return parts;
}

/**
 * Erases what was uploaded; what is gone already is fine.
 * @param {Wire} wire @param {Bidder} bidder @param {Record<string, string>} uploads
 */
export async function erase(wire, bidder, uploads) {
  for (const id of Object.values(uploads)) {
    await asked(wire, bidder, "DELETE", `/upload/${id}`).catch((error) => {
      if (error.code !== "BID-1202") throw error;
    });
  }
}

/**
 * @param {Wire} wire @param {Bidder} bidder @param {string} method @param {string} path
 * @param {AbortSignal} [signal]
 */
function asked(wire, bidder, method, path, signal) {
  return withClock(wire, async () => {
    const headers = await signedHeaders(wire, bidder, method, path, await sha256(""));
    const init = withoutCookies({ method, headers, signal: signal ?? null });
    return settled(wire.fetch(`${wire.uploadUrl}${path}`, init));
  });
}

/**
 * Opens all three locks and every part, as trustees and bidder would, and compares.
 * @param {Opening} opening
 * @returns {Promise<{parts: number, bytes: number}>} throws as reader and trustee do, ENV-3006 when
 *   the certificate's signature inside does not hold, ENV-2009 when a content is another
 */
export async function openTest({ header, bidPair, trustees, parts, digests, certificateKey }) {
  const read = await readHeader(header);
  /** @type {Map<number, Bytes>} */
  const list = new Map();
  /** @type {Map<number, Bytes>} */
  const open = new Map();
  // Any three will do; the last three are as good as the first.
  for (let index = TRUSTEES; index > TRUSTEES - THRESHOLD; index--) {
    const shares = await openWrap(read, index, /** @type {Keys} */ (trustees[index - 1]));
    list.set(index, shares.list);
    open.set(index, shares.open);
  }
  const secrets = {
    list: hex(combine(list)),
    open: hex(combine(open)),
    holder: await holderSecret(header, bidPair),
  };
  const identity = await openJson(header, "identity", secrets, chunks(parts.identity));
  const message = bindingMessage(read);
  const bound = fromHex(identity.binding_signature, 64);
  if (!(await verify(certificateKey, message, bound))) throw new SealingError("ENV-3006");
  await openJson(header, "opening", secrets, chunks(parts.opening));
  let bytes = 0;
  for (const [name, expected] of Object.entries(digests)) {
    const part = /** @type {import("../sealing/header.js").PartName} */ (name);
    const pieces = [];
    for await (const piece of openPart(header, part, secrets, chunks(parts[name]))) {
      pieces.push(piece);
    }
    const whole = concat(...pieces);
    if (!equal(await sha256(whole), fromHex(expected, 32))) throw new SealingError("ENV-2009");
    bytes += whole.length;
  }
  return { parts: read.parts.length, bytes };
}

/** @param {Blob | undefined} sealed @returns {AsyncGenerator<Bytes, void, void>} */
async function* chunks(sealed) {
  const whole = sealed ?? new Blob();
  for (let at = 0; at < whole.size; at += CHUNK) {
    yield new Uint8Array(await whole.slice(at, at + CHUNK).arrayBuffer());
  }
}

// Uploads one sealed part by tus: eight chunks a request, each with its checksum, resumed where the
// server says it stands. Whatever breaks the connection costs at most the piece under way.
import { sha256 } from "../sealing/bytes.js";
import { CHUNK, TAG } from "../sealing/header.js";
import { Frontier, leafHasher } from "../sealing/merkle.js";
import { signedHeaders, withClock } from "./ticket.js";
import { Refusal, Unreachable, pause, settled, withoutCookies } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("./ticket.js").Bidder} Bidder */
/**
 * @typedef {object} Watch
 * @property {(change: {part: string, bytes: number, size: number, resumed: boolean}) => void}
 *   [onUploaded] a piece is safely on the server's disk; `bytes` of the part so far
 * @property {(state: {part: string, attempt: number}) => void} [onLost] nothing answers; attempt
 *   counts from 1, 0 when it answers again
 * @property {AbortSignal} [signal]
 * @property {() => Promise<void>} [gate] waited for before each piece: a pause button
 */
/** @typedef {{part: string, size: number, chunks: AsyncIterable<Uint8Array>}} PartStream */

const PIECE_CHUNKS = 8;
const TIMEOUT = 180_000;
const LONGEST_PAUSE = 10_000;
/** Refusals that mean "ask where it stands and go on": bad checksum, offset, busy, full disk. */
const AGAIN = new Set(["BID-1201", "BID-1203", "BID-1205", "BID-1208", "BID-1209"]);

/**
 * At most three parts at a time; give `.upload` to sealEnvelope.
 * @param {Wire} wire @param {Bidder} bidder @param {Watch} [watch]
 */
export function uploader(wire, bidder, watch = {}) {
  const turn = turns(3);
  /** @type {import("../sealing/seal.js").Upload} */
  const upload = async ({ name, size, chunks }) => {
    const done = await turn();
    try {
      return { upload_id: await uploadPart(wire, bidder, { part: name, size, chunks }, watch) };
    } finally {
      done();
    }
  };
  return upload;
}

/**
 * @param {Wire} wire @param {Bidder} bidder @param {PartStream} stream @param {Watch} [watch]
 * @returns {Promise<string>} the upload's id; throws Refusal for good, never for a lost connection
 */
export async function uploadPart(wire, bidder, { part, size, chunks }, watch = {}) {
  const one = new OneUpload(wire, bidder, part, size, watch);
  await one.open();
  /** @type {Promise<void>} */
  let sending = Promise.resolve();
  for await (const piece of pieces(chunks)) {
    await sending;
    await watch.gate?.();
    // The next eight chunks are sealed while these are on their way.
    sending = one.deliver(piece);
    sending.catch(() => {});
  }
  await sending;
  return one.id;
}

class OneUpload {
  /**
   * @param {Wire} wire @param {Bidder} bidder @param {string} part @param {number} size
   * @param {Watch} watch
   */
  constructor(wire, bidder, part, size, watch) {
    this.wire = wire;
    this.bidder = bidder;
    this.part = part;
    this.size = size;
    this.watch = watch;
    this.path = "";
    this.offset = 0;
  }

  get id() {
    return this.path.slice(this.path.lastIndexOf("/") + 1);
  }

  async open() {
    const named = btoa(this.part);
    const headers = { "Upload-Length": String(this.size), "Upload-Metadata": `part ${named}` };
    const response = await this.patiently(() => this.request("POST", "/upload/", headers));
    this.path = response.headers.get("Location") ?? "";
  }

  /**
   * Sends one piece until the server has it.
   * @param {Bytes} piece
   */
  async deliver(piece) {
    const end = this.offset + piece.length;
    const root = await rootOf(piece);
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(this.offset),
      "Upload-Checksum": `sbe1-root ${btoa(String.fromCharCode(...root))}`,
    };
    let resumed = false;
    await this.patiently(
      () => this.request("PATCH", this.path, headers, piece, root),
      async () => {
        resumed = true;
        const held = await this.ask();
        if (held !== this.offset && held !== end) throw new Refusal({ code: "BID-1203" }, 409);
        return held === end;
      },
    );
    this.offset = end;
    this.watch.onUploaded?.({ part: this.part, bytes: end, size: this.size, resumed });
  }

  async ask() {
    const response = await this.request("HEAD", this.path);
    return Number(response.headers.get("Upload-Offset"));
  }

  /**
   * Repeats a request until it is answered; between two tries `done` may find it was answered.
   * @param {() => Promise<Response>} request
   * @param {() => Promise<boolean>} [done]
   * @returns {Promise<Response>}
   */
  async patiently(request, done = async () => false) {
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt > 1 && (await done())) return new Response();
        const response = await request();
        if (attempt > 1) this.watch.onLost?.({ part: this.part, attempt: 0 });
        return response;
      } catch (error) {
        if (this.watch.signal?.aborted || !passes(error)) throw error;
        this.watch.onLost?.({ part: this.part, attempt });
        await pause(backOff(attempt), this.watch.signal);
      }
    }
  }

  /**
   * @param {string} method @param {string} path @param {Record<string, string>} [headers]
   * @param {Bytes} [body] @param {Bytes} [digest]
   */
  request(method, path, headers = {}, body, digest) {
    return withClock(this.wire, async () => {
      const sum = digest ?? (await sha256(""));
      const signed = await signedHeaders(this.wire, this.bidder, method, path, sum);
      const limits = [AbortSignal.timeout(TIMEOUT)];
      if (this.watch.signal) limits.push(this.watch.signal);
      const init = withoutCookies({
        method,
        headers: { "Tus-Resumable": "1.0.0", ...headers, ...signed },
        body,
        signal: AbortSignal.any(limits),
      });
      return settled(this.wire.fetch(`${this.wire.uploadUrl}${path}`, init));
    });
  }
}

/**
 * What a piece is checked and signed by: the Merkle root of its sealed chunks, so that the server
 * hashes each byte once for the checksum and for the envelope's tree.
 * @param {Uint8Array} piece
 */
export async function rootOf(piece) {
  const leafHash = leafHasher(CHUNK + TAG);
  const tree = new Frontier();
  for (let at = 0; at < piece.length; at += CHUNK + TAG) {
    await tree.add(await leafHash(piece.subarray(at, at + CHUNK + TAG)));
  }
  return tree.root();
}

/** @param {unknown} error whether time may heal it */
function passes(error) {
  if (error instanceof Refusal) return AGAIN.has(error.code) || error.status >= 500;
  return error instanceof Unreachable || (error instanceof Error && error.name === "TimeoutError");
}

/** @param {number} attempt milliseconds, with jitter so that a crowd does not return at once */
function backOff(attempt) {
  const longest = Math.min(LONGEST_PAUSE, 250 * 2 ** attempt);
  return longest / 2 + (Math.random() * longest) / 2;
}

/** @param {AsyncIterable<Uint8Array>} chunks @returns {AsyncGenerator<Bytes, void, void>} */
async function* pieces(chunks) {
  /** @type {Uint8Array[]} */
  let held = [];
  for await (const chunk of chunks) {
    held.push(chunk);
    if (held.length === PIECE_CHUNKS) {
      yield joined(held);
      held = [];
    }
  }
  if (held.length > 0) yield joined(held);
}

/** @param {Uint8Array[]} chunks @returns {Bytes} */
function joined(chunks) {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** @param {number} most @returns {() => Promise<() => void>} takes a turn; call the answer to end it */
function turns(most) {
  let free = most;
  /** @type {(() => void)[]} */
  const waiting = [];
  const end = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return async () => {
    if (free > 0) free--;
    else await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    return end;
  };
}

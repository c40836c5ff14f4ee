// Records what is shown in parts, chains them, and uploads them in order until each is taken.
import { Offline, Refused, postJson, send } from "../kernel/http.js";
import { fromHex, hex } from "../sealing/bytes.js";
import { linkOf } from "./chain.js";

/** @typedef {import("./chain.js").Piece} Piece */
/** @typedef {{peer: string, sdp: string}} Offer */
/** @typedef {{parts: number, waiting: number, late: boolean, reason: string}} Progress */

export const MIME = "video/webm;codecs=vp8,opus";
const PART_MS = 2000;
const MOST_WAITING = 64 << 20; // bytes kept while the line is down
const MOST_RETRY_MS = 8000;
/** The chain cannot go on, whatever is sent. */
const OVER = ["MED-1001", "MED-1101", "MED-1202", "MED-1203", "MED-1205", "MED-1207", "MED-1208"];

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Recorder {
  /**
   * @param {MediaStream} stream
   * @param {{recording: string, root: string, bits: number}} begun
   * @param {object} by
   * @param {(offers: Offer[]) => void} by.offers viewers who ask for a direct line
   * @param {(progress: Progress) => void} by.progress
   * @param {(code: string) => void} by.over the house takes no more of this recording
   */
  constructor(stream, { recording, root, bits }, { offers, progress, over }) {
    this.url = `/pictures/${recording}`;
    this.tip = fromHex(root, 32);
    this.no = 0;
    this.by = { offers, progress, over };
    /** @type {{from: number, until: number, blob: Blob}[]} */
    this.queue = [];
    this.waiting = 0;
    this.reason = "";
    this.isOver = false;
    this.pumping = /** @type {Promise<void> | null} */ (null);
    const options = {
      mimeType: MIME,
      videoBitsPerSecond: bits,
      videoKeyFrameIntervalDuration: PART_MS,
    };
    this.media = new MediaRecorder(stream, options);
    this.media.ondataavailable = ({ data }) => this.#add(data);
    this.began = performance.now();
    this.until = 0;
    this.media.start(PART_MS);
  }

  /** Stops recording, uploads what is left, and ends the chain. */
  async finish() {
    if (this.media.state !== "inactive") {
      const stopped = new Promise((done) => this.media.addEventListener("stop", done));
      this.media.stop();
      await stopped;
    }
    while (this.queue.length > 0 && !this.isOver) await (this.pumping ?? this.#pump());
    if (!this.isOver) await postJson(`${this.url}/end`);
    this.isOver = true;
  }

  /** Lets go without another word: the house has ended the chain. */
  drop() {
    this.isOver = true;
    if (this.media.state !== "inactive") this.media.stop();
  }

  /** @param {Blob} blob */
  #add(blob) {
    if (this.isOver || blob.size === 0) return;
    const until = Math.max(this.until + 1, Math.round(performance.now() - this.began));
    // A machine that slept leaves a gap, which is then seen as one.
    const slept = until - this.until > 5 * PART_MS;
    this.queue.push({ from: slept ? until - PART_MS : this.until, until, blob });
    this.until = until;
    this.waiting += blob.size;
    if (this.waiting > MOST_WAITING) return this.#stop("backlog");
    this.pumping ??= this.#pump().finally(() => {
      this.pumping = null;
    });
  }

  async #pump() {
    let wait = 500;
    while (this.queue.length > 0 && !this.isOver) {
      const { from, until, blob } = this.queue[0];
      const content = new Uint8Array(await blob.arrayBuffer());
      try {
        await this.#upload({ no: this.no, from, until, content });
        wait = 500;
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Offline)) throw error;
        const code = error instanceof Refused ? error.code : "";
        if (OVER.includes(code)) return this.#stop(code);
        this.reason = error instanceof Refused ? error.what : error.message;
        this.#tell();
        await pause(wait * (1 + Math.random() / 2));
        wait = Math.min(wait * 2, MOST_RETRY_MS);
      }
    }
  }

  /** @param {Piece} piece */
  async #upload(piece) {
    const link = await linkOf(this.tip, piece);
    const headers = {
      "Content-Type": "video/webm",
      "X-Part-From": String(piece.from),
      "X-Part-Until": String(piece.until),
      "X-Part-Link": hex(link),
    };
    const answer = await send("POST", `${this.url}/parts/${piece.no}`, {
      bytes: piece.content,
      headers,
    });
    const { next, offers } = await answer.json();
    this.tip = link;
    this.no = next;
    this.waiting -= this.queue.shift()?.blob.size ?? 0;
    this.reason = "";
    this.#tell();
    this.by.offers(offers);
  }

  /** @param {string} code */
  #stop(code) {
    if (this.isOver) return;
    this.drop();
    this.by.over(code);
  }

  #tell() {
    const late = this.reason !== "";
    this.by.progress({ parts: this.no, waiting: this.queue.length, late, reason: this.reason });
  }
}

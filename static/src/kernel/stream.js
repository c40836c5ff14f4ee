// The order of a numbered stream: each event once, by number, whatever order frames arrive in.

/** @typedef {{seq: number, kind: string, payload: any, at: string}} LiveEvent */

/** Most events one answer holds; a full answer means there are more. */
export const ANSWER_LIMIT = 1000;

export class Ordered {
  /**
   * @param {number} after the last number already known
   * @param {object} by
   * @param {(event: LiveEvent) => void} by.deliver called strictly in order, each number once
   * @param {(after: number) => Promise<LiveEvent[]>} by.fetchAfter asks for what is missing
   * @param {(from: number, to: number) => void} [by.onGap] numbers are missing and being fetched
   */
  constructor(after, { deliver, fetchAfter, onGap }) {
    this.last = after;
    this.deliver = deliver;
    this.fetchAfter = fetchAfter;
    this.onGap = onGap;
    /** @type {Map<number, LiveEvent>} */
    this.waiting = new Map();
    /** @type {Promise<void> | null} */
    this.filling = null;
  }

  /** @param {LiveEvent[]} events */
  take(events) {
    for (const event of events) {
      if (event.seq > this.last) this.waiting.set(event.seq, event);
    }
    this.#drain();
    if (this.waiting.size > 0 && !this.filling) {
      this.onGap?.(this.last + 1, Math.min(...this.waiting.keys()) - 1);
      // A failure is no matter here: the next frame, poll or reconnect asks again.
      void this.fill().catch(() => {});
    }
  }

  /**
   * Fetches until nothing is missing; rejects when the server cannot be reached.
   * @returns {Promise<void>}
   */
  fill() {
    this.filling ??= this.#fill().finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  async #fill() {
    for (;;) {
      const events = await this.fetchAfter(this.last);
      for (const event of events) {
        if (event.seq > this.last) this.waiting.set(event.seq, event);
      }
      const before = this.last;
      this.#drain();
      if (events.length < ANSWER_LIMIT || this.last === before) return;
    }
  }

  #drain() {
    for (;;) {
      const event = this.waiting.get(this.last + 1);
      if (!event) break;
      this.waiting.delete(event.seq);
      this.last = event.seq;
      this.deliver(event);
    }
    for (const seq of this.waiting.keys()) if (seq <= this.last) this.waiting.delete(seq);
  }
}

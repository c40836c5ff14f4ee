// Rate and time left of a transfer, from what was done in the last seconds.

const WINDOW = 8_000;

export class Pace {
  /** @param {() => number} [now] milliseconds, monotonic */
  constructor(now = () => performance.now()) {
    this.now = now;
    /** @type {{at: number, bytes: number}[]} */
    this.seen = [];
  }

  /**
   * @param {number} bytes done so far
   * @param {number} total
   * @returns {{bytes: number, total: number, rate: number, left: number | null}} rate in bytes a
   *   second; seconds left, null while nothing moves
   */
  at(bytes, total) {
    const at = this.now();
    this.seen.push({ at, bytes });
    while (this.seen.length > 2 && this.seen[0].at < at - WINDOW) this.seen.shift();
    const first = this.seen[0];
    const rate = at > first.at ? ((bytes - first.bytes) * 1000) / (at - first.at) : 0;
    return { bytes, total, rate, left: rate > 0 ? (total - bytes) / rate : null };
  }
}

// Long work in bytes: how much is done, how fast, how long still, which parts were resumed.
import { el, find, qs, replace } from "./dom.js";
import { duration, size } from "./format.js";
import { _ } from "./words.js";

const WINDOW_MS = 5000;

/** A rate over the last five seconds; pure, so that tests can drive it. */
export class Meter {
  /** @param {() => number} [now] monotonic milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
    /** @type {{at: number, done: number}[]} */
    this.marks = [];
  }

  /** @param {number} done bytes done so far */
  mark(done) {
    const at = this.now();
    this.marks.push({ at, done });
    while (
      this.marks.length > 2 &&
      at - /** @type {{at: number}} */ (this.marks[0]).at > WINDOW_MS
    ) {
      this.marks.shift();
    }
  }

  /** Bytes per second; 0 until two marks are known. */
  rate() {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }

  /**
   * Seconds still needed, null when nothing moves.
   * @param {number} total
   */
  left(total) {
    const rate = this.rate();
    const last = this.marks.at(-1);
    return rate > 0 && last ? (total - last.done) / rate : null;
  }
}

/** @typedef {"" | "d" | "r" | "p"} Part to come, done, resumed, under way */

/**
 * A job of the page (macro `job`).
 * @param {string} id
 */
export function job(id) {
  const box = qs(`#${CSS.escape(id)}`);
  const figures = qs("dl.fig", box);
  const bar = qs("svg.bar", box);
  const parts = find(".parts", box);

  return {
    /**
     * @param {{done: number, total: number, rate?: number, left?: number | null, parts?: Part[],
     *   more?: [string, string][]}} state bytes, bytes per second, seconds; `more`: further figures
     */
    show({ done, total, rate = 0, left = null, parts: states = [], more = [] }) {
      const percent = total > 0 ? Math.min(100, (done / total) * 100) : 0;
      setBar(bar, percent);
      replace(
        figures,
        figure(_("已完成"), size(done), `/ ${size(total)}`),
        figure(_("速度"), `${size(Math.round(rate))}/s`),
        figure(_("还需"), left === null ? "—" : duration(left)),
        ...more.map(([term, value]) => figure(term, value)),
      );
      if (parts && states.length > 0) {
        replace(parts, ...states.map((state) => el("i", { class: state || null })));
      }
    },
  };
}

/**
 * Sets a bar (macro `bar`) to a percentage.
 * @param {Element} bar
 * @param {number} percent
 */
export function setBar(bar, percent) {
  bar.setAttribute("aria-valuenow", String(Math.round(percent)));
  bar.querySelector("rect")?.setAttribute("width", percent.toFixed(2));
}

/**
 * @param {string} term
 * @param {string} value
 * @param {string} [of]
 */
function figure(term, value, of = "") {
  const amount = el("dd", {}, value, of ? el("span", { class: "small soft" }, ` ${of}`) : null);
  return el("div", {}, el("dt", {}, term), amount);
}

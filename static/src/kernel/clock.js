// The server's clock: legal time kept on this page's monotonic clock, and countdowns to it.
import { all, find } from "./dom.js";
import { clock as clockText, day } from "./format.js";
import { _ } from "./words.js";

const RESYNC_MS = 60_000;
const RESYNC_DEMO_MS = 10_000; // demonstration time can be moved forward by anyone
const SAMPLES = 3;
const BEHIND_MS = 1500;

/** Keeps server time on a monotonic clock; pure, so that tests can drive it. */
export class ServerClock {
  /** @param {() => number} monotonic milliseconds, never going back */
  constructor(monotonic) {
    this.monotonic = monotonic;
    /** server time minus monotonic time */
    this.offset = 0;
    this.known = false;
  }

  /**
   * Takes the server's time as true for this very moment.
   * @param {number} serverMs
   */
  set(serverMs) {
    this.offset = serverMs - this.monotonic();
    this.known = true;
  }

  /**
   * Takes the best of some samples: the one with the shortest round trip, its answer placed in the
   * middle of the trip.
   * @param {{sent: number, received: number, server: number}[]} samples
   */
  adopt(samples) {
    const best = samples.reduce((a, b) => (b.received - b.sent < a.received - a.sent ? b : a));
    this.offset = best.server - (best.sent + best.received) / 2;
    this.known = true;
  }

  /** Server time in milliseconds since 1970. */
  now() {
    return this.monotonic() + this.offset;
  }
}

const legal = new ServerClock(() => performance.now());
/** @type {number | null} */
let driftMs = null;
let asking = false;

/**
 * Legal time of the server, milliseconds since 1970.
 * @returns {number}
 */
export function serverNow() {
  return legal.known ? legal.now() : Date.now();
}

/**
 * How far this computer's clock is ahead of the server's wall clock, in milliseconds; null before
 * the first answer.
 * @returns {number | null}
 */
export function drift() {
  return driftMs;
}

/** Asks the server for the time again. Silent when it cannot be reached: the clock just runs on. */
export async function resync() {
  /** @type {{sent: number, received: number, server: number}[]} */
  const samples = [];
  for (let n = 0; n < SAMPLES; n++) {
    const sent = performance.now();
    const response = await fetch("/clock", { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const received = performance.now();
    const told = await response.json();
    samples.push({ sent, received, server: Date.parse(told.legal) });
    if (n === 0) driftMs = Date.now() - (received - sent) / 2 - Date.parse(told.wall);
  }
  legal.adopt(samples);
  tick();
}

/**
 * Every event tells when it happened: one from this page's future means that its clock has stood
 * still (a computer that slept, demonstration time moved on), and it asks anew.
 * @param {string} at server time of something that has just happened, ISO 8601
 */
export function witness(at) {
  if (asking || !legal.known || Date.parse(at) <= legal.now() + BEHIND_MS) return;
  asking = true;
  void resync().finally(() => {
    asking = false;
  });
}

/**
 * What is left, in the form of the countdown: figures with their units, the largest first.
 * @param {number} ms
 * @returns {{figure: string, unit: string}[]} one entry without unit below an hour (12:48)
 */
export function remaining(ms) {
  const left = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  if (left < 3600) return [{ figure: `${two(Math.floor(left / 60))}:${two(left % 60)}`, unit: "" }];
  const units = [
    { n: Math.floor(left / 86_400), unit: _("天") },
    { n: Math.floor(left / 3600) % 24, unit: _("时") },
    { n: Math.floor(left / 60) % 60, unit: _("分") },
    { n: left % 60, unit: _("秒") },
  ];
  const from = units[0]?.n ? 0 : 1;
  return units
    .slice(from, from + 3)
    .map(({ n, unit }, index) => ({ figure: index === 0 ? String(n) : two(n), unit }));
}

/** @param {HTMLElement} element */
function showCountdown(element) {
  const until = Number(element.dataset.until);
  const left = until - serverNow();
  const figure = find(".fig", element) ?? element;
  const over = left <= 0;
  const parts = over && element.dataset.over ? null : remaining(left);
  const text = parts ? parts.map((p) => p.figure + p.unit).join("") : (element.dataset.over ?? "");
  if (figure.dataset.shown !== text) {
    figure.dataset.shown = text;
    figure.replaceChildren();
    for (const part of parts ?? [{ figure: text, unit: "" }]) {
      figure.append(part.figure);
      if (part.unit)
        figure.append(Object.assign(document.createElement("small"), { textContent: part.unit }));
    }
  }
  showUrgency(element, left);
  showBar(element, until, left);
  announceOver(element, over);
}

/**
 * The last minute is shown as such, and no longer once it is over or extended.
 * @param {HTMLElement} element
 * @param {number} left
 */
function showUrgency(element, left) {
  if (!element.classList.contains("count")) return;
  element.dataset.calm ??= element.dataset.s ?? "";
  const state = left > 0 && left < 60_000 ? "refused" : element.dataset.calm;
  if (state) element.dataset.s = state;
  else delete element.dataset.s;
}

/**
 * @param {HTMLElement} element
 * @param {number} until
 * @param {number} left
 */
function showBar(element, until, left) {
  const since = Number(element.dataset.since ?? Number.NaN);
  const rect = find("svg.bar rect", element);
  if (!rect || Number.isNaN(since)) return;
  const share = Math.min(1, Math.max(0, left / (until - since)));
  rect.setAttribute("width", (share * 100).toFixed(2));
}

/**
 * Fires once when a countdown runs out before the reader's eyes, not for one that was over already.
 * @param {HTMLElement} element
 * @param {boolean} over
 */
function announceOver(element, over) {
  const { until = "", running } = element.dataset;
  if (!over) element.dataset.running = until;
  if (!over || running !== until) return;
  delete element.dataset.running;
  element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
}

function showClock() {
  const now = serverNow();
  for (const node of all("[data-clock-time]")) node.textContent = clockText(now);
  for (const node of all("[data-clock-day]")) node.textContent = `${day(now)} `;
  if (driftMs === null) return;
  const shown = Math.round(driftMs);
  const sign = shown < 0 ? "−" : "+";
  for (const node of all("[data-clock-drift]")) {
    node.textContent = _("偏差 %(drift)s", { drift: `${sign}${Math.abs(shown)} ms` });
  }
}

/** Shows clock and every countdown of the page as of now. */
function tick() {
  if (!legal.known) return;
  showClock();
  watchCountdowns();
}

/**
 * Brings the countdowns under `root` up to date at once (for nodes just added).
 * @param {ParentNode} [root]
 */
export function watchCountdowns(root = document) {
  for (const element of all("[data-until]", root)) showCountdown(element);
}

function beat() {
  tick();
  // Just after the next full second of server time, so that all screens turn over together.
  setTimeout(beat, 1000 - (serverNow() % 1000) + 5);
}

/** Starts the page's clock from the time it was served with, then asks the server. */
export function startClock() {
  const served = find("[data-clock]")?.dataset.now;
  if (served) legal.set(Number(served));
  beat();
  void resync();
  const every = find(".demo") ? RESYNC_DEMO_MS : RESYNC_MS;
  setInterval(() => {
    if (!document.hidden) void resync();
  }, every);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void resync();
  });
  window.addEventListener("online", () => void resync());
}

// What the host says aloud: every line a caption; spoken where this reader wants it, never far behind.
import { all, find } from "./dom.js";

const SPOKEN = "sunbid.voice";
const RATE = "sunbid.voice-rate";
const RATES = [0.8, 1, 1.25, 1.5, 2];
const LAG = 3; // older lines that nobody has heard yet are on the page and in the ledger
const QUIET_MS = 4000; // between two lines for whoever listens with a screen reader

/** Whether lines are spoken on this device; off until somebody asks for it. @returns {boolean} */
export const spoken = () => "speechSynthesis" in window && localStorage.getItem(SPOKEN) === "1";

/** @returns {number} */
const rate = () => {
  const kept = Number(localStorage.getItem(RATE));
  return RATES.includes(kept) ? kept : 1;
};

/**
 * The lines still to be spoken, in order; of a backlog only the newest few. Pure, so tests drive it.
 */
export class Backlog {
  /** @param {(line: string, done: () => void) => void} speak one line at a time */
  constructor(speak) {
    this.speak = speak;
    /** @type {string[]} */
    this.waiting = [];
    this.speaking = false;
    this.turn = 0;
  }

  /** @param {string} line */
  add(line) {
    this.waiting.push(line);
    this.waiting.splice(0, this.waiting.length - LAG);
    if (!this.speaking) this.#next();
  }

  clear() {
    this.waiting = [];
    this.speaking = false;
    this.turn += 1;
  }

  #next() {
    const line = this.waiting.shift();
    this.speaking = line !== undefined;
    if (line === undefined) return;
    this.turn += 1;
    const { turn } = this;
    this.speak(line, () => {
      if (turn === this.turn) this.#next();
    });
  }
}

const backlog = new Backlog((line, done) => {
  const utterance = new SpeechSynthesisUtterance(line);
  const voice = chosen(speechSynthesis.getVoices());
  utterance.lang = voice?.lang ?? "zh-CN";
  utterance.rate = rate();
  if (voice) utterance.voice = voice;
  utterance.addEventListener("end", done);
  utterance.addEventListener("error", done);
  speechSynthesis.speak(utterance);
});

/**
 * 普通话 before other Chinese, a voice of the device before one of the network.
 * @param {{lang: string, localService: boolean}[]} voices
 * @returns {any}
 */
export function chosen(voices) {
  const worth = (/** @type {{lang: string, localService: boolean}} */ { lang, localService }) =>
    (/^(zh|cmn)[-_](Hans[-_])?CN/i.test(lang) ? 4 : /^(zh|cmn)/i.test(lang) ? 2 : 0) +
    (localService ? 1 : 0);
  const chinese = voices.filter(({ lang }) => /^(zh|cmn)/i.test(lang));
  return chinese.sort((a, b) => worth(b) - worth(a))[0] ?? null;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let telling;
let toldAt = -QUIET_MS;

/**
 * Shows a caption, tells it to screen readers without haste and speaks it. Empty clears the caption.
 * @param {string} text
 */
export function say(text) {
  caption(text);
  clearTimeout(telling);
  const wait = Math.max(150, toldAt + QUIET_MS - performance.now());
  telling = setTimeout(() => {
    const told = find("[data-said]");
    if (told) told.textContent = text;
    toldAt = performance.now();
  }, wait);
  if (text && spoken()) backlog.add(text);
}

/** Shows a line that was said before this page was opened. @param {string} text */
export function caption(text) {
  const line = find("[data-say]");
  if (!line) return;
  line.textContent = text;
  const bar = /** @type {HTMLElement | null} */ (line.closest(".say"));
  if (bar) bar.hidden = text === "";
}

function again() {
  const text = find("[data-say]")?.textContent ?? "";
  silence();
  if (text) backlog.add(text);
}

function silence() {
  backlog.clear();
  speechSynthesis.cancel();
}

/** Wires voice, its rate and the repetition of a line. */
export function startSay() {
  if (!("speechSynthesis" in window)) return;
  const show = () => {
    for (const tools of all("[data-voice-tools]")) tools.hidden = false;
    for (const button of all("[data-voice]")) button.setAttribute("aria-pressed", String(spoken()));
    for (const select of all("[data-rate]"))
      /** @type {HTMLSelectElement} */ (select).value = String(rate());
  };
  document.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target);
    if (pressed.closest("[data-again]")) again();
    if (!pressed.closest("[data-voice]")) return;
    localStorage.setItem(SPOKEN, spoken() ? "0" : "1");
    if (spoken()) again();
    else silence();
    show();
  });
  document.addEventListener("change", (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    if (select.matches("[data-rate]")) localStorage.setItem(RATE, select.value);
  });
  show();
}

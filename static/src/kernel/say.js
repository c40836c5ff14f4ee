// What the host says aloud: a caption in a live region, and speech unless this reader muted it.
import { all, find } from "./dom.js";

const MUTED = "sunbid.muted";

/** @returns {boolean} */
export function muted() {
  return localStorage.getItem(MUTED) === "1";
}

/**
 * Shows a caption and speaks it. An empty text clears the caption.
 * @param {string} text
 */
export function say(text) {
  const caption = find("[data-say]");
  if (caption) {
    caption.textContent = text;
    const line = /** @type {HTMLElement | null} */ (caption.closest(".say"));
    if (line) line.hidden = text === "";
  }
  if (text && !muted()) speak(text);
}

/** @param {string} text */
function speak(text) {
  if (!("speechSynthesis" in window)) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = "zh-CN";
  const voice = speechSynthesis.getVoices().find((one) => one.lang.startsWith("zh"));
  if (voice) utterance.voice = voice;
  speechSynthesis.speak(utterance);
}

/** Wires the mute buttons of the page. */
export function startSay() {
  const show = () => {
    for (const button of all("[data-mute]")) button.setAttribute("aria-pressed", String(muted()));
  };
  document.addEventListener("click", (event) => {
    if (!(/** @type {Element} */ (event.target).closest("[data-mute]"))) return;
    localStorage.setItem(MUTED, muted() ? "0" : "1");
    if (muted() && "speechSynthesis" in window) speechSynthesis.cancel();
    show();
  });
  show();
}

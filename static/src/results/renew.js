// Keeps a page of results current: when the server's facts changed, the page is fetched anew.
import { find } from "../kernel/dom.js";
import { getJson } from "../kernel/http.js";

const EVERY_MS = 4_000;
const AFTER_MS = 1_500;

/** Nobody is in the middle of writing or confirming something. */
function idle() {
  const open = find("dialog[open]");
  const writing = document.activeElement?.matches("input, textarea, select") ?? false;
  return !open && !writing;
}

/**
 * @param {string} url answers {revision}
 * @param {string} revision that of the page as served
 */
export function watch(url, revision) {
  setInterval(async () => {
    if (document.hidden || !idle()) return;
    const told = await getJson(url).catch(() => null);
    if (told && told.revision !== revision && idle()) location.reload();
  }, EVERY_MS);
}

/** The end of a period changes what may be done; the server judges, a moment later. */
export function renewWhenOver() {
  const again = () => setTimeout(() => idle() && location.reload(), AFTER_MS);
  document.addEventListener("countdown:over", again, { once: true });
}

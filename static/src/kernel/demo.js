// The demonstration's bar on a page that stays open: its next step changes as the hall goes on.
import { find, qs } from "./dom.js";
import { getJson, postJson } from "./http.js";

const EVERY = 5000;
const SOON = 2000;

/** Starts the demonstration's clock on its first page, and keeps the bar's step current. */
export function startDemo() {
  const form = find("[data-demo-step]");
  if (!form) return;
  if (find("[data-demo-begin]")) {
    // Everyone after the first page finds the clock running.
    postJson("/demo/begin")
      .then(() => location.reload())
      .catch(() => {});
  }
  if (find("[data-demo-playing]")) {
    waitForThePresent();
    return;
  }
  setInterval(() => {
    if (!document.hidden) getJson("/demo/state").then(show, () => {});
  }, EVERY);
}

/** While the history is being played the page comes anew once it has reached its present. */
function waitForThePresent() {
  setTimeout(async () => {
    const { playing } = await getJson("/demo/state").catch(() => ({ playing: true }));
    if (playing) waitForThePresent();
    else location.reload();
  }, SOON);
}

/** @param {{step: {label: string, others: string} | null, guide: {words: string, href: string} | null}} state */
function show({ step, guide }) {
  const way = qs("a[data-demo-guide]");
  way.hidden = !guide;
  if (guide) {
    way.textContent = guide.words;
    way.setAttribute("href", guide.href);
  }
  const form = qs("[data-demo-step]");
  form.hidden = !step;
  if (!step) return;
  qs("[data-demo-label]", form).textContent = step.label;
  qs("[data-demo-others]", form).textContent = step.others;
}

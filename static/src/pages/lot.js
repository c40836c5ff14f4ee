// Lot page: the tab of the section in view is marked, and the page renews itself at the deadline.
import { all, find } from "../kernel/dom.js";

const tabs = /** @type {HTMLAnchorElement[]} */ (all(".lot-tabs a"));
const sections = tabs.map((tab) => find(tab.hash)).filter((node) => node !== null);

/** @param {string} hash */
function mark(hash) {
  for (const tab of tabs) {
    if (tab.hash === hash) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    const top = entries.find((entry) => entry.isIntersecting);
    if (top) mark(`#${top.target.id}`);
  },
  { rootMargin: "-10% 0px -70% 0px" },
);
for (const section of sections) seen.observe(section);

// The stage is judged by the server; a moment later it has moved on.
document.addEventListener("countdown:over", () => setTimeout(() => location.reload(), 2_000), {
  once: true,
});

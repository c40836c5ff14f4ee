// The sitting's messages as a drawer where the page is narrow: closed it tells how many are new.
import { find, qs } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";

/** Wires the drawer; a page without messages has none. */
export function chatDrawer() {
  const chat = find("#chat");
  const button = find("#chat-open");
  if (!chat || !button) return;
  let fresh = 0;
  const open = () => chat.classList.contains("open");
  const label = () => {
    const words = fresh ? _("会场消息，%(n)s 条新", { n: fresh }) : _("会场消息");
    const text = open() ? _("收起消息") : words;
    const shown = qs("[data-label]", button);
    if (shown.textContent !== text) shown.textContent = text;
    button.setAttribute("aria-expanded", String(open()));
  };
  const toggle = (/** @type {boolean} */ wanted) => {
    chat.classList.toggle("open", wanted);
    if (wanted) {
      fresh = 0;
      chat.tabIndex = -1;
      chat.focus();
    } else button.focus();
    label();
  };
  button.addEventListener("click", () => toggle(!open()));
  chat.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open()) toggle(false);
  });
  new MutationObserver((changes) => {
    button.hidden = chat.hidden;
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    const said = added.filter((node) => node.nodeName === "LI").length;
    if (!open() && said === 1) fresh += 1; // many at once are what was said before
    label();
  }).observe(chat, { attributeFilter: ["hidden"], childList: true, subtree: true });
  button.hidden = chat.hidden;
}

// The frame a picture stands in: video, what is said over it, captions from the ledger.
import { el, find, icon } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";

/** @typedef {ReturnType<typeof frame>} Frame */

/**
 * @param {string} label what the picture is, for those who do not see it
 * @param {{captions?: boolean}} [options]
 */
export function frame(label, { captions = false } = {}) {
  const video = el("video", { playsinline: true, "aria-label": label });
  video.muted = true;
  const over = el("p", { class: "pic-over", role: "status" });
  const caption = el("p", { class: "pic-cap", "aria-hidden": "true" });
  const box = el("div", { class: "pic-frame" }, video, over, caption);
  caption.hidden = true;
  if (captions) followCaption(caption);
  return {
    box,
    video,
    /** @param {string} text over the picture; empty takes it away */
    say(text) {
      if (over.textContent !== text) over.textContent = text;
      over.hidden = text === "";
    },
  };
}

/** The line the hall says aloud, also in the picture (full screen). @param {HTMLElement} caption */
function followCaption(caption) {
  const spoken = find("[data-say]");
  if (!spoken) return;
  const copy = () => {
    caption.textContent = spoken.textContent;
    caption.hidden = !spoken.textContent;
  };
  new MutationObserver(copy).observe(spoken, {
    childList: true,
    characterData: true,
    subtree: true,
  });
  copy();
}

/**
 * A small button of the picture.
 * @param {string} name
 * @param {string} mark
 * @param {string} text
 * @param {() => void} press
 */
export function tool(name, mark, text, press) {
  return el(
    "button",
    { class: "btn sm", type: "button", "data-pic": name, on: { click: press } },
    icon(mark),
    el("span", {}, text),
  );
}

/** @param {HTMLElement} button @param {string} mark @param {string} text */
export function relabel(button, mark, text) {
  const [, words] = button.children;
  if (words.textContent === text) return;
  button.replaceChildren(icon(mark), el("span", {}, text));
}

/** Who is shown. @param {{kind: string, organisation: string, name: string}} recording */
export const shownBy = ({ kind, organisation, name }) =>
  _("%(what)s，%(organisation)s %(name)s", {
    what: kind === "screen" ? _("主持人屏幕") : _("主持人画面"),
    organisation,
    name,
  });

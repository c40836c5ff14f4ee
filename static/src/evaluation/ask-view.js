// The panel of what is asked now: the one primary act, a vote, or the certificate to be opened.
import { chip, el, icon, qs, replace } from "../kernel/dom.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { memberName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {import("./tasks.js").Task} Task */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/**
 * @param {HTMLElement} panel
 * @param {{demo: boolean, perform: (act: string) => void, onKey: (key: OpenKey) => void}} by
 */
export function askPanel(panel, { demo, perform, onKey }) {
  let shown = "";
  return {
    /** @param {Task | null} task @param {Room} room */
    show(task, room) {
      const seats = room.members.map(({ seat, site }) => [seat, site]);
      const vote = task?.form === "vote" ? [seats, room.election.tied] : null;
      const key = JSON.stringify([{ ...task, text: "" }, vote]);
      if (key === shown) {
        // Others' acts change the words only: what is ticked or typed here must stay.
        if (task) qs(".ask-text", panel).textContent = task.text;
        return;
      }
      shown = key;
      const held = panel.contains(document.activeElement);
      panel.hidden = task === null;
      panel.classList.toggle("task", task?.tone === "need");
      if (!task) {
        replace(panel);
        return;
      }
      const keyBox = task.form === "key" ? el("div", { class: "ask-key" }) : null;
      replace(
        panel,
        el(
          "div",
          { class: "task-in" },
          el(
            "div",
            { class: "grow" },
            el("div", { class: "row" }, chip(task.tone, task.word)),
            el("h2", { tabindex: -1 }, task.title),
            el("p", { class: "soft ask-text" }, task.text),
            task.form === "vote" ? ballot(room) : null,
            keyBox,
            task.acts.length
              ? el("div", { class: "row acts" }, ...task.acts.map((act) => button(act, perform)))
              : null,
            el("div", { "data-refusal": true, hidden: true }),
          ),
        ),
      );
      if (keyBox) void askForKey(keyBox, { demo }).then(onKey);
      if (held) qs("h2", panel).focus();
    },
    refusal: () => qs("[data-refusal]", panel),
    /** The seat that is ticked in the ballot. */
    chosen() {
      const ticked = /** @type {HTMLInputElement | null} */ (
        panel.querySelector("input[name=vote]:checked")
      );
      return ticked ? Number(ticked.value) : null;
    },
  };
}

/** @param {import("./tasks.js").Act} act @param {(act: string) => void} perform */
function button(act, perform) {
  const mark = act.icon ? icon(act.icon) : null;
  const click = () => perform(act.id);
  return el(
    "button",
    { class: `btn lg ${act.kind ?? ""}`, type: "button", "data-act": act.id, on: { click } },
    mark,
    act.text,
  );
}

/** @param {Room} room */
function ballot(room) {
  const tied = room.election.tied;
  const choices = room.members.filter(({ seat }) => !tied || tied.includes(seat));
  return el(
    "fieldset",
    { class: "ballot" },
    el("legend", { class: "vh" }, _("组长人选")),
    ...choices.map(({ seat, site }) =>
      el(
        "label",
        { class: "check" },
        el("input", { type: "radio", name: "vote", value: seat }),
        el(
          "span",
          {},
          memberName(seat),
          seat === room.seat ? _("（我）") : "",
          el("span", { class: "small muted" }, `\u3000${site}`),
        ),
      ),
    ),
  );
}

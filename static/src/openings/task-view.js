// The task panel: what is asked of me, until when, the one primary act and why it is off.
import { chip, el, find, icon, qs, replace } from "../kernel/dom.js";
import { serverNow, watchCountdowns } from "../kernel/clock.js";
import { clock, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { countdown } from "./state-windows.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./tasks.js").Task} Task */
/** @typedef {import("./tasks.js").Act} Act */

/**
 * Draws the panel when it has changed; what a person is typing in stays untouched.
 * @param {HTMLElement} panel
 * @param {{perform: (id: string) => void, extra?: (form: NonNullable<Task["form"]>) => Node}} by
 */
export function taskPanel(panel, { perform, extra }) {
  let shown = "";
  return {
    /** @param {Task} task @param {Hall} hall */
    show(task, hall) {
      const ends = countdown(hall);
      const key = JSON.stringify([task, ends]);
      if (key === shown) return;
      shown = key;
      const focused = /** @type {HTMLElement | null} */ (
        panel.contains(document.activeElement) ? document.activeElement : null
      );
      const kept = focused?.dataset.act;
      panel.classList.toggle("task", task.tone === "need");
      const count = ends ? figure(ends, task.tone === "need", hall.paused !== null) : null;
      panel.classList.toggle("still", hall.paused !== null);
      replace(panel, el("div", { class: "task-in" }, words(task, perform, extra), count));
      watchCountdowns(panel);
      if (focused)
        ((kept && find(`[data-act="${kept}"]:not(:disabled)`, panel)) || qs("h1", panel)).focus();
    },
  };
}

/**
 * @param {Task} task @param {(id: string) => void} perform
 * @param {((form: NonNullable<Task["form"]>) => Node) | undefined} extra
 */
function words(task, perform, extra) {
  const checks = (task.checks ?? []).map(({ ok, text }) =>
    el("li", {}, icon(ok ? "check-c" : "dots", ok ? "fg-done" : "muted"), text),
  );
  return el(
    "div",
    { class: "grow" },
    el(
      "div",
      { class: "row" },
      chip(task.tone, task.word),
      el("span", { class: "small muted" }, task.meta),
    ),
    el("h1", { tabindex: -1 }, task.title),
    el("p", { class: "soft" }, task.text),
    task.acts.length
      ? el("div", { class: "row acts" }, ...task.acts.flatMap((act) => button(act, perform)))
      : null,
    task.form && extra ? extra(task.form) : null,
    checks.length ? el("ul", { class: "pre tiny" }, ...checks) : null,
    el("div", { "data-refusal": true, hidden: true }),
  );
}

/** @param {Act} act @param {(id: string) => void} perform @returns {Node[]} */
function button(act, perform) {
  const cls = `btn lg ${act.kind ?? ""}`;
  const mark = act.icon ? icon(act.icon) : null;
  if (act.href) {
    const where = { href: act.href, download: act.icon === "down" };
    return [el("a", { class: cls, ...where, "data-act": act.id }, mark, act.text)];
  }
  const one = el(
    "button",
    {
      class: cls,
      type: "button",
      "data-act": act.id,
      disabled: Boolean(act.why),
      on: { click: () => perform(act.id) },
    },
    mark,
    act.text,
  );
  return act.why ? [one, el("span", { class: "why-off" }, act.why)] : [one];
}

/**
 * @param {{label: string, until: string, since: string | null}} ends
 * @param {boolean} need @param {boolean} still nothing closes: the hall is paused
 */
function figure({ label, until, since }, need, still) {
  return el(
    "div",
    {
      class: "count big",
      "data-s": need ? "need" : null,
      "data-until": Date.parse(until),
      "data-since": since ? Date.parse(since) : null,
      "data-over": "00:00",
    },
    el("span", { class: "lab" }, label),
    el("span", { class: "fig", role: "timer" }),
    bar(need),
    el(
      "span",
      { class: "at" },
      still
        ? _("预计 %(at)s，以主持人宣布为准", { at: stamp(until) })
        : _("%(at)s 止，全场同一时钟", { at: stamp(until) }),
    ),
  );
}

/** With the date when it is not soon. @param {string} at */
const stamp = (at) => (Date.parse(at) - serverNow() > 43_200_000 ? short(at) : clock(at));

/** @param {boolean} need */
function bar(need) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const rect = document.createElementNS(space, "rect");
  svg.setAttribute("class", need ? "bar need" : "bar");
  svg.setAttribute("viewBox", "0 0 100 6");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  rect.setAttribute("width", "100");
  rect.setAttribute("height", "6");
  svg.append(rect);
  return svg;
}

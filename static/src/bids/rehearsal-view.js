// The lines of a rehearsal: what was looked at, how it came out, and what to do when it is red.
import { chip, el, icon, qs, replace } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./rehearsal-checks.js").State} State */
/** @typedef {import("./rehearsal-checks.js").Finding} Finding */
/** @typedef {Finding & {id: string, name: string, ms: number | null}} Line */

const MARKS = {
  neutral: "dots",
  progress: "run",
  done: "check-c",
  need: "hand",
  refused: "x-c",
};

/** @returns {Record<State, string>} */
const words = () => ({
  neutral: _("未做"),
  progress: _("进行中"),
  done: _("通过"),
  need: _("注意"),
  refused: _("未通过"),
});

/** @param {Line[]} lines */
export function drawLines(lines) {
  replace(qs("#rehearsal-steps"), ...lines.map(drawn));
}

/** @param {Line} line */
function drawn({ id, name, state, note, remedy, ms }) {
  const took = ms === null || ms < 100 ? "" : ` ${(ms / 1000).toFixed(1)} s`;
  return el(
    "li",
    { "data-s": state, "data-step": id },
    icon(MARKS[state]),
    el(
      "span",
      {},
      name,
      note ? el("small", {}, note) : null,
      remedy ? el("small", { class: "strong" }, remedy) : null,
    ),
    el("span", { class: "ms num" }, words()[state], took),
  );
}

/** @param {Line[]} lines @returns {{state: State, text: string}} how the whole stands */
export function verdict(lines) {
  const count = (/** @type {State} */ state) => lines.filter((line) => line.state === state).length;
  if (count("progress") > 0) return { state: "progress", text: _("演练中") };
  const red = count("refused");
  if (red > 0) return { state: "refused", text: _("%(n)s 项未通过", { n: red }) };
  if (count("neutral") > 0) return { state: "neutral", text: _("还没有做完") };
  const warned = count("need");
  if (warned > 0) return { state: "need", text: _("可以投标，%(n)s 项请留意", { n: warned }) };
  return { state: "done", text: _("全部通过，可以投标") };
}

/** @param {Line[]} lines */
export function showVerdict(lines) {
  const { state, text } = verdict(lines);
  replace(qs("#rehearsal-chip"), chip(state, text, MARKS[state]));
  qs("#rehearsal-told").textContent = state === "progress" ? "" : text;
}

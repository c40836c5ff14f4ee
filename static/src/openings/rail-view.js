// The line of the opening's stages, the same for everybody.
import { el, icon, replace } from "../kernel/dom.js";
import { clock, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { stageNames } from "./stage-names.js";

/** @typedef {import("./state.js").Hall} Hall */

export const LINE = [
  "waiting",
  "sign_in",
  "deadline_lock",
  "list_published",
  "bidder_decryption",
  "opening",
  "verification",
  "parameter_draw",
  "read_out",
  "record_confirmation",
  "questions",
  "closed",
];

/** @param {Hall} hall */
const brokenWord = (hall) => (hall.stage === "cancelled" ? _("不再开标") : _("流标"));

/**
 * The line of stages; `need` tints the present one for whoever must act.
 * @param {HTMLElement} box
 * @param {Hall} hall
 * @param {boolean} need
 */
export function drawRail(box, hall, need) {
  const name = stageNames();
  const line = hall.sitting > 1 ? [...LINE, "reconvened"] : LINE;
  const broken = ["failed_too_few", "cancelled"].includes(hall.stage);
  const stage = broken ? lastReached(hall) : hall.stage;
  const ended = hall.stage === "closed";
  const at = ended ? line.length - 1 : line.indexOf(stage);
  const now = broken ? "refused" : ended ? "done" : need ? "need" : "progress";
  const items = line.map((id, index) => {
    const state = index < at ? "done" : index === at ? now : "next";
    const dawn = id === "deadline_lock";
    const mark = dawn ? "dawn" : state === "done" ? "check" : state === "refused" ? "x" : "";
    return el(
      "li",
      {
        "data-s": state,
        class: dawn ? "dawn" : null,
        "aria-current": index === at && !ended ? "step" : null,
      },
      el("i", {}, mark ? icon(mark) : null),
      el("b", {}, name[id]),
      stageNote(hall, id, index, at),
    );
  });
  const present = el(
    "div",
    { class: "rail-now" },
    el("span", { class: `fg-${now}` }, broken ? brokenWord(hall) : name[stage]),
    el("small", {}, _("第 %(n)s 步，共 %(all)s 步", { n: at + 1, all: line.length })),
  );
  replace(
    box,
    present,
    el("ol", { class: "rail has-dawn", "aria-label": _("开标阶段") }, ...items),
  );
}

/** @param {Hall} hall */
const lastReached = (hall) => LINE.findLast((stage) => hall.reached[stage]) ?? "deadline_lock";

/** @param {Hall} hall @param {string} id @param {number} index @param {number} at */
function stageNote(hall, id, index, at) {
  if (index === at && hall.paused) return el("small", {}, _("已暂停"));
  if (id === "deadline_lock" && hall.deadline && index > at) {
    return el("small", {}, short(hall.deadline));
  }
  if (index === at && hall.until) {
    return el("small", {}, _("%(at)s 止", { at: moment(hall, hall.until) }));
  }
  const reached = hall.reached[id];
  return reached && index <= at ? el("small", {}, moment(hall, reached)) : null;
}

/** The time alone on the day of the opening, else with its date. @param {Hall} hall @param {string} at */
function moment(hall, at) {
  const dated = hall.deadline && short(at).slice(0, 5) !== short(hall.deadline).slice(0, 5);
  return dated ? short(at) : clock(at);
}

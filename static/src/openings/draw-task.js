// The host's act while parameters are drawn: when, never what.
import { _ } from "../kernel/words.js";
import { nextDraw } from "./state-draws.js";

/**
 * One after the other, or all that are left.
 * @param {import("./state.js").Hall} hall
 * @returns {Partial<import("./tasks.js").Task>}
 */
export function drawing(hall) {
  const next = nextDraw(hall);
  if (!next) return {};
  const left = (hall.draws ?? []).filter(({ drawn }) => !drawn).length;
  const one = { id: `draw:${next.name}`, text: _("抽取%(title)s", { title: next.title }) };
  const rest = { id: "draw", text: _("抽完其余 %(n)s 项", { n: left }) };
  return {
    title: _("抽取参数"),
    text: _("只决定何时抽，不决定抽到什么：结果由截止检查点和各家投入的数算出。"),
    acts: [{ ...one, icon: "run", kind: "primary" }, ...(left > 1 ? [rest] : [])],
  };
}

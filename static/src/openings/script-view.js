// 主持词: the words of the present station, broadcast as they stand or changed before.
import { chip, el, icon, replace } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./state.js").Hall} Hall */

/**
 * @param {HTMLElement} box
 * @param {object} by
 * @param {[string, string][]} by.script stages with their words, in order
 * @param {(text: string) => Promise<boolean>} by.broadcast whether it was said
 * @param {(text: string) => void} by.change
 * @returns {(hall: Hall, may: boolean) => void}
 */
export function scriptPanel(box, { script, broadcast, change }) {
  /** @type {Set<string>} */
  const said = new Set();
  /** @type {[Hall, boolean] | null} */
  let shown = null;
  let busy = false;
  let drawn = "";

  const speak = async (/** @type {string} */ stage, /** @type {string} */ text) => {
    busy = true;
    redraw();
    if (await broadcast(text)) said.add(stage);
    busy = false;
    redraw();
  };
  const redraw = () => shown && draw(...shown);
  const draw = (/** @type {Hall} */ hall, /** @type {boolean} */ may) => {
    shown = [hall, may];
    const at = script.findIndex(([stage]) => stage === hall.stage);
    box.hidden = at < 0;
    if (at < 0) return;
    const [stage, text] = script[at];
    const key = JSON.stringify([stage, may, busy, said.has(stage)]);
    if (key === drawn) return;
    drawn = key;
    const off = { type: "button", disabled: !may || busy };
    replace(
      box,
      el(
        "div",
        { class: "hd" },
        el("h2", {}, _("主持词")),
        el(
          "span",
          { class: "small muted" },
          _("第 %(n)s 段，共 %(all)s 段", { n: at + 1, all: script.length }),
        ),
        said.has(stage) ? el("span", { class: "end" }, chip("done", _("已播报"))) : null,
      ),
      el(
        "div",
        { class: "bd" },
        el("p", { class: "script", lang: "zh-CN" }, text),
        el(
          "div",
          { class: "row" },
          el(
            "button",
            { class: "btn", ...off, on: { click: () => void speak(stage, text) } },
            icon("play"),
            _("播报这一段"),
          ),
          el(
            "button",
            { class: "btn quiet", ...off, on: { click: () => change(text) } },
            _("改词"),
          ),
        ),
      ),
    );
  };
  return draw;
}

// Every window of the opening, the closed ones too: when, until when, why it was extended or reopened.
import { chip, el, replace } from "../kernel/dom.js";
import { clock, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state-windows.js").Window} Window */

/**
 * Nothing beside the countdown while there has been one window only.
 * @param {HTMLElement} box @param {Hall} hall
 */
export function drawWindows(box, hall) {
  box.hidden = hall.windows.length < 2;
  if (box.hidden) return;
  const head = el("div", { class: "hd" }, el("h2", {}, _("各次窗口")));
  const rows = [...hall.windows].reverse().map((one) => row(one, hall));
  replace(box, head, el("ol", { class: "bd windows small", reversed: true }, ...rows));
}

/** @param {Window} one @param {Hall} hall */
function row(one, hall) {
  const what = one.kind === "decryption" ? _("解密窗口") : _("确认窗口");
  const how = one.reopened ? _("重新开放") : one.reason ? _("延长") : _("开放");
  const state = one.closed
    ? chip("neutral", _("已结束"), "lock")
    : hall.paused
      ? chip("neutral", _("停止计时"), "pause")
      : chip("progress", _("开放中"), "unlock");
  state.classList.add("bare");
  return el(
    "li",
    {},
    el(
      "span",
      { class: "row" },
      el("b", {}, _("第 %(n)s 次", { n: one.no }), " ", what, how),
      el("span", { class: "end" }, state),
    ),
    el(
      "span",
      { class: "sub num" },
      _("%(from)s 至 %(to)s", { from: clock(one.opens), to: near(one.until, one.opens) }),
    ),
    one.reason ? el("span", { class: "sub" }, _("原因：%(reason)s", { reason: one.reason })) : null,
  );
}

/** With its date when it is another day. @param {string} at @param {string} from */
const near = (at, from) =>
  short(at).slice(0, 5) === short(from).slice(0, 5) ? clock(at) : short(at);

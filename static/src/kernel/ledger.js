// The ledger of numbered events on the page: newest first, a missing number is shown.
import { el, icon, qs } from "./dom.js";
import { clock, short } from "./format.js";
import { _ } from "./words.js";

const FRESH_MS = 3000;
const SHOWN = 50; // rows; older ones wait until somebody asks for them

/** @typedef {import("./dom.js").State} State */

/**
 * @param {string} id of the <ol class="ledger">
 */
export function ledger(id) {
  const list = qs(`#${CSS.escape(id)}`);
  let lastDay = "";
  /** @type {Node[]} newest last */
  const older = [];
  let whole = false;
  const more = el("button", { class: "btn sm quiet", type: "button" });
  const rest = el("li", { class: "gap rest" }, more);
  more.addEventListener("click", () => {
    whole = true;
    rest.replaceWith(...older.reverse());
    list.parentElement?.focus();
  });
  /** Keeps the list short: what leaves it comes back together. */
  const fold = () => {
    if (whole || list.children.length <= SHOWN + 1) return;
    if (!rest.isConnected) list.append(rest);
    const oldest = rest.previousElementSibling;
    if (oldest) {
      older.push(oldest);
      oldest.remove();
    }
    more.textContent = _("更早的 %(n)s 条，展开", { n: older.length });
  };
  /** The time of day; the first event of each day also tells the date. */
  const when = (/** @type {string | number} */ at) => {
    const day = short(at).slice(0, 5);
    const first = day !== lastDay;
    lastDay = day;
    return first ? short(at) : clock(at);
  };

  return {
    /**
     * Adds a row at the top; a number already shown is left alone.
     * @param {{seq: number, at: string | number, text: string, icon?: string, state?: State}} event
     */
    add({ seq, at, text, icon: mark, state = "neutral" }) {
      if (list.querySelector(`[data-seq="${seq}"]`)) return;
      list.querySelector(".gap:not(.rest)")?.remove();
      const row = el(
        "li",
        { "data-seq": seq, class: "new" },
        el("span", { class: "seq" }, `#${seq}`),
        el(
          "time",
          { datetime: new Date(at).toISOString(), title: `${short(at)}:${clock(at).slice(6)}` },
          when(at),
        ),
        el("span", {}, mark ? icon(mark, `fg-${state}`) : null, text),
      );
      list.prepend(row);
      fold();
      setTimeout(() => row.classList.remove("new"), FRESH_MS);
    },
    /**
     * Says which numbers are missing until the next row comes.
     * @param {number} from
     * @param {number} to
     */
    gap(from, to) {
      list.querySelector(".gap:not(.rest)")?.remove();
      const text =
        from === to
          ? _("缺 #%(n)s，正在补取", { n: from })
          : _("缺 #%(a)s 至 #%(b)s，正在补取", { a: from, b: to });
      list.prepend(el("li", { class: "gap tiny" }, text));
    },
  };
}

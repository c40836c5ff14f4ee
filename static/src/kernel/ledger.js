// The ledger of numbered events on the page: newest first, a missing number is shown.
import { el, icon, qs } from "./dom.js";
import { serverNow } from "./clock.js";
import { clock, short } from "./format.js";
import { _ } from "./words.js";

const FRESH_MS = 3000;

/** @typedef {import("./dom.js").State} State */

/**
 * The time of day; with its date when that is not today.
 * @param {string | number} at
 */
function when(at) {
  const day = (/** @type {string | number} */ moment) => short(moment).slice(0, 5);
  return day(at) === day(serverNow()) ? clock(at) : short(at);
}

/**
 * @param {string} id of the <ol class="ledger">
 */
export function ledger(id) {
  const list = qs(`#${CSS.escape(id)}`);

  return {
    /**
     * Adds a row at the top; a number already shown is left alone.
     * @param {{seq: number, at: string | number, text: string, icon?: string, state?: State}} event
     */
    add({ seq, at, text, icon: mark, state = "neutral" }) {
      if (list.querySelector(`[data-seq="${seq}"]`)) return;
      list.querySelector(".gap")?.remove();
      const row = el(
        "li",
        { "data-seq": seq, class: "new" },
        el("span", { class: "seq" }, `#${seq}`),
        el("time", { datetime: new Date(at).toISOString() }, when(at)),
        el("span", {}, mark ? icon(mark, `fg-${state}`) : null, text),
      );
      list.prepend(row);
      setTimeout(() => row.classList.remove("new"), FRESH_MS);
    },
    /**
     * Says which numbers are missing until the next row comes.
     * @param {number} from
     * @param {number} to
     */
    gap(from, to) {
      list.querySelector(".gap")?.remove();
      const text =
        from === to
          ? _("缺 #%(n)s，正在补取", { n: from })
          : _("缺 #%(a)s 至 #%(b)s，正在补取", { a: from, b: to });
      list.prepend(el("li", { class: "gap tiny" }, text));
    },
  };
}

// How far everyone is: my sheets by bid, the others only as counts.
import { el, replace, svg } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { summary } from "./sheet-model.js";
import { bidName, memberName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */

/** @param {number} part @param {number} whole @param {string} label */
function bar(part, whole, label) {
  const percent = whole ? Math.round((100 * part) / whole) : 0;
  return svg(
    "svg",
    {
      class: "bar ink",
      viewBox: "0 0 100 6",
      preserveAspectRatio: "none",
      role: "progressbar",
      "aria-label": label,
      "aria-valuenow": percent,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    svg("rect", { width: percent, height: 6 }),
  );
}

/** @param {string} name @param {number} part @param {number} whole */
const row = (name, part, whole) =>
  el(
    "li",
    {},
    el("span", {}, name),
    el("span", {}, bar(part, whole, name)),
    el("span", { class: "num muted" }, `${part} / ${whole}`),
  );

/**
 * @param {HTMLElement} box
 * @param {import("./sheet-model.js").Row[]} rows
 * @param {Iterable<import("./sheet-view.js").Leaf>} leaves
 */
export function drawMine(box, rows, leaves) {
  const list = [...leaves].map((leaf) => {
    const done = leaf.state === "submitted" ? rows.length : summary(rows, leaf.entries).filled;
    return row(bidName(leaf.number), done, rows.length);
  });
  replace(box, el("ul", { class: "plain-kv small" }, ...list));
}

/** @param {HTMLElement} box @param {Room} room */
export function drawOthers(box, room) {
  const counts = new Map(room.progress.map(({ seat, submitted }) => [seat, submitted]));
  const list = room.members.map(({ seat }) => {
    const name = seat === room.seat ? _("我") : memberName(seat);
    return row(name, Math.min(room.each, counts.get(seat) ?? 0), room.each);
  });
  replace(
    box,
    el("ul", { class: "plain-kv small" }, ...list),
    el("p", { class: "tiny muted mt" }, _("只显示已提交的份数。")),
  );
}

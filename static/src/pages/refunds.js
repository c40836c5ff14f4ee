// 退款: the board looks again at a steady pace; arrows walk the lots, "/" goes to the search field.
import { all, qs } from "../kernel/dom.js";
import { freshen } from "../kernel/parts.js";

const EVERY_MS = 5000;
setInterval(() => void freshen().catch(() => {}), EVERY_MS);

document.addEventListener("keydown", (event) => {
  const at = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input, textarea, select"))
    return;
  if (event.key === "/") qs("#refund-search input[type=search]").focus();
  else if (event.key === "ArrowDown") walk(1);
  else if (event.key === "ArrowUp") walk(-1);
  else return;
  event.preventDefault();
});

/** @param {number} step */
function walk(step) {
  const rows = all("a[data-row]");
  const here = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = here < 0 && step < 0 ? rows.length - 1 : here + step;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}

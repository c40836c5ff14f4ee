// The evaluation plan's rows in the lot editor: added, removed, and checked while they are typed.
import { all, el, find, icon, qs, replace } from "../kernel/dom.js";
import { send } from "../kernel/http.js";
import { _ } from "../kernel/words.js";

/** @typedef {{slot: string, text: string, next: string, code: string}} Fault */
/** @typedef {{price: string, points: string, share: number}} Tried */
/** @typedef {{fault?: string, base: string, made: string, rows: Tried[]}} Preview */
/** @typedef {{technical: string, price: string, total: string | null, faults: Fault[], preview: Preview | null}} Check */

const PAUSE_MS = 300;

/** @param {HTMLFormElement} form */
export function watchPlan(form) {
  let timer = 0;
  let asked = 0;
  const check = async () => {
    asked += 1;
    const turn = asked;
    try {
      const found = await judged(form);
      if (turn === asked) show(found);
    } catch {
      // The server judges again when the draft is saved.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void check(), PAUSE_MS);
  };
  qs("#evaluation").addEventListener("input", soon);
  watchRows(soon);
}

/** @param {HTMLFormElement} form @returns {Promise<Check>} */
async function judged(form) {
  const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  const bytes = new TextEncoder().encode(new URLSearchParams(fields).toString());
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return (await send("POST", "/tenders/check-plan", { bytes, headers })).json();
}

/** @param {() => void} changed */
function watchRows(changed) {
  for (const adder of all("[data-add-row]")) {
    adder.hidden = false;
    adder.addEventListener("click", () => add(String(adder.dataset.addRow), changed));
  }
  for (const row of all("[data-row]")) makeRemovable(row, changed);
}

/** @param {string} group @param {() => void} changed */
function add(group, changed) {
  const rows = qs(`[data-rows="${group}"]`);
  const used = all(`[data-row="${group}"] [name$="-name"]`, rows).map((input) =>
    Number(/** @type {HTMLInputElement} */ (input).name.split("-")[1]),
  );
  const number = String(Math.max(-1, ...used) + 1);
  const template = /** @type {HTMLTemplateElement} */ (qs(`#${group}-row`));
  const row = /** @type {HTMLElement} */ (
    /** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild
  );
  for (const input of all("[name]", row)) {
    input.setAttribute("name", String(input.getAttribute("name")).replace("NEW", number));
  }
  rows.append(row);
  makeRemovable(row, changed);
  /** @type {HTMLInputElement} */ (qs('[name$="-name"]', row)).focus();
}

/** @param {HTMLElement} row @param {() => void} changed */
function makeRemovable(row, changed) {
  const button = qs("[data-drop-row]", row);
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    find('[name$="-name"]', /** @type {HTMLElement} */ (next ?? document))?.focus();
    changed();
  });
}

/** @param {Check} found */
function show(found) {
  number("item");
  number("check");
  number("draw");
  for (const slot of all("[data-plan-slot]")) {
    const own = found.faults.filter((each) => each.slot === slot.dataset.planSlot);
    replace(slot, ...own.map(told));
  }
  const preview = find("#plan-preview");
  // While the plan is faulty the last trial stays: the fault is told beside its field.
  if (preview && found.preview) replace(preview, ...tried(found.preview));
  const sum = find("#plan-sum");
  if (!sum) return;
  const { technical, price, total } = found;
  sum.textContent =
    total === null
      ? ""
      : _("技术 %(technical)s 分 + 价格 %(price)s 分 = %(total)s 分", { technical, price, total });
}

/**
 * Rows without a name are not sent on; faults name a row by its place among the others.
 * @param {string} group
 */
function number(group) {
  let place = 0;
  for (const row of all(`[data-row="${group}"]`)) {
    const name = /** @type {HTMLInputElement} */ (qs('[name$="-name"]', row));
    const slot = find("[data-plan-slot]", row);
    if (slot) slot.dataset.planSlot = name.value.trim() ? `${group}-${place++}` : "";
  }
}

/** @param {Preview} preview */
function tried({ fault, base, made, rows }) {
  if (fault) return [el("p", { class: "small muted" }, fault)];
  const line = el(
    "p",
    { class: "small" },
    _("评标基准价 %(base)s", { base }),
    made ? el("span", { class: "muted" }, `\u3000${made}`) : null,
  );
  const head = el(
    "tr",
    {},
    el("th", { class: "n" }, _("报价")),
    el("th", { class: "n" }, _("价格得分")),
    el("td"),
  );
  const body = rows.map(({ price, points, share }) =>
    el(
      "tr",
      {},
      el("td", { class: "n" }, price),
      el("td", { class: "n strong" }, points),
      el("td", {}, el("meter", { min: 0, max: 100, value: share, "aria-hidden": "true" })),
    ),
  );
  const caption = el("caption", { class: "vh" }, _("试算"));
  return [
    line,
    el("table", { class: "trial-t" }, caption, el("thead", {}, head), el("tbody", {}, ...body)),
  ];
}

/** @param {Fault} fault */
function told({ text, next, code }) {
  const facts = el("span", {}, text, el("br"), el("cite", {}, `${code}\u3000${next}`));
  return el("div", { class: "legal bad" }, icon("x-c"), facts);
}

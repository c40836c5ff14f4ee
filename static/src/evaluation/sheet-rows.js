// The rows of a score sheet: built once for a stage, filled anew for each bid.
import { el, icon } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { NOTE_MAX, judge, points } from "./sheet-model.js";

/** @typedef {import("./sheet-model.js").Row} Row */
/** @typedef {import("./sheet-model.js").Entry} Entry */
/**
 * @typedef {object} Line one row on the screen
 * @property {Row} row
 * @property {HTMLTableRowElement} tr
 * @property {HTMLInputElement} note
 * @property {HTMLTableRowElement} noteLine below the row, so that Tab goes from the score to it
 * @property {HTMLElement} error
 * @property {HTMLElement} cell
 * @property {HTMLInputElement[]} inputs one for a score, two for pass and fail
 */

/** @param {Row[]} rows @returns {Line[]} */
export const linesOf = (rows) => rows.map(line);

/** @param {Row} row @param {number} at @returns {Line} */
function line(row, at) {
  const id = `row-${row.key}`;
  const error = el("span", { class: "err", id: `${id}-e`, hidden: true });
  const note = el("input", {
    class: "input",
    "aria-label": _("%(name)s 的评审意见", { name: row.name }),
    placeholder: row.kind === "check" ? _("不通过的理由和依据") : _("评审意见，选填"),
    maxlength: NOTE_MAX,
    autocomplete: "off",
    "data-note": row.key,
  });
  const { cell, inputs } = row.kind === "check" ? verdictCell(row, id) : scoreCell(row, id);
  const tr = el(
    "tr",
    { "data-row": row.key },
    el(
      "td",
      {},
      el("b", { class: "strong", id }, `${at + 1}\u3000${row.name}`),
      row.kind !== "check" && row.objective ? el("span", { class: "tag" }, _("客观项")) : null,
      el("span", { class: "sub", id: `${id}-r` }, row.rule),
      error,
    ),
    el("td", { class: "n" }, cell),
  );
  const noteLine = el("tr", { class: "note-in" }, el("td", { colspan: 2 }, note));
  return { row, tr, note, noteLine, error, cell, inputs };
}

/** 0–10 or up to ¥1,000.00 @param {Row} row */
export function rangeWord(row) {
  if (row.kind === "deviation") return `≤ ${yuan(row.maximum)}`;
  const most = points(row.maximum);
  if (row.kind === "deduction") return _("扣 0–%(most)s", { most });
  if (row.kind === "discount") return `0–${most} %`;
  return row.kind === "fixed" ? _("0 或 %(most)s", { most }) : `0–${most}`;
}

/** @param {Row} row @param {string} id */
function scoreCell(row, id) {
  const input = el("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    maxlength: 20,
    "aria-labelledby": id,
    "aria-describedby": `${id}-g ${id}-r`,
    "data-score": row.key,
  });
  const wide = row.kind === "deviation" ? "cell wide" : "cell";
  const cell = el(
    "span",
    { class: wide },
    input,
    el("span", { class: "range", id: `${id}-g` }, rangeWord(row)),
  );
  return { cell, inputs: [input] };
}

/** @param {Row} row @param {string} id */
function verdictCell(row, id) {
  const choice = (/** @type {string} */ value, /** @type {string} */ word) =>
    el("input", {
      type: "radio",
      name: `check-${row.key}`,
      value,
      "data-score": row.key,
      "aria-label": word,
    });
  const inputs = [choice("pass", _("通过")), choice("fail", _("不通过"))];
  const labels = inputs.map((input, at) =>
    el(
      "label",
      { class: input.value },
      input,
      icon(at === 0 ? "check" : "x"),
      at === 0 ? _("通过") : _("不通过"),
    ),
  );
  const group = { class: "verdict", role: "radiogroup", "aria-labelledby": id };
  return { cell: el("span", { ...group, "aria-describedby": `${id}-r` }, ...labels), inputs };
}

/**
 * Puts a bid's entry into a line.
 * @param {Line} line @param {Entry | undefined} entry @param {boolean} locked
 */
export function fill(line, entry, locked) {
  const value = entry?.value ?? "";
  for (const input of line.inputs) {
    if (input.type === "radio") {
      input.checked = input.value === value;
      input.disabled = locked && !input.checked;
    } else {
      if (input.value !== value) input.value = value;
      input.readOnly = locked;
    }
  }
  const note = entry?.note ?? "";
  if (line.note.value !== note) line.note.value = note;
  line.note.readOnly = locked;
  line.cell.classList.toggle("locked", locked);
  mark(line, entry, { final: false });
}

/**
 * Says what is wrong with a line. While somebody types, what is not finished is not yet wrong.
 * @param {Line} line @param {Entry | undefined} entry @param {{final: boolean}} by
 */
export function mark(line, entry, { final }) {
  const { verdict, text } = judge(line.row, entry);
  const open = verdict === "empty" ? final : verdict !== "ok" && (verdict !== "no_reason" || final);
  const { error } = line;
  if (error.hidden === open) {
    error.hidden = !open;
    line.cell.classList.toggle("bad", open);
    for (const input of line.inputs) {
      if (open) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
  if (open) error.replaceChildren(icon("x-c"), el("span", {}, complaint(line.row, verdict)));
  else if (error.firstChild) error.replaceChildren();
  const reasoned = verdict === "no_reason" || text === "fail" || Boolean(entry?.note);
  line.noteLine.classList.toggle("open", reasoned);
  line.tr.classList.toggle("noted", reasoned);
}

/** @param {Row} row @param {string} verdict */
function complaint(row, verdict) {
  const most = row.kind === "deviation" ? yuan(row.maximum) : points(row.maximum);
  const each = row.kind === "deviation" ? yuan(row.step) : points(row.step);
  /** @type {{[verdict: string]: string}} */
  const words = {
    empty: row.kind === "check" ? _("请选通过或不通过") : _("还没有打分"),
    malformed: row.kind === "deviation" ? _("填金额，例如 1200.00") : _("填数字，例如 7.5"),
    above:
      row.kind === "deviation"
        ? _("超出范围，最高 %(most)s", { most })
        : _("超出范围，最高 %(most)s 分", { most }),
    off_step:
      row.kind === "deviation"
        ? _("须是 %(each)s 的整数倍", { each })
        : _("每档 %(each)s 分", { each }),
    no_reason: _("不通过须写明理由"),
  };
  return words[verdict] ?? "";
}

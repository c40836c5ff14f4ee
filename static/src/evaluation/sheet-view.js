// The score sheet on the screen: one bid at a time, driven from the keyboard, with its subtotal.
import { el, find, replace } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { points, stepped, summary } from "./sheet-model.js";
import { fill, linesOf, mark } from "./sheet-rows.js";
import { restWord, tabWord, totalWord } from "./sheet-words.js";
import { bidName } from "./words.js";

/** @typedef {import("./sheet-model.js").Row} Row */
/** @typedef {import("./sheet-model.js").Entries} Entries */
/** @typedef {import("./sheet-rows.js").Line} Line */
/** @typedef {"open" | "sending" | "submitted" | "returned"} SheetState */
/** @typedef {{number: number, name: string, entries: Entries, state: SheetState, fault?: string}} Leaf a bid's sheet; fault: why it came back */
/**
 * @typedef {object} By
 * @property {(bid: number) => void} onChange something was typed
 * @property {(bid: number) => void} onSubmit the sheet is complete and its author wants to submit
 * @property {(bid: number) => void} onBid another bid is shown
 */

export class SheetView {
  /** @param {HTMLElement} box @param {By} by */
  constructor(box, by) {
    this.box = box;
    this.by = by;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    /** @type {Map<number, Leaf>} */
    this.leaves = new Map();
    /** @type {Map<number, {button: HTMLElement, small: HTMLElement, words: string}>} */
    this.tabs = new Map();
    /** @type {Line | null} the row that has the cursor */
    this.at = null;
    this.bid = 0;
    this.blocked = "";
    this.#build();
  }

  #build() {
    this.title = el("span", { class: "small muted" });
    this.saved = el("span", { class: "end save", role: "status" });
    this.nav = el("div", { class: "bidders", role: "group", "aria-label": _("投标文件") });
    this.body = el("tbody");
    this.whose = el("caption", { class: "vh" });
    this.total = el("b", { class: "num" });
    this.rest = el("span", { class: "small muted" });
    this.submit = el("button", {
      class: "btn primary",
      type: "button",
      "data-act": "submit-sheet",
      on: { click: () => this.#trySubmit() },
    });
    const keys = el(
      "span",
      { class: "keys tiny muted" },
      ...key("⏎ ↓", _("下一项")),
      ...key("Tab", _("意见")),
      ...key("PgDn", _("下一份")),
      ...key("Ctrl ⏎", _("提交")),
    );
    replace(
      this.box,
      el("div", { class: "hd" }, el("h2", {}, _("评分表")), this.title, this.saved),
      this.nav,
      el(
        "div",
        { class: "score-box", tabindex: 0, role: "region", "aria-label": _("评分项") },
        el(
          "table",
          { class: "table score" },
          this.whose,
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              el("th", { scope: "col" }, _("评分项与规则")),
              el("th", { class: "n", scope: "col" }, _("评定")),
            ),
          ),
          this.body,
        ),
      ),
      el(
        "div",
        { class: "sum" },
        el("span", { class: "soft" }, _("小计")),
        this.total,
        this.rest,
        el("span", { class: "end row tight" }, keys, this.submit),
      ),
      el("div", { class: "ft" }, _("各委员独立评审。全体提交之前，谁也看不到别人的评定。")),
    );
    this.box.addEventListener("input", (event) => this.#typed(event));
    this.box.addEventListener("change", (event) => this.#left(event));
    this.box.addEventListener("keydown", (event) => this.#keys(event));
    this.box.addEventListener("focusin", (event) => this.#reveal(event));
  }

  /**
   * A new stage: other rows, all bids anew.
   * @param {Row[]} rows @param {Leaf[]} leaves
   */
  setStage(rows, leaves) {
    this.rows = rows;
    this.at = null;
    this.leaves = new Map(leaves.map((leaf) => [leaf.number, leaf]));
    const lines = linesOf(rows);
    this.lines = new Map(lines.map((line) => [line.row.key, line]));
    replace(
      /** @type {HTMLElement} */ (this.body),
      ...lines.flatMap(({ tr, noteLine }) => [tr, noteLine]),
    );
    this.tabs.clear();
    replace(/** @type {HTMLElement} */ (this.nav), ...leaves.map((leaf) => this.#tab(leaf)));
    const most = points(summary(rows, {}).maximum);
    const kind = rows[0]?.kind;
    const title =
      kind === "check"
        ? _("资格审查 %(n)s 项", { n: rows.length })
        : kind === "deviation"
          ? _("量化偏差 %(n)s 项", { n: rows.length })
          : _("技术部分 %(most)s 分", { most });
    if (this.title) this.title.textContent = title;
    this.box.dataset.kind = kind ?? "";
  }

  /** @param {Leaf} leaf */
  #tab(leaf) {
    const small = el("small");
    const show = () => this.show(leaf.number);
    const button = el(
      "button",
      { type: "button", title: leaf.name, "data-bid": leaf.number, on: { click: show } },
      bidName(leaf.number),
      small,
    );
    this.tabs.set(leaf.number, { button, small, words: "" });
    this.#tellTab(leaf);
    return button;
  }

  /** @param {number} bid */
  show(bid) {
    const leaf = this.leaves.get(bid);
    if (!leaf) return;
    const changed = bid !== this.bid;
    this.tabs.get(this.bid)?.button.removeAttribute("aria-current");
    this.tabs.get(bid)?.button.setAttribute("aria-current", "true");
    this.bid = bid;
    const locked = leaf.state === "submitted" || leaf.state === "sending" || this.blocked !== "";
    for (const line of this.lines.values()) fill(line, leaf.entries[line.row.key], locked);
    if (this.whose) this.whose.textContent = _("%(bid)s 的评分表", { bid: bidName(bid) });
    this.#tell(leaf);
    if (changed) this.by.onBid(bid);
  }

  /** Shows again what a bid's sheet says now. @param {number} [bid] all without */
  refresh(bid) {
    for (const leaf of this.leaves.values()) {
      if (bid === undefined || leaf.number === bid) this.#tellTab(leaf);
    }
    if (bid === undefined || bid === this.bid) this.show(this.bid);
  }

  /** Nothing can be typed or submitted, and why. @param {string} why empty lifts it */
  block(why) {
    if (this.blocked === why) return;
    this.blocked = why;
    if (this.bid) this.show(this.bid);
  }

  /** @param {Node | string} said */
  tellSaved(said) {
    replace(/** @type {HTMLElement} */ (this.saved), said);
  }

  /** Puts the cursor into the first row that wants something. */
  focusFirst() {
    const leaf = this.leaves.get(this.bid);
    const rows = [...this.lines.values()];
    const open = rows.find(({ row }) => !leaf?.entries[row.key]?.value) ?? rows[0];
    focus(open);
  }

  /** @param {Event} event */
  #typed(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const key = input.dataset.score ?? input.dataset.note;
    const line = this.lines.get(key ?? "");
    const leaf = this.leaves.get(this.bid);
    if (!line || !leaf || !key || leaf.state === "submitted") return;
    const entry = leaf.entries[key] ?? { value: "", note: "" };
    const changed = input.dataset.note ? { note: input.value } : { value: input.value };
    leaf.entries[key] = { ...entry, ...changed };
    mark(line, leaf.entries[key], { final: false });
    this.#tell(leaf);
    this.by.onChange(this.bid);
  }

  /** The whole row of what has the cursor is in sight. @param {Event} event */
  #reveal(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const line = this.lines.get(input.dataset.score ?? input.dataset.note ?? "");
    if (!line || line === this.at) return;
    // The note stays open until another row is entered, so that Tab can reach it.
    if (this.at) enter(this.at, false);
    enter(line, true);
    this.at = line;
    const box = line.tr.closest(".score-box");
    if (box) bringIntoSight(box, line);
  }

  /** A line that was left says what it lacks. @param {Event} event */
  #left(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const line = this.lines.get(input.dataset.note ?? "");
    const leaf = this.leaves.get(this.bid);
    if (line && leaf) mark(line, leaf.entries[line.row.key], { final: true });
  }

  /** @param {Leaf} leaf */
  #tell(leaf) {
    const sum = summary(this.rows, leaf.entries);
    const kind = this.rows[0]?.kind;
    if (this.total) this.total.textContent = totalWord(kind, sum);
    if (this.rest) this.rest.textContent = restWord(kind, sum, leaf);
    if (this.submit) {
      const sent = leaf.state === "submitted" || leaf.state === "sending";
      this.submit.disabled = sent || this.blocked !== "";
      this.submit.title = this.blocked;
      this.submit.textContent = sent
        ? _("%(bid)s 已提交", { bid: bidName(leaf.number) })
        : _("提交 %(bid)s", { bid: bidName(leaf.number) });
    }
    this.#tellTab(leaf, sum);
  }

  /** @param {Leaf} leaf */
  #tellTab(leaf, sum = summary(this.rows, leaf.entries)) {
    const tab = this.tabs.get(leaf.number);
    if (!tab) return;
    const words = tabWord(leaf, sum, this.rows.length);
    if (tab.words === words) return;
    tab.words = words;
    tab.small.textContent = words;
    tab.button.dataset.s = leaf.state;
  }

  #trySubmit() {
    const leaf = this.leaves.get(this.bid);
    if (!leaf || this.submit?.disabled) return;
    /** @type {Line | null} */
    let first = null;
    for (const line of this.lines.values()) {
      mark(line, leaf.entries[line.row.key], { final: true });
      if (!first && !line.error.hidden) first = line;
    }
    if (first) focus(first);
    else this.by.onSubmit(this.bid);
  }

  /** @param {Event} event */
  #keys(event) {
    const { key: name, ctrlKey, metaKey, isComposing } = /** @type {KeyboardEvent} */ (event);
    if (isComposing) return;
    const input = /** @type {HTMLInputElement} */ (event.target);
    const here = input.dataset?.score ?? input.dataset?.note;
    if (name === "Enter" && (ctrlKey || metaKey)) this.#trySubmit();
    else if (name === "PageDown" || name === "PageUp") this.#turn(name === "PageDown" ? 1 : -1);
    else if (here && name === "Enter") this.#move(here, 1);
    else if (here && input.type !== "radio" && name === "ArrowDown") this.#move(here, 1);
    else if (here && input.type !== "radio" && name === "ArrowUp") this.#move(here, -1);
    else if (input.dataset?.score && input.type === "text" && (name === "+" || name === "-"))
      this.#step(input, name === "+" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  /** @param {string} from @param {number} by */
  #move(from, by) {
    const lines = [...this.lines.values()];
    const at = lines.findIndex(({ row }) => row.key === from) + by;
    if (at >= lines.length) this.submit?.focus();
    else focus(lines[Math.max(0, at)]);
  }

  /** @param {number} by */
  #turn(by) {
    const numbers = [...this.leaves.keys()];
    const next = numbers[numbers.indexOf(this.bid) + by];
    if (next === undefined) return;
    const focused = find("[data-score]:focus, [data-note]:focus", this.box);
    this.show(next);
    if (focused) this.focusFirst();
  }

  /** @param {HTMLInputElement} input @param {1 | -1} by */
  #step(input, by) {
    const line = this.lines.get(input.dataset.score ?? "");
    if (!line || input.readOnly) return;
    input.value = stepped(line.row, input.value, by);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @param {Line} line @param {boolean} at */
function enter(line, at) {
  line.tr.classList.toggle("at", at);
  line.noteLine.classList.toggle("at", at);
}

const HEAD = 40; // the table's sticky head covers this much

/** One look at the layout, one scroll. @param {Element} box @param {Line} line */
function bringIntoSight(box, line) {
  const [seen, top, end] = [box, line.tr, line.noteLine].map((one) => one.getBoundingClientRect());
  if (!seen || !top || !end || box.scrollHeight <= box.clientHeight) return;
  if (end.bottom > seen.bottom) box.scrollTop += end.bottom - seen.bottom + 8;
  else if (top.top < seen.top + HEAD) box.scrollTop -= seen.top + HEAD - top.top;
}

/** @param {Line | undefined} line */
function focus(line) {
  if (!line) return;
  const input = line.inputs.find((one) => one.checked) ?? line.inputs[0];
  const silent = !line.error.hidden && line.noteLine.classList.contains("open");
  const target = silent ? line.note : input;
  target?.focus({ preventScroll: true });
  if (target && target.type === "text") target.select();
}

/** @param {string} name @param {string} word @returns {Node[]} */
const key = (name, word) => [el("span", { class: "kbd" }, name), document.createTextNode(word)];

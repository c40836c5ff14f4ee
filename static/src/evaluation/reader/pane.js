// One reading pane: bar (part, search, page, zoom, bookmark), table of contents, the pages.
import { el, icon, replace } from "../../kernel/dom.js";
import { Refused, getJson, showRefusal } from "../../kernel/http.js";
import { _ } from "../../kernel/words.js";
import { partWord } from "../words.js";
import { Paper, Withheld } from "./paper.js";
import { SearchBox } from "./search-box.js";
import { SheetsView } from "./sheets-view.js";

/** @typedef {import("./paper.js").Engine} Engine */
/** @typedef {{number: number, parts: string[]}} Bid */
/** @typedef {ReturnType<typeof import("./bookmarks.js").bookmarks>} Bookmarks */
/**
 * @typedef {object} Setting
 * @property {string} room
 * @property {Engine} engine
 * @property {Bid[]} bids
 * @property {Bookmarks} marks
 * @property {boolean} [choosable] the pane has its own choice of bid
 * @property {() => void} [onClose]
 * @property {(open: boolean) => void} [onCompare]
 * @property {(at: {page: number, part: number}) => void} [onScroll]
 */

const STEP = 1.2;
let panes = 0;

export class Pane {
  /** @param {HTMLElement} box @param {Setting} setting */
  constructor(box, setting) {
    this.box = box;
    this.setting = setting;
    this.id = `reader-${++panes}`;
    this.bid = 0;
    this.part = "";
    /** @type {Paper | null} */
    this.paper = null;
    /** @type {SheetsView | null} */
    this.sheets = null;
    this.opening = 0;
    this.still = false;
    this.#build();
  }

  #build() {
    this.title = el("h2", { class: "reader-t" });
    this.bidChoice = el("select", {
      class: "select sm",
      "aria-label": _("对照的投标文件"),
      on: { change: () => void this.open(Number(this.bidChoice?.value), this.part) },
    });
    this.partChoice = el("select", {
      class: "select sm",
      "aria-label": _("文件"),
      on: { change: () => void this.open(this.bid, this.partChoice?.value ?? "") },
    });
    this.search = new SearchBox(() => ({ paper: this.paper, sheets: this.sheets }));
    this.at = el("span", { class: "small muted nowrap num" });
    this.mark = tool("book", _("加书签"), () => this.#toggleMark());
    const end = this.setting.choosable
      ? tool("x", _("关闭对照"), () => this.setting.onClose?.())
      : el(
          "button",
          {
            class: "btn sm",
            type: "button",
            "aria-pressed": "false",
            "data-compare": true,
            on: { click: (event) => this.#compare(event) },
          },
          icon("split"),
          _("对照"),
        );
    this.outline = el("ol", { class: "outline", "aria-label": _("目录") });
    this.desk = el("div", {
      class: "desk",
      tabindex: 0,
      role: "region",
      "aria-label": _("投标文件正文"),
      on: { keydown: (event) => this.#keys(event) },
    });
    const choices = this.setting.choosable ? this.bidChoice : this.title;
    replace(
      this.box,
      el(
        "div",
        { class: "reader-bar" },
        choices,
        this.partChoice,
        this.setting.choosable ? null : this.search.node,
        this.at,
        el(
          "span",
          { class: "reader-tools" },
          this.setting.choosable ? null : this.mark,
          tool("minus", _("缩小"), () => this.#zoom(1 / STEP)),
          tool("fit", _("适合宽度"), () => this.sheets?.setZoom("width")),
          tool("plus", _("放大"), () => this.#zoom(STEP)),
          end,
        ),
      ),
      el(
        "div",
        { class: this.setting.choosable ? "reader bare" : "reader" },
        this.setting.choosable ? null : this.outline,
        this.desk,
      ),
    );
  }

  /**
   * Opens a part of a bid; the same part stays where it is.
   * @param {number} bid @param {string} [part] the bid's first one without
   */
  async open(bid, part = "") {
    const { bids } = this.setting;
    const parts = bids.find(({ number }) => number === bid)?.parts ?? [];
    const wantedPart = parts.includes(part) ? part : (parts[0] ?? "");
    if (this.bid === bid && this.part === wantedPart && this.paper) return;
    [this.bid, this.part] = [bid, wantedPart];
    this.#showChoices(parts);
    const turn = ++this.opening;
    this.close();
    if (!wantedPart) {
      this.#empty(_("这份投标没有可以阅读的文件"), "");
      return;
    }
    this.#empty(_("正在打开"), "");
    try {
      const paper = await Paper.open(this.url, this.setting.engine);
      if (turn !== this.opening) {
        void paper.destroy();
        return;
      }
      await this.#show(paper);
    } catch (error) {
      if (turn === this.opening) await this.#refuse(error);
    }
  }

  /** @returns {string} */
  get url() {
    return `/evaluations/${this.setting.room}/bids/${this.bid}/${this.part}`;
  }

  close() {
    this.sheets?.stop();
    void this.paper?.destroy();
    this.sheets = null;
    this.paper = null;
    replace(this.outline ?? this.box);
    if (this.at) this.at.textContent = "";
  }

  /** Follows the other pane without telling it back. @param {{page: number, part: number}} place */
  follow({ page, part }) {
    if (!this.sheets) return;
    this.still = true;
    this.sheets.goTo(page, part);
    requestAnimationFrame(() => {
      this.still = false;
    });
  }

  /** @param {Paper} paper */
  async #show(paper) {
    this.paper = paper;
    const sheets = new SheetsView(/** @type {HTMLElement} */ (this.desk), paper, {
      onPage: () => this.#tellPlace(),
      onScroll: () => !this.still && this.setting.onScroll?.(sheets.place()),
    });
    this.sheets = sheets;
    replace(/** @type {HTMLElement} */ (this.desk));
    await sheets.start();
    this.#tellPlace();
    if (!this.setting.choosable) await this.#showOutline(paper);
    void this.search?.again();
  }

  /** @param {string[]} parts */
  #showChoices(parts) {
    const name = `B${String(this.bid).padStart(2, "0")}`;
    if (this.title) this.title.textContent = name;
    replace(
      /** @type {HTMLElement} */ (this.partChoice),
      ...parts.map((one) =>
        el("option", { value: one, selected: one === this.part }, partWord(one)),
      ),
    );
    replace(
      /** @type {HTMLElement} */ (this.bidChoice),
      ...this.setting.bids.map(({ number }) =>
        el(
          "option",
          { value: number, selected: number === this.bid },
          `B${String(number).padStart(2, "0")}`,
        ),
      ),
    );
  }

  /** @param {Paper} paper */
  async #showOutline(paper) {
    const headings = await paper.outline();
    if (this.paper !== paper) return;
    const rows = headings.length ? headings : pageList(paper.pages);
    const marked = this.setting.marks.of(this.#key());
    replace(
      /** @type {HTMLElement} */ (this.outline),
      ...marked.map((page) =>
        this.#row(_("书签　第 %(n)s 页", { n: page }), page, 0, icon("book", "fg-need")),
      ),
      ...rows.map(({ title, page, depth }) => this.#row(title, page, depth)),
    );
    this.#tellPlace();
  }

  /** @param {string} title @param {number} page @param {number} depth @param {Node} [mark] */
  #row(title, page, depth, mark) {
    const go = () => this.sheets?.goTo(page);
    return el(
      "li",
      { class: `sub${depth}`, "data-page": page },
      el(
        "button",
        { type: "button", on: { click: go } },
        el("span", {}, mark ?? null, title),
        el("span", { class: "num" }, page),
      ),
    );
  }

  #tellPlace() {
    const { sheets, paper } = this;
    if (!sheets || !paper || !this.at || !this.outline) return;
    this.at.textContent = _("%(n)s / %(all)s 页", { n: sheets.page, all: paper.pages });
    const rows = [...this.outline.children].filter((row) => !row.querySelector(".fg-need"));
    const here = rows.findLast((row) => Number(row.getAttribute("data-page")) <= sheets.page);
    for (const row of rows) row.toggleAttribute("aria-current", row === here);
    here?.setAttribute("aria-current", "true");
    const on = this.setting.marks.has(this.#key(), sheets.page);
    this.mark?.setAttribute("aria-pressed", String(on));
  }

  #key() {
    return `${this.bid}.${this.part}`;
  }

  #toggleMark() {
    if (!this.sheets || !this.paper) return;
    this.setting.marks.toggle(this.#key(), this.sheets.page);
    void this.#showOutline(this.paper);
  }

  /** @param {number} by */
  #zoom(by) {
    if (this.sheets) this.sheets.setZoom(this.sheets.scale * by);
  }

  /** @param {Event} event */
  #compare(event) {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    const on = button.getAttribute("aria-pressed") !== "true";
    this.showCompared(on);
    this.setting.onCompare?.(on);
  }

  /** @param {boolean} on */
  showCompared(on) {
    this.box.querySelector("[data-compare]")?.setAttribute("aria-pressed", String(on));
  }

  /** @param {Event} event */
  #keys(event) {
    const { key, ctrlKey, metaKey } = /** @type {KeyboardEvent} */ (event);
    const find = key === "/" || ((ctrlKey || metaKey) && key === "f");
    if (find) this.search?.focus();
    else if (key === "+" || key === "=") this.#zoom(STEP);
    else if (key === "-") this.#zoom(1 / STEP);
    else if (key === "0") this.sheets?.setZoom("width");
    else if (key === "n" || key === "N") this.search?.step(key === "N" ? -1 : 1);
    else if (key === "ArrowRight" || key === "ArrowLeft") this.#turn(key === "ArrowRight" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  /** @param {number} by */
  #turn(by) {
    if (this.sheets) this.sheets.goTo(this.sheets.page + by);
  }

  /** @param {string} title @param {string} text */
  #empty(title, text) {
    replace(
      /** @type {HTMLElement} */ (this.desk),
      el("div", { class: "reader-none" }, el("p", { class: "strong" }, title), el("p", {}, text)),
    );
  }

  /** @param {unknown} error */
  async #refuse(error) {
    const told = error instanceof Withheld ? await this.#reason() : null;
    const box = el("div", { class: "reader-none" });
    replace(/** @type {HTMLElement} */ (this.desk), box);
    showRefusal(
      box,
      told ??
        new Refused(
          {
            code: "",
            what: _("文件没有打开。"),
            next: _("检查网络后重新选择这份文件；仍打不开，请联系评标现场的工作人员。"),
          },
          0,
        ),
    );
  }

  /** The words of the refusal, asked again as JSON. */
  async #reason() {
    try {
      await getJson(this.url, { headers: { Range: "bytes=0-0" } });
    } catch (error) {
      return error;
    }
    return null;
  }
}

/** @param {number} pages */
const pageList = (pages) =>
  Array.from({ length: pages }, (_each, at) => ({
    title: _("第 %(n)s 页", { n: at + 1 }),
    page: at + 1,
    depth: 0,
  }));

/** @param {string} name @param {string} label @param {() => void} click */
function tool(name, label, click) {
  const attributes = { class: "btn sm", type: "button", "aria-label": label, title: label };
  return el("button", { ...attributes, on: { click } }, icon(name));
}

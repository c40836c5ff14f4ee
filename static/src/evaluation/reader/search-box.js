// Searching one paper: the words, how many there are, from one to the next.
import { el } from "../../kernel/dom.js";
import { _ } from "../../kernel/words.js";
import { search, wanted } from "./finding.js";

/** @typedef {import("./paper.js").Paper} Paper */
/** @typedef {import("./sheets-view.js").SheetsView} SheetsView */

const TYPING_MS = 250;

export class SearchBox {
  /** @param {() => {paper: Paper | null, sheets: SheetsView | null}} what is open now */
  constructor(what) {
    this.what = what;
    /** @type {import("./finding.js").Hit[]} */
    this.hits = [];
    this.hit = -1;
    this.turn = 0;
    this.query = el("input", {
      class: "input",
      type: "search",
      placeholder: _("在本文件中查找"),
      "aria-label": _("在本文件中查找"),
      on: { input: () => this.#typed(), keydown: (event) => this.#pressed(event) },
    });
    this.found = el("span", { class: "small muted nowrap num", role: "status" });
    this.node = el("span", { class: "reader-find" }, this.query, this.found);
  }

  focus() {
    this.query.focus();
    this.query.select();
  }

  /** Searches what is open now for the words that stand there. */
  async again() {
    const { paper, sheets } = this.what();
    const turn = ++this.turn;
    [this.hits, this.hit] = [[], -1];
    if (!paper || !wanted(this.query.value)) {
      this.found.textContent = "";
      sheets?.mark([], -1);
      return;
    }
    await search(paper, this.query.value, {
      stopped: () => turn !== this.turn || this.what().paper !== paper,
      tell: (hits, done) => {
        const first = this.hits.length === 0 && hits.length > 0;
        this.hits = [...hits];
        if (first) this.hit = 0;
        if (first || done) this.#tell(done);
      },
    });
  }

  /** To the next hit, or back. @param {number} by */
  step(by) {
    if (this.hits.length === 0) return;
    this.hit = (this.hit + by + this.hits.length) % this.hits.length;
    this.#tell(true);
  }

  /** @param {boolean} done */
  #tell(done) {
    const none = done ? _("没有找到") : "";
    this.found.textContent = this.hits.length ? `${this.hit + 1} / ${this.hits.length}` : none;
    this.what().sheets?.mark(this.hits, this.hit);
  }

  #typed() {
    const turn = ++this.turn;
    setTimeout(() => turn === this.turn && void this.again(), TYPING_MS);
  }

  /** @param {Event} event */
  #pressed(event) {
    const { key, shiftKey } = /** @type {KeyboardEvent} */ (event);
    if (key !== "Enter") return;
    event.preventDefault();
    this.step(shiftKey ? -1 : 1);
  }
}

// The documents of a bid: chosen, looked at in this browser only, never sent as they are.
import { all, chip, el, qs, replace } from "../kernel/dom.js";
import { size } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {"technical" | "commercial" | "attachments"} DocumentPart */
/** @typedef {{file: File, problem: string | null}} Chosen */

const MAGIC = "%PDF-";
const LOOK_FOR_MAGIC = 1024;
export const REQUIRED = /** @type {DocumentPart[]} */ (["technical", "commercial"]);

export class DocumentsForm {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.changed = changed;
    /** @type {Map<DocumentPart, Chosen>} */
    this.chosen = new Map();
    for (const slot of all("[data-slot]", root)) this.wire(slot);
  }

  /** @param {HTMLElement} slot */
  wire(slot) {
    const input = /** @type {HTMLInputElement} */ (qs("[data-file]", slot));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      // Chosen again under the same name after it was edited, it must be noticed as a new choice.
      input.value = "";
      if (file) void this.choose(slot, file);
    });
    slot.addEventListener("dragover", (event) => event.preventDefault());
    slot.addEventListener("drop", (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void this.choose(slot, file);
    });
  }

  /** @param {HTMLElement} slot @param {File} file */
  async choose(slot, file) {
    const part = /** @type {DocumentPart} */ (slot.dataset.slot);
    const problem = await problemOf(file);
    this.chosen.set(part, { file, problem });
    qs("[data-name]", slot).textContent = file.name;
    qs("[data-ico]", slot).classList.remove("sealed");
    qs("[data-ico]", slot).textContent = "PDF";
    const meta = qs("[data-meta]", slot);
    meta.textContent = problem ?? size(file.size);
    meta.classList.toggle("fg-refused", problem !== null);
    const state = problem
      ? chip("refused", _("不能使用"), "x-c")
      : chip("neutral", _("待封装"), "file");
    replace(qs("[data-state]", slot), state);
    this.changed();
  }

  /** Hatches the icons: what was chosen is sealed now. */
  markSealed() {
    for (const slot of all("[data-slot]")) {
      if (!this.chosen.has(/** @type {DocumentPart} */ (slot.dataset.slot))) continue;
      replace(qs("[data-ico]", slot), el("span", { class: "vh" }, _("密封")));
      qs("[data-ico]", slot).classList.add("sealed");
      replace(qs("[data-state]", slot), chip("neutral", _("已封装"), "lock"));
    }
  }

  /** @param {boolean} locked no choosing while sealing */
  lock(locked) {
    for (const input of all("[data-file]")) input.toggleAttribute("disabled", locked);
    for (const label of all("[data-choose]")) label.hidden = locked;
  }

  /** @returns {{name: DocumentPart, source: File}[]} */
  documents() {
    return [...this.chosen].map(([name, { file }]) => ({ name, source: file }));
  }

  /** Whether every obligatory document is chosen and every chosen one can be used. */
  complete() {
    const usable = [...this.chosen.values()].every(({ problem }) => problem === null);
    return usable && REQUIRED.every((part) => this.chosen.has(part));
  }
}

/** @param {File} file @returns {Promise<string | null>} */
async function problemOf(file) {
  if (file.size === 0) return _("文件是空的。");
  const head = new TextDecoder("latin1").decode(await file.slice(0, LOOK_FOR_MAGIC).arrayBuffer());
  if (!head.includes(MAGIC)) return _("这不是 PDF 文件。请导出为 PDF 后再选择。");
  return null;
}

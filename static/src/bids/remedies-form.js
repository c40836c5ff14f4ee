// What helps at the opening when the key is gone: chosen before sealing, for it cannot be added.
import { serverNow } from "../kernel/clock.js";
import { el, find, qs, replace } from "../kernel/dom.js";
import { short } from "../kernel/format.js";
import { newCode } from "../sealing/recovery.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Terms} Terms */

export class RemediesForm {
  /**
   * @param {HTMLFormElement} form @param {Terms} terms
   * @param {() => void} onChange
   */
  constructor(form, terms, onChange) {
    this.form = form;
    this.terms = terms;
    this.onChange = onChange;
    /** @type {{bytes: Bytes, printed: string} | null} */
    this.code = null;
    form.addEventListener("change", () => void this.changed());
    find("#code-tail")?.addEventListener("input", onChange);
    find("#code-print")?.addEventListener("click", () => this.print());
  }

  /** @param {string} name */
  chosen(name) {
    // Not by FormData: while sealing goes on the choices are disabled, and still hold.
    const checked = this.form.querySelector(`input[name="${name}"]:checked`);
    return /** @type {HTMLInputElement | null} */ (checked)?.value ?? "";
  }

  async changed() {
    const wanted = this.chosen("recovery") === "print";
    const sheet = find("#code-sheet");
    if (sheet) {
      if (wanted && !this.code) await this.draw();
      sheet.hidden = qs("#code-proof").hidden = !wanted;
    }
    this.onChange();
  }

  async draw() {
    this.code = await newCode();
    const groups = this.code.printed.split("-");
    replace(qs("#code-groups"), ...groups.map((group) => el("span", { class: "mono" }, group)));
    qs("#code-at").textContent = short(new Date(serverNow()).toISOString());
  }

  /** The sheet alone, without the page around it. */
  print() {
    document.body.classList.add("print-sheet");
    window.print();
    document.body.classList.remove("print-sheet");
  }

  /** Whether the person has the sheet in hand: its last group was typed from it. */
  get proven() {
    const tail = /** @type {HTMLInputElement | null} */ (find("#code-tail"))?.value ?? "";
    const typed = tail.toUpperCase().replace(/[\s-]/g, "");
    return this.code !== null && typed === this.code.printed.split("-").at(-1);
  }

  /** @returns {{recovery: boolean, rescue: boolean, alone: boolean}} what is settled */
  settled() {
    const alone = this.terms.holder_lock === "committee_only";
    const choice = this.chosen("recovery");
    return {
      alone: !alone || this.chosen("alone") === "1",
      recovery: alone || choice === "none" || (choice === "print" && this.proven),
      rescue: alone || !this.terms.rescue || this.chosen("rescue") !== "",
    };
  }

  /** @returns {{recovery: Bytes | undefined, consent: boolean}} for the envelope */
  values() {
    const printed = this.chosen("recovery") === "print" ? this.code?.bytes : undefined;
    return { recovery: printed, consent: this.chosen("rescue") === "yes" };
  }

  /** A code belongs to one version: the next one gets its own. */
  renew() {
    this.code = null;
    const tail = /** @type {HTMLInputElement | null} */ (find("#code-tail"));
    if (tail) tail.value = "";
    void this.changed();
  }

  /** @param {boolean} locked */
  lock(locked) {
    for (const input of this.form.querySelectorAll("#remedies-panel input, #remedies-panel button"))
      /** @type {HTMLInputElement} */ (input).disabled = locked;
  }
}

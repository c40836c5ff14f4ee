// 开标一览表: what will be read out, checked while it is typed; it leaves the browser only sealed.
import { el, find, icon, qs } from "../kernel/dom.js";
import { parseYuan, yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {{price_fen: number, duration_days: number, quality: string, manager: string,
 *   validity_days: number}} Opening */

const MOST_DAYS = 9999;

export class OpeningForm {
  /**
   * @param {HTMLFormElement} form @param {number | null} ceiling fen
   * @param {() => void} changed
   */
  constructor(form, ceiling, changed) {
    this.form = form;
    this.ceiling = ceiling;
    this.touched = false;
    form.addEventListener("input", () => {
      this.touched = true;
      changed();
    });
    form.addEventListener("focusout", (event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if (input.name in this.problems() && input.value) this.showProblem(input.name);
    });
  }

  /** @param {string} name @returns {string} */
  value(name) {
    const input = /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
    return input.value.trim();
  }

  /** @returns {Record<string, string | null>} field → what is wrong, null when right */
  problems() {
    return {
      price: this.priceProblem(),
      duration: daysProblem(this.value("duration")),
      quality: this.value("quality") ? null : _("请填写质量目标。"),
      manager: this.value("manager") ? null : _("请填写项目负责人。"),
      validity: daysProblem(this.value("validity")),
    };
  }

  priceProblem() {
    const fen = parseYuan(this.value("price"));
    if (fen === null) return _("请填写金额，最多两位小数，例如 1,234,567.00。");
    if (fen <= 0) return _("金额须大于零。");
    if (this.ceiling !== null && fen > this.ceiling) {
      return _("高于最高限价 %(price)s，将被否决。条例第 51 条。", { price: yuan(this.ceiling) });
    }
    return null;
  }

  /** @returns {Opening | null} null while something is wrong */
  opening() {
    if (Object.values(this.problems()).some((problem) => problem !== null)) return null;
    return {
      price_fen: parseYuan(this.value("price")) ?? 0,
      duration_days: Number(this.value("duration")),
      quality: this.value("quality"),
      manager: this.value("manager"),
      validity_days: Number(this.value("validity")),
    };
  }

  /** @param {string} name */
  showProblem(name) {
    const problem = this.problems()[name] ?? null;
    const input = qs(`#f-${name}`, this.form);
    const field = /** @type {HTMLElement} */ (input.closest(".field"));
    find(".err", field)?.remove();
    field.classList.toggle("bad", problem !== null);
    input.toggleAttribute("aria-invalid", problem !== null);
    if (problem === null) return;
    const id = `f-${name}-e`;
    field.append(el("p", { class: "err", id }, icon("x-c"), el("span", {}, problem)));
    input.setAttribute("aria-describedby", id);
  }

  /** @param {boolean} locked */
  lock(locked) {
    for (const input of this.form.querySelectorAll("#opening-panel input")) {
      input.toggleAttribute("readonly", locked);
    }
  }
}

/** @param {string} text */
function daysProblem(text) {
  const right = /^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= MOST_DAYS;
  return right ? null : _("请填写整数天数，1 到 9999。");
}

// Fields that answer while one types: money with 大写, switches, button sets, drop zones.
import { all, find, qs } from "./dom.js";
import { daxie, parseYuan, thousands } from "./format.js";

/** @param {HTMLElement} field */
function showCapital(field) {
  const input = /** @type {HTMLInputElement} */ (qs("input", field));
  const fen = parseYuan(input.value);
  const words = find("[data-daxie]", field);
  if (words) words.textContent = fen === null ? "" : daxie(fen);
}

/** @param {HTMLInputElement} input */
function tidyMoney(input) {
  const fen = parseYuan(input.value);
  if (fen === null) return;
  input.value = `${thousands(Math.floor(fen / 100))}.${String(fen % 100).padStart(2, "0")}`;
}

/** @param {Element} button */
function toggle(button) {
  const on = button.getAttribute("aria-checked") !== "true";
  button.setAttribute("aria-checked", String(on));
  button.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { on } }));
}

/** @param {HTMLElement} zone */
function wireDrop(zone) {
  const input = /** @type {HTMLInputElement} */ (qs("input[type=file]", zone));
  const give = (/** @type {FileList | null | undefined} */ list) => {
    const files = [...(list ?? [])];
    if (files.length > 0) {
      zone.dispatchEvent(new CustomEvent("files", { bubbles: true, detail: files }));
    }
  };
  input.addEventListener("change", () => give(input.files));
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    zone.addEventListener(type, () => zone.classList.remove("over"));
  }
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer?.files;
    // In a plain form the dropped file becomes the input's, as if it had been chosen.
    if (files && zone.closest("form")) input.files = files;
    give(files);
  });
}

/** Wires the fields of the page. */
export function startFields() {
  for (const field of all("[data-money]")) showCapital(field);
  for (const zone of all("[data-drop]")) wireDrop(zone);
  document.addEventListener("input", (event) => {
    const field = /** @type {Element} */ (event.target).closest("[data-money]");
    if (field) showCapital(/** @type {HTMLElement} */ (field));
  });
  document.addEventListener("focusout", (event) => {
    const input = /** @type {Element} */ (event.target);
    if (input.closest("[data-money]") && input instanceof HTMLInputElement) tidyMoney(input);
  });
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("button[role=switch]");
    if (button) toggle(button);
    const option = /** @type {HTMLButtonElement | null} */ (target.closest("[data-set]"));
    if (option) press(option);
  });
}

/** @param {HTMLButtonElement} option */
function press(option) {
  for (const other of all("[data-set]", option.parentElement ?? document)) {
    other.setAttribute("aria-pressed", String(other === option));
  }
  option.dispatchEvent(new CustomEvent("set", { bubbles: true, detail: option.value }));
}

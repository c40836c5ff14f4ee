// Confirmation: a native dialog with its effects, a typed phrase that enables the act, a refusal.
import { all, find, qs } from "./dom.js";
import { showRefusal } from "./http.js";

/**
 * Opens a dialog of the page.
 * @param {string} id
 * @returns {HTMLDialogElement}
 */
export function openDialog(id) {
  const dialog = /** @type {HTMLDialogElement} */ (qs(`dialog#${CSS.escape(id)}`));
  const refusal = find("[data-refusal]", dialog);
  if (refusal) refusal.hidden = true;
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/**
 * Opens a dialog and answers what was confirmed, or null when it was closed without.
 * The dialog stays open until the caller closes it or it is closed by hand.
 * @param {string} id
 * @returns {Promise<FormData | null>}
 */
export function confirmed(id) {
  return submitted(openDialog(id));
}

/**
 * What the open dialog confirms next, or null when it was closed without.
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<FormData | null>}
 */
function submitted(dialog) {
  const form = /** @type {HTMLFormElement} */ (qs("form", dialog));
  return new Promise((resolve) => {
    const stop = new AbortController();
    const settle = (/** @type {FormData | null} */ value) => {
      stop.abort();
      resolve(value);
    };
    const { signal } = stop;
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        settle(new FormData(form));
      },
      { signal },
    );
    dialog.addEventListener("close", () => settle(null), { signal });
  });
}

/**
 * Opens a dialog and does what it confirms; while that is refused it stays open and says why.
 * @param {string} id
 * @param {(data: FormData) => Promise<unknown>} doing
 * @returns {Promise<boolean>} false when it was closed without
 */
export async function carriedOut(id, doing) {
  const dialog = openDialog(id);
  const form = /** @type {HTMLFormElement} */ (qs("form", dialog));
  for (let data = await submitted(dialog); data; data = await submitted(dialog)) {
    busy(form, true);
    try {
      await doing(data);
      busy(form, false);
      dialog.close();
      form.reset();
      return true;
    } catch (error) {
      refuse(form, error);
    }
  }
  return false;
}

/**
 * Marks the submit button of a form as working; nothing can be pressed twice.
 * @param {HTMLFormElement} form
 * @param {boolean} working
 */
export function busy(form, working) {
  for (const button of all("button[type=submit]", form)) {
    button.toggleAttribute("disabled", working);
    if (working) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
}

/**
 * Shows a refusal inside the dialog's form and lets the person try again.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function refuse(form, error) {
  busy(form, false);
  showRefusal(qs("[data-refusal]", form), error);
}

/** @param {HTMLInputElement} input */
function checkPhrase(input) {
  const submit = find("button[type=submit]", input.form ?? document);
  submit?.toggleAttribute("disabled", input.value.trim() !== input.dataset.phrase);
}

/** Wires openers, closers and typed phrases of the page. */
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const opener = /** @type {HTMLElement | null} */ (target.closest("[data-dialog]"));
    if (opener?.dataset.dialog) openDialog(opener.dataset.dialog);
    if (target.closest("dialog [data-close]")) target.closest("dialog")?.close();
  });
  document.addEventListener("input", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.dataset?.phrase) checkPhrase(input);
  });
}

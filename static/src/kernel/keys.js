// The person's own key: a soft-key file under a passphrase, or the demonstration's, opened here only.
import { SealingError } from "../sealing/errors.js";
import { SoftSigner } from "../sealing/signer.js";
import { open } from "../sealing/softkey.js";
import { el, replace } from "./dom.js";
import { getJson } from "./http.js";
import { _ } from "./words.js";

/** @typedef {import("../sealing/softkey.js").SoftKey} SoftKey */
/** @typedef {{softkey: SoftKey, chain: string[], passphrase: string}} KeyFile chain: hex DER, leaf first */
/** @typedef {import("../sealing/signer.js").SoftSigner} OpenKey the same port for every driver */

/** The key file of the demonstration's person who is logged in. @returns {Promise<KeyFile>} */
export async function demoKey() {
  const held = await getJson("/demo/key");
  return { softkey: held.softkey, chain: held.certificate_chain, passphrase: held.passphrase };
}

/**
 * @param {File} file JSON with `softkey` and `certificate_chain`
 * @param {string} passphrase
 * @returns {Promise<KeyFile>} throws ENV-5002 when it is no such file
 */
export async function keyFile(file, passphrase) {
  try {
    const held = JSON.parse(await file.text());
    return { softkey: held.softkey ?? held, chain: held.certificate_chain ?? [], passphrase };
  } catch {
    throw new SealingError("ENV-5002", { field: "(all)" });
  }
}

/** @param {KeyFile} file @returns {Promise<OpenKey>} throws ENV-5001 or ENV-5002 */
export async function openKey({ softkey, chain, passphrase }) {
  return new SoftSigner(await open(softkey, passphrase), chain);
}

/**
 * Asks for the key in a container of the page, again and again until one opens.
 * @param {HTMLElement} container emptied first and afterwards
 * @param {{demo: boolean}} options whether the demonstration's key may be used
 * @returns {Promise<OpenKey>}
 */
export function askForKey(container, { demo }) {
  const answer = deferred();
  const note = el("p", { class: "err small", role: "alert", hidden: true });
  const attempt = async (/** @type {() => Promise<KeyFile>} */ load) => {
    note.hidden = true;
    try {
      const key = await openKey(await load());
      replace(container);
      answer.resolve(key);
    } catch (error) {
      note.textContent = keyRefusal(error);
      note.hidden = false;
    }
  };
  replace(container, demo ? demoButton(attempt) : null, fileForm(attempt, demo), note);
  return answer.promise;
}

/** @param {(load: () => Promise<KeyFile>) => Promise<void>} attempt */
function demoButton(attempt) {
  const use = () => attempt(demoKey);
  return el(
    "p",
    { class: "row" },
    el(
      "button",
      { class: "btn primary", type: "button", "data-demo-key": true, on: { click: use } },
      _("使用演示证书"),
    ),
    el("span", { class: "small muted" }, _("演示环境为你保管了一张证书，正式环境没有这个按钮。")),
  );
}

/** @param {(load: () => Promise<KeyFile>) => Promise<void>} attempt @param {boolean} folded */
function fileForm(attempt, folded) {
  const file = el("input", { class: "input", type: "file", id: "key-file", accept: ".json" });
  const pass = el("input", {
    class: "input",
    type: "password",
    id: "key-passphrase",
    autocomplete: "current-password",
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const chosen = file.files?.[0];
    if (chosen) void attempt(() => keyFile(chosen, pass.value));
  };
  const form = el(
    "form",
    { class: "stack-2", on: { submit } },
    el("div", { class: "field" }, el("label", { class: "lb", for: file.id }, _("证书文件")), file),
    el("div", { class: "field" }, el("label", { class: "lb", for: pass.id }, _("口令")), pass),
    el(
      "p",
      {},
      el("button", { class: `btn${folded ? "" : " primary"}`, type: "submit" }, _("打开证书")),
    ),
  );
  if (!folded) return form;
  return el("details", {}, el("summary", { class: "small" }, _("改用自己的证书文件")), form);
}

/** @param {unknown} error @returns {string} */
export function keyRefusal(error) {
  const code = error instanceof SealingError ? error.code : "";
  if (code === "ENV-5001") return _("证书口令错误，证书没有打开。ENV-5001");
  if (code === "ENV-5002") return _("这不是证书文件，或文件已损坏。ENV-5002");
  return error instanceof Error ? error.message : String(error);
}

/** @returns {{promise: Promise<any>, resolve: (value: any) => void}} */
function deferred() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

// The person's own key: a file under a passphrase, soft key or PKCS#12, or the demonstration's;
// opened here only.
import { SealingError } from "../sealing/errors.js";
import { SoftSigner } from "../sealing/signer.js";
import { open } from "../sealing/softkey.js";
import { serverNow } from "./clock.js";
import { el, replace } from "./dom.js";
import { getJson, send } from "./http.js";
import { keyRefusal } from "./key-words.js";
import { _ } from "./words.js";

/** @typedef {import("../sealing/softkey.js").SoftKey} SoftKey */
/** @typedef {{softkey: SoftKey, chain: string[], passphrase: string}} JsonFile chain: hex DER, leaf first */
/** @typedef {{p12: Uint8Array<ArrayBuffer>, passphrase: string}} P12File */
/** @typedef {JsonFile | P12File} KeyFile */
/** @typedef {import("../sealing/signer.js").SoftSigner} OpenKey the same port for every driver */

const SEQUENCE = 0x30; // how every DER file begins, and no JSON

/** The key file of the demonstration's person who is logged in. @returns {Promise<JsonFile>} */
export async function demoKey() {
  const held = await getJson("/demo/key");
  return { softkey: held.softkey, chain: held.certificate_chain, passphrase: held.passphrase };
}

/**
 * @param {File} file JSON with `softkey` and `certificate_chain`, or PKCS#12
 * @param {string} passphrase
 * @returns {Promise<KeyFile>} throws ENV-5002 when it is no such file
 */
export async function keyFile(file, passphrase) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === SEQUENCE) return { p12: bytes, passphrase };
  try {
    const held = JSON.parse(new TextDecoder().decode(bytes));
    return { softkey: held.softkey ?? held, chain: held.certificate_chain ?? [], passphrase };
  } catch {
    throw new SealingError("ENV-5002", { field: "(all)" });
  }
}

/** @param {KeyFile} file @returns {Promise<OpenKey>} throws ENV-5001 to ENV-5008 */
export async function openKey(file) {
  if ("p12" in file) return openP12(file);
  return new SoftSigner(await open(file.softkey, file.passphrase), file.chain);
}

/** @param {P12File} file */
async function openP12({ p12, passphrase }) {
  // A reader of such files is large: most pages never need it.
  const { fromPem, openPkcs12 } = await import("../sealing/pkcs12.js");
  const pem = await (await send("GET", "/trust/root.pem")).text();
  return openPkcs12(p12, passphrase, { roots: fromPem(pem), at: new Date(serverNow()) });
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
  const file = el("input", {
    class: "input",
    type: "file",
    id: "key-file",
    accept: ".p12,.pfx,.json",
  });
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
  const sample = el("p", { class: "small muted" });
  const toggle = async () => {
    if (sample.hasChildNodes()) return;
    // Not everybody in a demonstration has a certificate that it keeps.
    const held = await demoKey().catch(() => null);
    if (!held) return;
    const file = el("a", { href: "/demo/key.p12", download: true }, _("下载我的演示证书（.p12）"));
    sample.append(file, " ", _("口令：%(word)s", { word: held.passphrase }));
  };
  const summary = el("summary", { class: "small" }, _("改用自己的证书文件"));
  return el("details", { on: { toggle } }, summary, form, sample);
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

export { keyRefusal };

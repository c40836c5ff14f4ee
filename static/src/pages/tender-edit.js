// Lot editor and lot management: legal checks beside the fields, documents, the signed notice.
import { busy, refuse } from "../kernel/dialog.js";
import { all, el, find, icon, pageData, qs, replace } from "../kernel/dom.js";
import { getJson, postJson, send, showRefusal } from "../kernel/http.js";
import { demoKey, keyFile, keyRefusal, openKey } from "../kernel/keys.js";
import { sendingBar } from "../kernel/sending.js";
import { _ } from "../kernel/words.js";
import { fromHex, hex, sha256 } from "../sealing/bytes.js";
import { watchPlan } from "../tenders/plan.js";

/** @typedef {{field: string, ok: boolean, text: string, cite: string, code: string | null, next: string}} Verdict */

const PAUSE_MS = 300;

/** @param {Verdict} verdict */
function legal({ ok, text, cite, code }) {
  const facts = el("span", {}, text, el("br"), el("cite", {}, code ? `${cite} ${code}` : cite));
  return el("div", { class: ok ? "legal" : "legal bad" }, icon(ok ? "check-c" : "x-c"), facts);
}

/** @param {HTMLFormElement} form */
function watchDates(form) {
  let timer = 0;
  let asked = 0;
  const state = qs("#check-state");
  const check = async () => {
    asked += 1;
    const turn = asked;
    try {
      const bytes = new TextEncoder().encode(
        new URLSearchParams(
          /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form))),
        ).toString(),
      );
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const answer = await send("POST", "/tenders/check-dates", { bytes, headers });
      const { verdicts } = await answer.json();
      if (turn === asked) showVerdicts(verdicts, state);
    } catch (error) {
      // An unfinished date is no fault yet; the server says what is missing when it is saved.
      if (turn === asked) state.textContent = error instanceof Error ? error.message : "";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void check(), PAUSE_MS);
  });
  // What was typed before this script arrived, or put back by the browser, counts too.
  void check();
}

/** @param {Verdict[]} verdicts @param {HTMLElement} state */
function showVerdicts(verdicts, state) {
  for (const slot of all("[data-verdict]")) {
    const own = verdicts.filter((each) => each.field === slot.dataset.verdict);
    replace(slot, ...own.map(legal));
  }
  const bad = verdicts.filter((each) => !each.ok).length;
  state.textContent = bad
    ? _("%(n)s 项不符合，仍可存为草稿", { n: bad })
    : _("日期和金额都符合规定");
}

/** @param {HTMLElement} zone */
function watchDocuments(zone) {
  const state = qs("#document-state");
  const refusal = qs("#document-refusal");
  zone.addEventListener("files", async (event) => {
    const files = /** @type {CustomEvent<File[]>} */ (event).detail;
    refusal.hidden = true;
    try {
      for (const file of files) {
        const { bar, onSent } = sendingBar(file.name, file.size);
        replace(state, _("正在上传 %(name)s", { name: file.name }), " ", bar);
        await uploadDocument(String(zone.dataset.lot), file, onSent);
      }
      location.reload();
    } catch (error) {
      state.textContent = "";
      showRefusal(refusal, error);
    }
  });
}

/** @param {string} lot @param {File} file @param {import("../kernel/sending.js").OnSent} onSent */
async function uploadDocument(lot, file, onSent) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const url = `/tenders/lots/${lot}/documents?name=${encodeURIComponent(file.name)}`;
  await send("POST", url, { bytes, headers, onSent });
}

/** @param {HTMLDialogElement} dialog */
function watchPublication(dialog) {
  const page = /** @type {{lotId: string, demo: boolean}} */ (pageData());
  const form = /** @type {HTMLFormElement} */ (qs("form", dialog));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = String(new FormData(form).get("confirmation") ?? "");
    busy(form, true);
    try {
      const { href } = await publish(page.lotId, words, await ownKey(page.demo));
      location.assign(href);
    } catch (error) {
      refuse(form, error instanceof Error && "code" in error ? told(error) : error);
    }
  });
}

/** @param {Error} error */
const told = (error) => ("what" in error ? error : new Error(keyRefusal(error)));

/** @param {boolean} demo */
async function ownKey(demo) {
  const file = /** @type {HTMLInputElement} */ (qs("#key-file")).files?.[0];
  if (!file && demo) return openKey(await demoKey());
  if (!file) throw new Error(_("请选择证书文件。"));
  const passphrase = /** @type {HTMLInputElement} */ (qs("#key-pass")).value;
  return openKey(await keyFile(file, passphrase));
}

/**
 * Signs exactly the bytes the server will record, after checking that they hash to what was shown.
 * @param {string} lotId @param {string} confirmation
 * @param {import("../kernel/keys.js").OpenKey} key
 */
async function publish(lotId, confirmation, key) {
  const url = `/tenders/lots/${lotId}/notice`;
  const draft = await getJson(url);
  const message = fromHex(draft.message);
  const digest = hex(await sha256(message));
  if (digest !== draft.digest) throw new Error(_("公告内容与指纹不符，没有签名。"));
  const signature = hex(await key.sign(message));
  return postJson(url, { confirmation, digest, signature, certificate_chain: key.certificates() });
}

const form = find("#lot-form");
if (form) {
  watchDates(/** @type {HTMLFormElement} */ (form));
  watchPlan(/** @type {HTMLFormElement} */ (form));
}
const zone = find("#document-drop");
if (zone) watchDocuments(zone);
const dialog = find("dialog#publish-notice");
if (dialog) watchPublication(/** @type {HTMLDialogElement} */ (dialog));

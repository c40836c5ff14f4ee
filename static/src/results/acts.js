// Acts of the desk: plain forms posted in place, and what a certificate signs in this browser.
import { busy, refuse } from "../kernel/dialog.js";
import { all, find } from "../kernel/dom.js";
import { getJson, postJson, send } from "../kernel/http.js";
import { demoKey, keyFile, keyRefusal, openKey } from "../kernel/keys.js";
import { sendingBar } from "../kernel/sending.js";
import { _ } from "../kernel/words.js";
import { fromHex, hex, sha256 } from "../sealing/bytes.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {{rank: number, cause: string, text: string}} PassedOver */

/**
 * Sends a form as it is, files included, and answers the JSON.
 * @param {HTMLFormElement} form
 * @returns {Promise<{href: string}>}
 */
export async function post(form) {
  const packed = new Response(new FormData(form));
  const type = packed.headers.get("Content-Type") ?? "";
  const bytes = new Uint8Array(await packed.arrayBuffer());
  const path = new URL(form.action).pathname;
  const input = /** @type {HTMLInputElement | null} */ (find("input[type=file]", form));
  const { bar, onSent } = sendingBar(input?.files?.[0]?.name ?? "", bytes.length);
  if (input?.files?.length) input.after(bar);
  try {
    const answer = await send("POST", path, { bytes, headers: { "Content-Type": type }, onSent });
    return await answer.json();
  } finally {
    bar.remove();
  }
}

/**
 * Signs exactly the bytes the server will record, after checking that they hash to what was shown.
 * @param {string} path
 * @param {Record<string, string>} query what the draft depends on
 * @param {Record<string, unknown>} fields sent along with the signature
 * @param {OpenKey} key
 * @returns {Promise<{href: string}>}
 */
export async function signed(path, query, fields, key) {
  const draft = await getJson(`${path}?${new URLSearchParams(query)}`);
  const message = fromHex(draft.message);
  const digest = hex(await sha256(message));
  if (digest !== draft.digest) throw new Error(_("内容与指纹不符，没有签名。"));
  const signature = hex(await key.sign(message));
  return postJson(path, { ...fields, digest, signature, certificate_chain: key.certificates() });
}

/** The causes written for the ranks above the chosen one. @param {HTMLFormElement} form */
export function passedOver(form) {
  return all("[data-passed]:not([hidden])", form).map((set) => ({
    rank: Number(set.dataset.passed),
    cause: /** @type {HTMLSelectElement} */ (find("[data-cause]", set)).value,
    text: /** @type {HTMLTextAreaElement} */ (find("[data-ground]", set)).value,
  }));
}

/** Asks for a cause of every rank above the chosen one. @param {HTMLFormElement} form */
export function showPassed(form) {
  const chosen = Number(new FormData(form).get("rank"));
  for (const set of all("[data-passed]", form)) {
    set.hidden = Number(set.dataset.passed) >= chosen;
    const ground = /** @type {HTMLTextAreaElement} */ (find("[data-ground]", set));
    ground.required = !set.hidden;
  }
}

/** @param {HTMLFormElement} form @param {boolean} demo @returns {Promise<OpenKey>} */
async function keyOf(form, demo) {
  const file = /** @type {HTMLInputElement} */ (find("[data-key-file]", form)).files?.[0];
  if (!file && demo) return openKey(await demoKey());
  if (!file) throw new Error(_("请选择证书文件。"));
  const pass = /** @type {HTMLInputElement} */ (find("[data-key-pass]", form)).value;
  return openKey(await keyFile(file, pass));
}

/** @param {HTMLFormElement} form @param {boolean} demo */
async function perform(form, demo) {
  if (!find("[data-key-file]", form)) return post(form);
  const fields = Object.fromEntries(new FormData(form));
  const path = new URL(form.action).pathname;
  const key = await keyOf(form, demo);
  if (path.endsWith("/award")) {
    const passed = passedOver(form);
    const query = { rank: String(fields.rank), passed_over: JSON.stringify(passed) };
    const { confirmation } = fields;
    const rank = Number(fields.rank);
    return signed(path, query, { confirmation, rank, passed_over: passed }, key);
  }
  const { confirmation, days } = fields;
  return signed(path, { days: String(days) }, { confirmation, days: Number(days) }, key);
}

/**
 * Takes over a form: posts or signs it, goes where the answer says, or shows the refusal.
 * @param {HTMLFormElement} form
 * @param {boolean} demo
 */
export function takeOver(form, demo) {
  form.addEventListener("change", () => showPassed(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    busy(form, true);
    try {
      const { href } = await perform(form, demo);
      const here = new URL(href, location.href);
      if (here.pathname === location.pathname) location.reload();
      else location.assign(href);
    } catch (error) {
      refuse(form, told(error));
    }
  });
}

/** @param {unknown} error */
function told(error) {
  const plain = error instanceof Error && "code" in error && !("what" in error);
  return plain ? new Error(keyRefusal(error)) : error;
}

// 不予退还: approvals and the end of one forfeit; follows it, and reads the page's live parts anew.
import { busy, refuse } from "../kernel/dialog.js";
import { find, pageData, qs, toast } from "../kernel/dom.js";
import { getJson, postJson } from "../kernel/http.js";
import { freshen } from "../kernel/parts.js";
import { stepUp } from "../kernel/passkey.js";
import { _ } from "../kernel/words.js";

const EVERY = 2000;
/** @type {{id: string, state: object}} */
const page = pageData();
const place = `/escrow/forfeits/${page.id}`;
let known = JSON.stringify(page.state);

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id !== "approve-form" && form.id !== "end-form") return;
  event.preventDefault();
  void act(form);
});
void follow();

/** @param {HTMLFormElement} form */
async function act(form) {
  busy(form, true);
  try {
    const told = form.id === "approve-form" ? await approve(form) : await end(form);
    /** @type {HTMLDialogElement | null} */ (find("dialog[open]"))?.close();
    await freshen(place);
    toast(told);
  } catch (error) {
    refuse(form, error);
  }
}

/** @param {HTMLFormElement} form @returns {Promise<string>} what to say */
async function approve(form) {
  const digest = String(new FormData(form).get("digest"));
  const step_up = await stepUp("forfeit.approve", digest);
  const told = await postJson(`${place}/approvals`, { digest, step_up });
  return told.digest ? _("已批准，等另一人批准。") : _("两人都已批准，已经下达。");
}

/** @param {HTMLFormElement} form @returns {Promise<string>} what to say */
async function end(form) {
  const why = /** @type {HTMLTextAreaElement} */ (qs("textarea", form)).value;
  await postJson(`${place}/end`, { why });
  return _("已不予支持，原担保照旧处理。");
}

/** Asks until everything has arrived; a lost connection is only a longer wait. */
async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    try {
      const told = JSON.stringify(await getJson(`${place}/state`));
      if (told !== known && (await freshen(place))) known = told;
    } catch {
      // The next round asks again.
    }
  }
}

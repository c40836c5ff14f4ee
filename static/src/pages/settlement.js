// 退款: follows one settlement; when anything has changed, reads the page's live parts anew.
import { busy, refuse } from "../kernel/dialog.js";
import { all, find, pageData, qs, toast } from "../kernel/dom.js";
import { getJson, postJson, send } from "../kernel/http.js";
import { stepUp } from "../kernel/passkey.js";
import { _ } from "../kernel/words.js";

const EVERY = 2000;
/** @type {{id: string, state: object}} */
const page = pageData();
const place = `/escrow/settlements/${page.id}`;
let known = JSON.stringify(page.state);

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id !== "approve-form") return;
  event.preventDefault();
  void approve(form);
});
void follow();

/** @param {HTMLFormElement} form */
async function approve(form) {
  busy(form, true);
  try {
    const digest = String(new FormData(form).get("digest"));
    const step_up = await stepUp("settlement.approve", digest);
    const told = await postJson(`${place}/approvals`, { digest, step_up });
    /** @type {HTMLDialogElement} */ (qs("dialog#approve")).close();
    await redraw();
    toast(told.digest ? _("已批准，等另一人批准。") : _("两人都已批准，付款已下达银行。"));
  } catch (error) {
    refuse(form, error);
  }
}

/** Asks until everything has arrived; a lost connection is only a longer wait. */
async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    const open = find("dialog[open]");
    try {
      const told = JSON.stringify(await getJson(`${place}/state`));
      if (told !== known && !open) {
        await redraw();
        known = told;
      }
    } catch {
      // The next round asks again.
    }
  }
}

/** Puts the page's live parts in place of the old ones; what the reader has opened stays open. */
async function redraw() {
  const answer = await send("GET", place, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const opened = all("details[open]").map((one) => one.id);
  for (const part of all("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    part.replaceChildren(...(newer?.childNodes ?? []));
  }
  for (const one of all("details")) one.toggleAttribute("open", opened.includes(one.id));
}

// 退款: follows one settlement; when anything has changed, reads the page's live parts anew.
import { busy, refuse } from "../kernel/dialog.js";
import { pageData, qs, toast } from "../kernel/dom.js";
import { getJson, postJson } from "../kernel/http.js";
import { freshen } from "../kernel/parts.js";
import { stepUp } from "../kernel/passkey.js";
import { _ } from "../kernel/words.js";

const EVERY = 2000;
/** @type {{id: string, state: object}} */
const page = pageData();
const place = `/refunds/${page.id}`;
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
    await freshen(place);
    toast(told.digest ? _("已批准，等另一人批准。") : _("两人都已批准，付款已下达银行。"));
  } catch (error) {
    refuse(form, error);
  }
}

/** Asks until everything has arrived; a lost connection is only a longer wait. */
async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    try {
      const told = JSON.stringify(await getJson(`${place}/state`));
      if (told !== known) {
        if (await freshen(place)) known = told;
      }
    } catch {
      // The next round asks again.
    }
  }
}

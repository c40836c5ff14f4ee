// The desk of agency and tenderee after an opening: each dialog posts or signs, the page renews itself.
import { all, pageData } from "../kernel/dom.js";
import { takeOver } from "../results/acts.js";
import { renewWhenOver, watch } from "../results/renew.js";

const page = /** @type {{demo: boolean, revision: string, state: string}} */ (pageData());
for (const form of all("dialog form[action]")) {
  takeOver(/** @type {HTMLFormElement} */ (form), page.demo);
}
watch(page.state, page.revision);
renewWhenOver();

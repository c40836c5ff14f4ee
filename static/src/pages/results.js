// The public page of a result: the objection is sent in place, and the page renews at the end.
import { find } from "../kernel/dom.js";
import { takeOver } from "../results/acts.js";
import { renewWhenOver } from "../results/renew.js";

const form = find("#objection-form");
if (form) takeOver(/** @type {HTMLFormElement} */ (form), false);
renewWhenOver();

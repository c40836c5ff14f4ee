// Every page: the server's clock, dialogs, fields, spoken captions, display choices.
import { forget } from "../bids/keep.js";
import { startClock } from "../kernel/clock.js";
import { startDemo } from "../kernel/demo.js";
import { startDialogs } from "../kernel/dialog.js";
import { startFields } from "../kernel/fields.js";
import { startSay } from "../kernel/say.js";
import { startTheme } from "../kernel/theme.js";

startClock();
startDemo();
startDialogs();
startFields();
startSay();
startTheme();

// The keys a page has kept end with the login; the form waits for that.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.getAttribute("action") !== "/logout") return;
  event.preventDefault();
  void forget().then(() => form.submit());
});

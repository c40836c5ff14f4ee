// Every page: the server's clock, dialogs, fields, spoken captions, display choices.
import { startClock } from "../kernel/clock.js";
import { startDialogs } from "../kernel/dialog.js";
import { find } from "../kernel/dom.js";
import { startFields } from "../kernel/fields.js";
import { postJson } from "../kernel/http.js";
import { startSay } from "../kernel/say.js";
import { startTheme } from "../kernel/theme.js";

startClock();
startDialogs();
startFields();
startSay();
startTheme();

// The first page seen in a demonstration starts its clock; everyone else finds it running.
if (find("[data-demo-begin]")) {
  postJson("/demo/begin")
    .then(() => location.reload())
    .catch(() => {});
}

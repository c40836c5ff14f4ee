// Every page: the server's clock, dialogs, fields, spoken captions, display choices.
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

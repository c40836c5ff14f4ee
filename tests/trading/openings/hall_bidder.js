// The bidder's hall with a vault that is open already: what the page asks of whoever has a seat.
import { pageData } from "../../../static/src/kernel/dom.js";
import { startHall } from "../../../static/src/openings/hall-page.js";
import { bidderTask } from "../../../static/src/openings/tasks-bidder.js";

const { pseudonym } = /** @type {{pseudonym: string}} */ (pageData());
const me = { ready: true, foreign: false, pseudonym, signedInAt: null, busy: false };
startHall({
  taskOf: (hall) => bidderTask(hall, me),
  perform: async () => {},
  pseudonym: () => pseudonym,
});

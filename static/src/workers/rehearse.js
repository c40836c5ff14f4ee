// Worker: opens a rehearsal's envelope by all its locks, so that the page stays quick.
import { openTest } from "../bids/rehearsal.js";
import { serve } from "../sealing/worker-protocol.js";

serve({
  /** @param {import("../bids/rehearsal.js").Opening} order */
  open: (order) => openTest(order),
});

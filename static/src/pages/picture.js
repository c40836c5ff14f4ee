// The live picture beside hall and host console; the hall is complete without it.
import { find, pageData } from "../kernel/dom.js";
import { hear } from "../kernel/live.js";
import { shower } from "../media/shower.js";
import { viewer } from "../media/viewer.js";

const LOOK_MS = 20_000;
const SPREAD_MS = 1500;

/** @type {{sitting?: {id: string, live_id: string}, live_id: string}} */
const { sitting, live_id } = pageData();
const box = find("#stage-picture");
if (box && sitting) {
  const here = (location.pathname.endsWith("/host") ? shower : viewer)(box, sitting.id);
  here.refresh();
  // Everybody hears at once; nobody asks at the same moment.
  const soon = () => setTimeout(here.refresh, Math.random() * SPREAD_MS);
  hear(sitting.live_id, "picture", soon);
  // The list lets a picture begin, the end forbids it; and a lost word is made up for.
  hear(live_id, "event", (event) => {
    if (event.kind === "stage_changed" || event.kind === "list_published") soon();
  });
  setInterval(() => document.hidden || here.refresh(), LOOK_MS * (1 + Math.random() / 2));
}

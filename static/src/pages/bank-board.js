// 银行看板: looks again at a steady pace, and at once when the stream says that listed money moved.
import { pageData } from "../kernel/dom.js";
import { follow } from "../kernel/live.js";
import { freshen } from "../kernel/parts.js";

const EVERY_MS = 10_000; // links and completeness: the same pace whatever happens
const SOON_MS = 300; // several bookings of one moment are one look

/** @type {{live: string | null}} */
const page = pageData();
let timer = 0;

function soon() {
  clearTimeout(timer);
  timer = window.setTimeout(() => void freshen().catch(() => {}), SOON_MS);
}

if (page.live) follow(page.live, { onEvent: soon, told: { moved: soon } });
setInterval(soon, EVERY_MS);

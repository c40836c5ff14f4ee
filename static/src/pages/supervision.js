// The board of the day: follows every session's stream and fetches the board anew when one moves.
import { serverNow, watchCountdowns } from "../kernel/clock.js";
import { carriedOut } from "../kernel/dialog.js";
import { all, find, qs } from "../kernel/dom.js";
import { postJson } from "../kernel/http.js";
import { follow } from "../kernel/live.js";
import { wallPictures } from "../media/wall.js";
import { pauseFor } from "../openings/pause.js";

const SOON_MS = 400; // several events of one act are one refresh
const EVERY_MS = 30_000; // sessions that were not there yet, people who come and go
const TURN_MS = 12_000; // the big screen shows six sessions at a time

/** @type {Map<string, {stop: () => void}>} */
const followed = new Map();
let timer = 0;

function soon() {
  clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), SOON_MS);
}

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const board = fresh.getElementById("board");
  if (!board) return;
  const held = /** @type {HTMLAnchorElement | null} */ (document.activeElement)?.href ?? "";
  const read = find("#detail")?.scrollTop ?? 0;
  qs("#board").replaceWith(document.adoptNode(board));
  const pane = find("#detail");
  if (pane) pane.scrollTop = read;
  turn(0);
  const links = /** @type {HTMLAnchorElement[]} */ (all("#board a[href]"));
  if (held) links.find((link) => link.href === held)?.focus({ preventScroll: true });
  watchCountdowns();
  showElapsed();
  watchStreams();
  wallPictures();
}

function watchStreams() {
  const told = find("#board #page-data")?.textContent;
  const page = /** @type {{streams?: Record<string, number>}} */ (JSON.parse(told ?? "{}"));
  const wanted = page.streams ?? {};
  for (const [id, line] of followed) {
    if (id in wanted) continue;
    line.stop();
    followed.delete(id);
  }
  // The board already shows what happened so far; only what comes next matters.
  for (const [id, last] of Object.entries(wanted)) {
    if (!followed.has(id)) followed.set(id, follow(id, { after: last, onEvent: soon }));
  }
}

function showElapsed() {
  for (const node of all("[data-elapsed]")) {
    const left = Math.max(0, Math.floor((serverNow() - Number(node.dataset.elapsed)) / 1000));
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    node.textContent = `${two(h)}:${two(m)}:${two(s)}`;
  }
}

/** Orders of the opened session; the buttons come anew with every refresh, so the page listens. */
document.addEventListener("click", async (event) => {
  const order = /** @type {HTMLElement | null} */ (
    /** @type {Element} */ (event.target).closest("[data-order]")
  );
  if (!order) return;
  const lot = order.dataset.lot ?? "";
  const done =
    order.dataset.order === "pause"
      ? await carriedOut("order-pause", (typed) => pauseFor(lot, typed))
      : await carriedOut("order-resume", () => postJson(`/lots/${lot}/hall/resume`));
  if (done) void refresh();
});

let group = 0;

/** @param {number} by goes on to the next six of the big screen; elsewhere there are no groups */
function turn(by) {
  const groups = all("[data-group]");
  if (groups.length === 0) return;
  group = (group + by) % groups.length;
  groups.forEach((each, at) => {
    each.hidden = at !== group;
  });
}

turn(0);
watchStreams();
wallPictures();
showElapsed();
setInterval(() => turn(1), TURN_MS);
setInterval(showElapsed, 1000);
setInterval(() => {
  if (!document.hidden) void refresh();
}, EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void refresh();
});
document.addEventListener("countdown:over", () => setTimeout(soon, 2000));

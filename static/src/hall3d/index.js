// The opening hall in three dimensions: a second view of the stream the table is drawn from.
// Everything here is also in the table; the canvas is hidden from assistive technology.
import { el } from "../kernel/dom.js";
import { serverNow } from "../kernel/clock.js";
import { _ } from "../kernel/words.js";
import { VIEWS } from "./cameras.js";
import { read } from "./facts.js";
import { createLoop } from "./loop.js";
import { frugal, governor, probe } from "./power.js";
import { createScene } from "./scene.js";
import { viewName } from "./words.js";

/** @typedef {import("../openings/state.js").Hall} Hall */
/** @typedef {import("./cameras.js").View} View */
/** @typedef {import("./themes.js").ThemeName} ThemeName */
/** @typedef {import("./facts.js").Own} Own */
/**
 * @typedef {object} MountOptions
 * @property {Hall} hall
 * @property {ThemeName} [theme]
 * @property {boolean} [lowPower] decided by the machine when left out
 * @property {boolean} [reducedMotion] decided by the reader's setting when left out
 * @property {number | null} [mySeat] after the list
 * @property {boolean} [signedIn] mine, before the list; this browser alone knows
 * @property {string} [title] of the lot
 * @property {import("./desks.js").Cast} [cast] names at the desks
 * @property {() => number} [now] the server's time
 * @property {boolean} [adaptive] false while measuring
 */
/** @typedef {Awaited<ReturnType<typeof mountHall>>} Mounted */

const FADE_MS = 900;
const LATE_MS = 1500;

/** @param {HTMLElement} box @param {(view: View) => void} look */
function furniture(box, look) {
  const canvas = el("canvas", { class: "hall3d-canvas", "aria-hidden": "true" });
  const labels = el("div", { class: "hall3d-labels", "aria-hidden": "true" });
  const buttons = VIEWS.map((view, i) => {
    const button = el(
      "button",
      { type: "button", "data-view": view, "aria-keyshortcuts": String(i + 1) },
      viewName(view),
    );
    button.addEventListener("click", () => look(view));
    return button;
  });
  const bar = el(
    "div",
    { class: "hall3d-views", role: "toolbar", "aria-label": _("视角") },
    ...buttons,
  );
  const stage = el("div", { class: "hall3d-stage" }, canvas, labels, bar);
  box.replaceChildren(stage);
  const press = (/** @type {View} */ view) => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
  };
  return { canvas: /** @type {HTMLCanvasElement} */ (canvas), labels, press };
}

/** The last picture of the old room fades over the new one. @param {HTMLCanvasElement} canvas */
function fadeOver(canvas) {
  const ghost = /** @type {HTMLCanvasElement} */ (el("canvas", { class: "hall3d-ghost" }));
  Object.assign(ghost, { width: canvas.width, height: canvas.height });
  ghost.getContext("2d")?.drawImage(canvas, 0, 0);
  canvas.after(ghost);
  requestAnimationFrame(() => ghost.classList.add("gone"));
  setTimeout(() => ghost.remove(), FADE_MS);
}

/**
 * Mounts the scene in `box`. Fires `hall3d:seat` with `{seat}` when a place is chosen, and
 * `hall3d:lost` when the browser takes the graphics away; the page then shows the table alone.
 * @param {HTMLElement} box
 * @param {MountOptions} options
 */
export async function mountHall(box, options) {
  const reduced = options.reducedMotion ?? matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Own} */
  const own = { mySeat: options.mySeat ?? null, signedIn: options.signedIn ?? false };
  let { hall, theme = "day" } = options;
  let low = options.lowPower ?? (probe().software || (await frugal()));
  /** @type {View} */
  let view = "overview";
  let room = furniture(box, look);
  let scene = stageScene();
  /** @type {{since: number, instant: boolean} | null} what was told since the last frame */
  let pending = null;
  const loop = createLoop({
    scene: () => scene,
    canvas: () => room.canvas,
    low: () => low,
    ready: flush,
  });
  const watch = new ResizeObserver(() => {
    scene.resize();
    loop.wake();
  });
  begin();

  function stageScene() {
    const { canvas, labels } = room;
    const slow = governor({ coarser: () => scene.stage.coarser(), simpler: rebuild });
    const made = createScene({
      canvas,
      labels,
      theme,
      low,
      reduced,
      now: options.now ?? serverNow,
      title: options.title ?? "",
      cast: options.cast ?? {},
      fade: () => fadeOver(canvas),
      took: options.adaptive === false || low ? undefined : slow.took,
    });
    canvas.addEventListener("webglcontextlost", lost);
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerleave", () => void (scene.mark(-1) && loop.wake()));
    canvas.addEventListener("click", choose);
    made.show(read(hall, own), true);
    made.look(view, true);
    room.press(view);
    return made;
  }

  /** Too slow: the simple hall in its place. */
  function rebuild() {
    low = true;
    release();
    room = furniture(box, look);
    scene = stageScene();
    begin();
  }

  function begin() {
    watch.disconnect();
    watch.observe(room.canvas);
    loop.begin();
  }

  function release() {
    room.canvas.removeEventListener("webglcontextlost", lost);
    scene.dispose();
  }

  /** @param {Event} event */
  function lost(event) {
    event.preventDefault();
    dispose();
    box.dispatchEvent(new CustomEvent("hall3d:lost", { bubbles: true }));
  }

  /** @param {PointerEvent} event */
  function point(event) {
    if (event.buttons || event.pointerType === "touch") return;
    if (scene.mark(scene.seatAt(event.clientX, event.clientY))) loop.wake();
  }

  /** @param {MouseEvent} event */
  function choose(event) {
    const index = scene.seatAt(event.clientX, event.clientY);
    if (scene.mark(index)) loop.wake();
    const seat = index >= 0 ? hall.bids?.[index]?.seat : undefined;
    if (seat === undefined) return;
    box.dispatchEvent(new CustomEvent("hall3d:seat", { bubbles: true, detail: { seat } }));
  }

  /** @param {KeyboardEvent} event keys 1 to 5, while the focus is in the scene */
  function key(event) {
    const chosen = VIEWS[Number(event.key) - 1];
    if (!chosen || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    look(chosen);
  }
  box.addEventListener("keydown", key);

  /** @param {View} next @param {boolean} [cut] */
  function look(next, cut = false) {
    view = next;
    room.press(view);
    scene.look(view, cut);
    loop.wake();
  }

  function refresh(instant = false) {
    pending ??= { since: performance.now(), instant: false };
    pending.instant ||= instant;
    loop.wake();
  }

  /** What waited behind a hidden page is shown at once. */
  function flush() {
    if (!pending) return;
    const late = performance.now() - pending.since > LATE_MS;
    const { instant } = pending;
    pending = null;
    scene.show(read(hall, own), instant || late);
  }

  let disposed = false;
  function dispose() {
    if (disposed) return;
    disposed = true;
    loop.end();
    watch.disconnect();
    box.removeEventListener("keydown", key);
    release();
    box.replaceChildren();
  }

  const handle = {
    /**
     * The hall after an event; without one (first paint, after a gap) it is shown at once.
     * @param {Hall} next @param {import("../kernel/stream.js").LiveEvent | null} event
     */
    update(next, event) {
      if (disposed) return;
      hall = next;
      refresh(event === null);
    },
    /** What only this browser, or no numbered stream, tells. @param {Own} change */
    own(change) {
      Object.assign(own, change);
      if (!disposed) refresh();
    },
    /** @param {ThemeName} name */
    setTheme(name) {
      theme = name;
      if (disposed) return;
      scene.setTheme(name);
      loop.wake();
    },
    /** @param {"host" | "deputy"} desk who holds the opening now */
    act(desk) {
      scene.act(desk);
      loop.wake();
    },
    /** The row of the table that is pointed at. @param {number | null} seat */
    select(seat) {
      const index = hall.bids?.findIndex((bid) => bid.seat === seat) ?? -1;
      if (scene.mark(seat === null ? -1 : index)) loop.wake();
    },
    look,
    scene: () => scene,
    loop,
    stats: () => ({ ...scene.stats(), low, software: scene.stage.software }),
    flush,
    dispose,
  };
  return Object.assign(box, { hall3d: handle }).hall3d;
}

// When a frame is drawn: while something moves, once a second for a clock that can be seen, else never.

const LOW_FRAME_MS = 66;
const LONGEST_S = 0.25;
const SECOND_MS = 1000;

/** @typedef {ReturnType<typeof import("./scene.js").createScene>} Scene */

/**
 * `ready` is called before a frame: a burst of events costs one repaint.
 * @param {{scene: () => Scene, canvas: () => HTMLElement, low: () => boolean, ready: () => void}} of
 */
export function createLoop({ scene, canvas, low, ready }) {
  let asked = 0;
  let last = 0;
  let ended = false;
  let visible = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let beat;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  const seen = new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    if (visible) wake();
  });
  const shown = () => visible && !document.hidden && !ended;

  /** @param {number} time */
  function frame(time) {
    asked = 0;
    if (!shown()) return;
    ready();
    const whole = time - last;
    const moving = scene().step(Math.min(LONGEST_S, Math.max(0.001, whole / 1000)));
    scene().render();
    last = time;
    if (!moving) return;
    if (whole < SECOND_MS) scene().took?.(whole);
    if (low()) soon = setTimeout(request, LOW_FRAME_MS);
    else request();
  }

  function request() {
    if (!asked && shown()) asked = requestAnimationFrame(frame);
  }

  /** Draws the next frame, and more while something moves. */
  function wake() {
    clearTimeout(soon);
    if (!asked) last = performance.now() - 16;
    request();
  }

  function tick() {
    beat = setTimeout(tick, SECOND_MS);
    if (shown() && !asked && scene().tick()) wake();
  }

  const back = () => {
    if (!document.hidden) wake();
  };

  return {
    wake,
    /** Starts, or goes on with another canvas. */
    begin() {
      seen.disconnect();
      seen.observe(canvas());
      document.addEventListener("visibilitychange", back);
      clearTimeout(beat);
      beat = setTimeout(tick, SECOND_MS);
      wake();
    },
    end() {
      ended = true;
      cancelAnimationFrame(asked);
      clearTimeout(beat);
      clearTimeout(soon);
      seen.disconnect();
      document.removeEventListener("visibilitychange", back);
    },
  };
}

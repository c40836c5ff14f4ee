// What the bench runs in a browser: frames of the hall's scene while the camera travels.
import { mountHall } from "../../static/src/hall3d/index.js";
import { initial, reduce, reduceAll } from "../../static/src/openings/state.js";
import { momentOf, openingEvents } from "./hall3d_events.mjs";

/** @typedef {import("../../static/src/hall3d/index.js").MountOptions} MountOptions */

const STAGE = "bidder_decryption";
const STEP_S = 1 / 30;

/** @param {number[]} times */
function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
  return { mean, p95: sorted[Math.floor((sorted.length - 1) * 0.95)] };
}

/** @param {number} n @param {Partial<MountOptions>} options */
async function mounted(n, options) {
  const box = /** @type {HTMLElement} */ (document.getElementById("hall3d"));
  const began = performance.now();
  const moment = momentOf(STAGE);
  const view = await mountHall(box, {
    hall: reduceAll(initial, openingEvents(n, STAGE)),
    reducedMotion: false,
    adaptive: false,
    title: "滨江路快速化改造工程（二标段）施工",
    now: () => moment + performance.now() - began,
    ...options,
  });
  view.loop.end(); // frames are drawn one by one here
  return view;
}

/**
 * The camera travels, a bid is unlocked in every third frame, the clock goes on.
 * @param {number} n seats @param {number} frames @param {boolean} low
 */
async function travel(n, frames, low) {
  const view = await mounted(n, { lowPower: low });
  let hall = reduceAll(initial, openingEvents(n, STAGE));
  const waiting = (hall.bids ?? []).filter(({ state }) => state === "listed");
  const scene = view.scene();
  const main = [];
  const whole = [];
  for (let i = 0; i < frames + 5; i += 1) {
    if (i % 30 === 0) view.look(i % 60 ? "host" : "overview");
    const bid = i % 3 ? undefined : waiting.pop();
    const began = performance.now();
    if (bid) {
      const at = new Date().toISOString();
      hall = reduce(hall, {
        seq: hall.seq + 1,
        kind: "bid_unlocked",
        payload: { seat: bid.seat },
        at,
      });
      view.update(hall, { seq: hall.seq, kind: "bid_unlocked", payload: {}, at });
    }
    view.flush();
    scene.step(STEP_S);
    scene.tick();
    scene.render();
    const drawn = performance.now();
    scene.stage.finish();
    if (i < 5) continue; // shaders compile
    main.push(drawn - began);
    whole.push(performance.now() - began);
    if (i % 10 === 0) await new Promise((done) => setTimeout(done));
  }
  const { calls, triangles } = view.stats();
  view.dispose();
  return { main: summary(main), whole: summary(whole), calls, triangles };
}

/** Frames a minute when nothing happens, with the screen in view and out of it. @param {number} ms */
async function idle(ms) {
  const box = /** @type {HTMLElement} */ (document.getElementById("hall3d"));
  const hall = reduceAll(initial, openingEvents(24, "closed"));
  const began = performance.now();
  const now = () => momentOf("closed") + performance.now() - began;
  const view = await mountHall(box, {
    hall,
    lowPower: true,
    reducedMotion: true,
    adaptive: false,
    now,
  });
  const rest = (/** @type {number} */ wait) => new Promise((done) => setTimeout(done, wait));
  const counted = [];
  for (const preset of /** @type {const} */ (["overview", "host"])) {
    view.look(preset, true);
    await rest(1500);
    const before = view.stats().frames;
    await rest(ms);
    const drawn = view.stats().frames - before;
    counted.push((Math.max(0, drawn - 1) * 60_000) / ms); // seconds between frames, not fence posts
  }
  view.dispose();
  return { seen: counted[0], unseen: counted[1] };
}

/** JavaScript memory kept after a whole hall of 200 was shown and taken away, in MiB. */
async function kept() {
  const { memory, gc } = /** @type {any} */ ({
    memory: /** @type {any} */ (performance).memory,
    gc: /** @type {any} */ (window).gc,
  });
  (await mounted(24, { lowPower: true })).dispose();
  const settle = async () => {
    for (let i = 0; i < 3; i += 1) {
      gc?.();
      await new Promise((done) => setTimeout(done, 60));
    }
    return memory.usedJSHeapSize / 2 ** 20;
  };
  const before = await settle();
  (await mounted(200, { lowPower: true })).dispose();
  return (await settle()) - before;
}

Object.assign(window, { hallBench: { travel, idle, kept } });

// The hall's scene: brings every picture to the facts, and renders only while something changes.
import { Vector3 } from "three";
import { createBalls } from "./balls.js";
import { VIEWS, pulled, shot } from "./cameras.js";
import { createDesks } from "./desks.js";
import { changes } from "./facts.js";
import { createGestures } from "./gestures.js";
import { createLabels } from "./labels.js";
import { createMaterials, disposeMaterial, disposeTree, dress, dressLines } from "./materials.js";
import { pageKey, screenBlocks } from "./pages.js";
import { planHall, veiledSeat } from "./plan.js";
import { createRenderer } from "./renderer.js";
import { createRig } from "./rig.js";
import { buildRoom } from "./room.js";
import { createSeats } from "./seats.js";
import { THEMES } from "./themes.js";
import { createWall } from "./wall.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./cameras.js").View} View */
/** @typedef {import("./themes.js").ThemeName} ThemeName */
/** @typedef {ReturnType<typeof newUniforms>} Uniforms */
/**
 * @typedef {object} SceneOptions
 * @property {HTMLCanvasElement} canvas @property {HTMLElement} labels
 * @property {ThemeName} theme @property {boolean} low @property {boolean} reduced
 * @property {() => number} now the server's time
 * @property {string} title of the lot @property {import("./desks.js").Cast} cast
 * @property {() => void} [fade] called before the room is swapped for a larger one
 * @property {(ms: number) => void} [took] how long a whole frame took while something moved
 */

const newUniforms = () => ({
  uTime: { value: 0 },
  uMinPixels: { value: 6.5 },
  uPixel: { value: 0.001 },
  uSize: { value: 0.17 },
  uGlow: { value: 1 },
  uShade: { value: 1 },
  uDim: { value: 1 },
});

/** @param {SceneOptions} options */
export function createScene({ canvas, labels, theme, low, reduced, now, title, cast, fade, took }) {
  const stage = createRenderer(canvas, low);
  const { renderer, scene } = stage;
  const rig = createRig();
  const materials = createMaterials(low);
  const shared = new Set(materials.all);
  const uniforms = newUniforms();
  const wall = createWall(renderer, low);
  const balls = createBalls(materials);
  const desks = createDesks(materials);
  const gestures = createGestures();
  const words = createLabels(labels);
  scene.add(wall.mesh, wall.mirror, balls.group, desks.group, gestures.group);

  /** @type {Facts | null} */
  let facts = null;
  /** @type {import("./plan.js").Plan} */
  let plan = planHall(1);
  /** @type {ReturnType<typeof buildRoom> | null} */
  let room = null;
  /** @type {ReturnType<typeof createSeats> | null} */
  let seats = null;
  /** @type {View} */
  let view = "overview";
  let themeName = theme;
  let acting = "host";
  let marked = -1;
  let clock = 0;
  let drawn = { name: "", at: -1e9 };
  let seating = false;
  let frames = 0;

  const age = () => (!facts?.draw?.drawn ? 0 : (clock - drawn.at) * 1000);
  const instantly = (/** @type {boolean} */ instant) => instant || reduced;

  /** @param {Facts} next @param {boolean} instant */
  function build(next, instant) {
    const wider = planHall(next.places.length);
    if (!room || wider.max !== plan.max) {
      if (room) {
        if (!instantly(instant) && fade) {
          renderer.render(scene, rig.camera); // the picture can be read in the task that drew it
          fade();
        }
        scene.remove(room);
        disposeTree(room, shared);
      }
      room = buildRoom(wider, materials);
      scene.add(room);
      wall.fit(wider);
      gestures.fit(wider);
      stage.fit(wider);
    }
    plan = wider;
    marked = -1;
    if (seats) {
      scene.remove(seats.group);
      disposeTree(seats.group, shared);
    }
    seats = createSeats(plan, next, materials, uniforms);
    scene.add(seats.group);
    stage.shadows();
  }

  /** @param {Facts} next @param {boolean} instant */
  function rememberDraw({ draw }, instant) {
    if (!draw?.drawn) drawn = { name: "", at: -1e9 };
    else if (drawn.name !== draw.name) {
      drawn = { name: draw.name, at: instantly(instant) ? -1e9 : clock };
    }
  }

  /** @param {boolean} cut */
  function frame(cut) {
    if (!facts) return;
    const mine =
      plan.seats[facts.mine >= 0 ? facts.mine : Math.min(veiledSeat, plan.seats.length - 1)];
    const goal = shot(view, plan, mine, rig.camera.aspect);
    const read = facts.reading >= 0 && view === "overview" ? plan.seats[facts.reading] : null;
    rig.go(read ? pulled(goal, read) : goal, instantly(cut));
  }

  /** @returns {boolean} whether the screen changed */
  function paintWall(turn = false) {
    if (!facts) return false;
    const blocks = screenBlocks(facts, { now: now(), title, age: age() });
    return wall.show(blocks, pageKey(facts), turn && !reduced);
  }

  /** Brings every picture to the facts; `instant` shows it at once. @param {Facts} next @param {boolean} instant */
  function show(next, instant) {
    const change = changes(facts, next);
    const first = facts === null;
    const moved = facts?.reading !== next.reading || facts?.mine !== next.mine;
    facts = next;
    rememberDraw(next, instant);
    if (change.room) build(next, instant);
    seats?.aim(next, change.seats, clock, instantly(instant) || change.room);
    if (change.desks) desks.paint(next, plan, cast, acting);
    if (change.draw) balls.show(next.draw, age());
    if (change.light) light(next, instantly(instant));
    paintWall(!instant);
    if (change.room || moved) frame(first || change.room);
    if (change.seats.length > 0) seating = true;
  }

  /** @param {Facts} next @param {boolean} instant */
  function light(next, instant) {
    dressLines(materials, themeName, next.paused);
    const spot = next.reading >= 0 && seats ? seats.spot(next.reading) : null;
    gestures.aim(next, spot, THEMES[themeName].shaft);
    if (instant) for (let i = 0; i < 4; i += 1) gestures.step(99);
  }

  /** Moves everything on by `dt` seconds. @param {number} dt @returns {boolean} whether something still moves */
  function step(dt) {
    clock += dt;
    uniforms.uTime.value = clock;
    const sitting = seats?.step(dt) ?? false;
    if (seating && !sitting) stage.shadows(); // somebody has sat down
    seating = sitting;
    const moving = [sitting, rig.step(dt), wall.step(dt), gestures.step(dt), stepDraw()];
    return moving.some(Boolean) || clock - popped() < 0.7;
  }

  let lastChange = -99;
  const popped = () => lastChange;

  function stepDraw() {
    const ms = age();
    if (!facts?.draw || ms <= 0 || ms > balls.lasts + 400) return false;
    balls.show(facts.draw, ms);
    if (!wall.turning()) paintWall();
    return true;
  }

  function render() {
    if (!facts || !seats) return;
    const { clientWidth: w, clientHeight: h } = canvas;
    uniforms.uPixel.value = (2 * Math.tan((rig.camera.fov * Math.PI) / 360)) / (h || 1);
    renderer.render(scene, rig.camera);
    words.draw(facts, plan, seats.spot, rig.camera, { marked, w, h });
    frames += 1;
  }

  /** @param {ThemeName} name */
  function setTheme(name) {
    themeName = name;
    const t = THEMES[name];
    dress(materials, name, facts?.paused ?? false);
    stage.dress(t);
    uniforms.uGlow.value = t.glow;
    uniforms.uShade.value = t.shade;
    uniforms.uDim.value = name === "night" ? 0.62 : 1;
    wall.uniforms.uMirror.value = t.mirror;
    balls.night(name === "night");
  }

  /** Only the clock has moved: worth a frame when the screen changed and can be seen. */
  function tick() {
    if (!facts || wall.turning() || !paintWall()) return false;
    return stage.sees(rig.camera, wall.mesh);
  }

  function resize() {
    rig.camera.aspect = stage.resize();
    if (!rig.travelling()) frame(true);
  }

  setTheme(theme);
  rig.camera.aspect = stage.resize();
  return {
    stage,
    show(/** @type {Facts} */ next, instant = false) {
      show(next, instant);
      if (!instant) lastChange = clock;
    },
    step,
    render,
    tick,
    resize,
    setTheme,
    took,
    /** @param {View} name @param {boolean} cut */
    look(name, cut) {
      view = VIEWS.includes(name) ? name : "overview";
      frame(cut);
    },
    /** @param {string} desk who acts: host or deputy */
    act(desk) {
      acting = desk;
      if (facts) desks.paint(facts, plan, cast, acting);
    },
    /** @param {number} index of the place pointed at, -1 for none */
    mark(index) {
      const changed = marked !== index;
      marked = index;
      return changed;
    },
    /** @param {number} x @param {number} y in the window @returns {number} index of the place there */
    seatAt: (x, y) =>
      seats && facts && !facts.veiled ? stage.hit(x, y, rig.camera, seats.pickable) : -1,
    /** Where a place stands in the canvas, in CSS pixels. @param {number} index */
    pixelOf(index) {
      const at = (seats?.spot(index) ?? new Vector3()).add(new Vector3(0, 0.9, 0));
      at.project(rig.camera);
      return {
        x: ((at.x + 1) / 2) * canvas.clientWidth,
        y: ((1 - at.y) / 2) * canvas.clientHeight,
      };
    },
    stats: () => ({ ...stage.stats(), frames }),
    dispose() {
      words.clear();
      disposeTree(scene);
      for (const material of materials.all) disposeMaterial(material);
      materials.skyMap.dispose();
      wall.dispose();
      balls.dispose();
      stage.dispose();
    },
  };
}

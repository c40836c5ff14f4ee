// Light that tells: the line running round the hall at the deadline, the shaft at the read-out.
import {
  AdditiveBlending,
  Color,
  CylinderGeometry,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  Mesh,
  PlaneGeometry,
  BufferGeometry,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { shader } from "./materials.js";
import { FRONT } from "./plan.js";
import { LINE, SHAFT } from "./shaders.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./plan.js").Plan} Plan */

/** Added to pale walls, amber needs more red. */
const PAUSED = "#ff7d12";
const GOLD = "#ffbe48";
const GLOW = { locked: 0.4, paused: 0.3 };

/** A glowing ribbon on a wall, brightest in its middle. @param {number} w @param {number} y @param {[number, number]} run its way from and to, 0 to 1 @param {number} tall */
function ribbon(w, y, run, tall) {
  const g = new PlaneGeometry(w, tall, 1, 2).translate(0, y, 0);
  const { position } = g.attributes;
  const tone = [];
  const way = [];
  for (let i = 0; i < position.count; i += 1) {
    tone.push(1 - Math.abs(position.getY(i) - y) / (tall / 2));
    way.push(run[0] + (run[1] - run[0]) * (position.getX(i) / w + 0.5));
  }
  g.setAttribute("aTone", new Float32BufferAttribute(tone, 1));
  g.setAttribute("aRun", new Float32BufferAttribute(way, 1));
  return g;
}

/** From under the screen along both walls to the back, where the two ends meet. @param {Plan} plan */
function path({ halfWidth: W, back, screenY, screenHeight }) {
  const depth = back - FRONT;
  const whole = 2 * W + depth;
  const [a, b] = [W / whole, (W + depth) / whole];
  const y = screenY - screenHeight / 2 - 0.42;
  const mid = (back + FRONT) / 2;
  const quads = [];
  for (const tall of [0.1, 1.5]) {
    for (const s of [-1, 1]) {
      const flip = (/** @type {[number, number]} */ [f, t]) =>
        /** @type {[number, number]} */ (s > 0 ? [f, t] : [t, f]);
      quads.push(ribbon(W, y, flip([0, a]), tall).translate((s * W) / 2, 0, FRONT + 0.4));
      const side = ribbon(depth, y, s > 0 ? [b, a] : [a, b], tall);
      quads.push(side.rotateY((-s * Math.PI) / 2).translate(s * (W - 0.75), 0, mid));
      const end = ribbon(W, y, flip([1, b]), tall);
      quads.push(end.translate((s * W) / 2, 0, back - 0.3));
    }
  }
  return mergeGeometries(quads);
}

export function createGestures() {
  const line = {
    uRun: { value: 0 },
    uGain: { value: 0 },
    uColor: { value: new Color(GOLD) },
  };
  const glow = { blending: AdditiveBlending, side: DoubleSide };
  const ring = new Mesh(new BufferGeometry(), shader(LINE, line, glow));
  ring.frustumCulled = false;
  ring.renderOrder = 4;
  const cone = new CylinderGeometry(0.12, 0.85, 7.5, 28, 1, true).translate(0, 3.75, 0);
  const gain = { uGain: { value: 0 } };
  const shaft = new Mesh(cone, shader(SHAFT, gain, glow));
  shaft.renderOrder = 5;
  const group = new Group();
  group.add(ring, shaft);
  const goal = { run: 0, glow: 0, shaft: 0 };

  /** @param {Plan} plan */
  function fit(plan) {
    ring.geometry.dispose();
    ring.geometry = path(plan);
  }

  /** @param {Facts} facts @param {import("three").Vector3 | null} spot of the one being read out @param {number} strength of the shaft */
  function aim(facts, spot, strength) {
    const locked = facts.line > 0 && !facts.paused;
    if (locked && goal.glow === 0) line.uRun.value = 0;
    if (facts.paused) line.uRun.value = 1;
    goal.run = locked ? facts.line : facts.paused ? 1 : goal.run;
    goal.glow = locked ? GLOW.locked : facts.paused ? GLOW.paused : 0;
    line.uColor.value.set(facts.paused ? PAUSED : GOLD);
    goal.shaft = spot ? strength : 0;
    if (spot) shaft.position.copy(spot);
  }

  /** @param {number} dt seconds; a large one settles everything @returns {boolean} */
  function step(dt) {
    const near = 1 - Math.exp(-dt * 4);
    const far =
      toward(line.uGain, goal.glow, near) +
      toward(gain.uGain, goal.shaft, near) +
      toward(line.uRun, goal.run, 1 - Math.exp(-dt * 1.3));
    ring.visible = line.uGain.value > 0.005;
    shaft.visible = gain.uGain.value > 0.005;
    return far > 0.006;
  }
  return { group, fit, aim, step };
}

/** @param {{value: number}} at @param {number} goal @param {number} k @returns {number} how far it still is */
function toward(at, goal, k) {
  at.value += (goal - at.value) * k;
  const far = Math.abs(goal - at.value);
  if (far < 0.002) at.value = goal;
  return far;
}

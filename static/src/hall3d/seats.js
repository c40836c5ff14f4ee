// The bidders' places: a handful of instanced pictures, whatever the number of bidders.
import {
  AdditiveBlending,
  BoxGeometry,
  Color,
  Group,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  InstancedMesh,
  Matrix4,
  Mesh,
  PlaneGeometry,
  SubtractiveBlending,
  Vector3,
} from "three";
import { chairGeometry, coat, figureGeometry } from "./figures.js";
import { shader } from "./materials.js";
import { seatPlates } from "./plates.js";
import { GLOW } from "./shaders.js";
import { PAPER, TOKEN } from "./shaders-seat.js";
import { place } from "./shapes.js";
import { LOOKS } from "./tokens.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./materials.js").Materials} Materials */
/** @typedef {import("./scene.js").Uniforms} Uniforms */
/** @typedef {{base: Matrix4, look: string, mine: boolean, here: boolean, lit: number, present: number, bar: Color, settled: boolean}} Seat */

/** A quad per place that its shader turns to the viewer. @param {{[name: string]: number}} attributes @param {number} count */
export function spots(attributes, count) {
  const g = new InstancedBufferGeometry();
  const quad = new PlaneGeometry(2, 2);
  g.index = quad.index;
  Object.assign(g.attributes, quad.attributes);
  for (const [name, width] of Object.entries(attributes)) {
    const values = new Float32Array(count * width);
    g.setAttribute(name, new InstancedBufferAttribute(values, width));
  }
  g.instanceCount = count;
  return g;
}

/** @param {number} w @param {number} d @param {string} name @param {number} width @param {number} count */
function pool(w, d, name, width, count) {
  const g = new PlaneGeometry(w, d).rotateX(-Math.PI / 2);
  g.setAttribute(name, new InstancedBufferAttribute(new Float32Array(count * width), width));
  return g;
}

/** @param {Plan} plan @param {Materials} materials @param {Uniforms} uniforms */
function meshes({ seats, gap, deep }, materials, uniforms) {
  const n = seats.length;
  const group = new Group();
  const detail = materials.low ? 0 : n > 106 ? 1 : 2;
  /** @param {import("three").BufferGeometry} geometry @param {import("three").Material} material */
  const many = (geometry, material, shadow = false, order = 0) => {
    const mesh = new InstancedMesh(geometry, material, n);
    mesh.castShadow = mesh.receiveShadow = shadow;
    mesh.frustumCulled = false;
    mesh.renderOrder = order;
    group.add(mesh);
    return mesh;
  };
  const glowing = { blending: AdditiveBlending };
  const shading = { blending: SubtractiveBlending, premultipliedAlpha: true };
  const bar = new BoxGeometry(gap * 0.78, 0.025, 0.05 * deep);
  const { uGlow, uShade, uDim } = uniforms;
  const built = {
    group,
    figures: many(figureGeometry(detail), materials.figure, true),
    chairs: many(chairGeometry(detail), materials.fabric, true),
    bars: many(bar, materials.bar),
    shade: many(pool(1.1, 1, "aTone", 3, n), shader(GLOW, { uGain: uShade }, shading), false, 1),
    glow: many(
      pool(gap * 1.2, 0.5 * deep, "aTone", 3, n),
      shader(GLOW, { uGain: uGlow }, glowing),
      false,
      4,
    ),
    papers: many(pool(0.44, 0.3, "aPaper", 1, n), shader(PAPER, { uDim }), false, 4),
    tokens: new Mesh(
      spots({ aAt: 3, aTone: 3, aKind: 1, aSince: 1, aMine: 1 }, n),
      shader(TOKEN, uniforms),
    ),
  };
  built.tokens.frustumCulled = false;
  built.tokens.renderOrder = 6;
  group.add(built.tokens);
  return built;
}

/** Where everything of a place stands. @param {Plan} plan @param {ReturnType<typeof meshes>} m @returns {Seat[]} */
function seat(plan, m) {
  const { deep } = plan;
  return plan.seats.map((at, i) => {
    const base = place(at.x, at.y, at.z, at.angle);
    const local = (/** @type {number} */ y, /** @type {number} */ z, tilt = 0) =>
      base.clone().multiply(place(0, y, z, 0, tilt));
    m.chairs.setMatrixAt(i, local(0, 0.06));
    m.shade.setMatrixAt(i, local(0.014, 0.08));
    m.bars.setMatrixAt(i, local(0.762, -0.8 * deep));
    m.glow.setMatrixAt(i, local(0.772, -0.64 * deep));
    m.papers.setMatrixAt(i, local(0.82, -0.62 * deep, 0.3));
    m.shade.geometry.attributes.aTone.setXYZ(i, 0.3, 0.3, 0.28);
    m.tokens.geometry.attributes.aAt.setXYZ(i, at.x, at.y + 1.88, at.z);
    m.figures.setColorAt(i, new Color(coat(i)));
    return {
      base,
      look: "",
      mine: false,
      here: false,
      lit: 0,
      present: 0,
      bar: new Color(),
      settled: false,
    };
  });
}

/**
 * @param {Plan} plan @param {Facts} facts @param {Materials} materials @param {Uniforms} uniforms
 */
export function createSeats(plan, facts, materials, uniforms) {
  const m = meshes(plan, materials, uniforms);
  const seated = seat(plan, m);
  if (!facts.veiled)
    m.group.add(
      seatPlates(
        plan,
        facts.places,
        seated.map(({ base }) => base),
      ),
    );
  const scratch = new Matrix4();
  const tall = new Vector3(1, 1, 1);
  const tone = new Color();

  /** Points places at what the facts say; `step` moves the picture there. @param {Facts} next @param {number[]} which @param {number} now @param {boolean} instant */
  function aim({ places }, which, now, instant) {
    const { aKind, aSince, aMine, aTone } = m.tokens.geometry.attributes;
    for (const i of which) {
      const { token, mine, here, paper } = places[i];
      const one = seated[i];
      const look = LOOKS[token];
      if (token !== one.look) aSince.setX(i, instant || !one.look ? -99 : now);
      Object.assign(one, { look: token, mine, here, settled: false });
      aKind.setX(i, look.kind);
      aMine.setX(i, mine ? 1 : 0);
      tone.set(look.tone);
      aTone.setXYZ(i, tone.r, tone.g, tone.b);
      m.papers.geometry.attributes.aPaper.setX(i, paper);
    }
    for (const a of [aKind, aSince, aMine, aTone]) a.needsUpdate = true;
    m.papers.geometry.attributes.aPaper.needsUpdate = true;
    if (instant) step(99);
  }

  /** @param {number} i @param {number} k share of the way */
  function move(i, k) {
    const one = seated[i];
    const { lit, bar } = LOOKS[/** @type {import("./tokens.js").Token} */ (one.look)];
    const present = one.here ? 1 : 0;
    tone.set(one.mine && !facts.veiled ? "#f4b63f" : bar);
    one.lit += (lit - one.lit) * k;
    one.present += (present - one.present) * k;
    one.bar.lerp(tone, k);
    const far = Math.abs(lit - one.lit) + Math.abs(present - one.present);
    if (far + Math.abs(one.bar.g - tone.g) + Math.abs(one.bar.r - tone.r) < 0.01) {
      Object.assign(one, { lit, present, settled: true });
      one.bar.copy(tone);
    }
    tall.y = Math.max(0.001, one.present);
    m.figures.setMatrixAt(i, scratch.copy(one.base).scale(tall));
    m.bars.setColorAt(i, one.bar);
    const { r, g, b } = one.bar;
    m.glow.geometry.attributes.aTone.setXYZ(i, r * one.lit, g * one.lit, b * one.lit);
  }

  /** @param {number} dt seconds @returns {boolean} whether something still moves */
  function step(dt) {
    const k = 1 - Math.exp(-dt * 5);
    let moved = false;
    for (const [i, { settled }] of seated.entries()) {
      if (settled) continue;
      move(i, k);
      moved = true;
    }
    if (!moved) return false;
    m.figures.instanceMatrix.needsUpdate = true;
    if (m.bars.instanceColor) m.bars.instanceColor.needsUpdate = true;
    m.glow.geometry.attributes.aTone.needsUpdate = true;
    return seated.some(({ settled }) => !settled);
  }

  /** @param {number} i */
  const spot = (i) => new Vector3(plan.seats[i].x, plan.seats[i].y, plan.seats[i].z);
  return { group: m.group, aim, step, spot, pickable: m.chairs };
}

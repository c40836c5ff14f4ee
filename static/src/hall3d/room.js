// The architecture for a plan: tiers, walls, screen wall, gallery, stage, ceiling; few merged meshes.
import { BufferAttribute, Group, Mesh, PlaneGeometry } from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { ceilingParts, screenWallParts, stageParts, wallParts } from "./room-walls.js";
import { AISLE, FRONT, galleryOf } from "./plan.js";
import { arc, box, wash } from "./shapes.js";
import { SUN_FROM } from "./materials.js";
import { PAINT } from "./themes.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./materials.js").Materials} Materials */
/** @typedef {import("three").BufferGeometry} Geometry */
/** @typedef {{stone: Geometry[], oak: Geometry[], light: Geometry[], step: number}} Parts */

/** Tiers with their light lines, counters in three blocks, steps in the aisles. @param {Plan} plan @param {Parts} parts */
function tierParts(plan, { stone, oak, light, step }) {
  const { half, rows, last, deep, pitch, rise } = plan;
  /** @type {[number, number]} */
  const span = [-half - 0.05, half + 0.05];
  for (const [i, { r, y }] of rows.entries()) {
    const r0 = r - 1.08 * deep;
    const r1 = i === rows.length - 1 ? r + 1.5 : r0 + pitch;
    stone.push(arc({ r: [r0, r1], y: [0, y], a: span }, PAINT.carpet, { shade: 0.3, step }));
    const line = { r: /** @type {[number, number]} */ ([r0 - 0.012, r0]), a: span };
    light.push(arc({ ...line, y: [y - 0.075, y - 0.035] }, "#ffffff", { shade: 0, step }));
    const block = (2 * half * r - 2 * AISLE) / 3;
    for (let b = 0; b < 3; b += 1) {
      const a0 = (b * (block + AISLE)) / r - half;
      /** @type {[number, number]} */
      const a = [a0, a0 + block / r];
      const front = { r: band(r, 0.82 * deep, 0.76 * deep), a };
      oak.push(arc({ ...front, y: [y, y + 0.7] }, PAINT.oak, { shade: 0.42, step }));
      const top = { r: band(r, 0.86 * deep, 0.4 * deep), a };
      oak.push(arc({ ...top, y: [y + 0.7, y + 0.75] }, PAINT.oakLight, { shade: 0, step }));
      if (b === 0) continue;
      const stair = { r: band(r0, 0.34 * deep, 0), y: band(y - rise / 2, rise / 2, 0) };
      stone.push(
        arc({ ...stair, a: [a0 - AISLE / r + 0.02, a0 - 0.02] }, PAINT.carpet, {
          shade: 0.3,
          step,
        }),
      );
    }
  }
  const ring = { r: band(last.r + 7, 5.5, 0), y: band(last.y + 0.12, last.y + 0.12, 0), a: span };
  stone.push(arc(ring, PAINT.stone, { step }));
  const rail = { r: band(last.r + 1.58, 0.08, 0), y: band(last.y + 0.9, 0.9, 0), a: span };
  oak.push(arc(rail, PAINT.oak, { shade: 0.25, step }));
  for (const r of [3.5, 4.6, 5.7]) {
    const inlay = { r: band(r + 0.05, 0.05, 0), y: band(0.008, 0.008, 0) };
    stone.push(
      arc({ ...inlay, a: [-half - 0.3, half + 0.3] }, PAINT.bronze, {
        shade: 0,
        plain: true,
        step,
      }),
    );
  }
}

/** @param {number} at @param {number} below @param {number} above @returns {[number, number]} */
const band = (at, below, above) => [at - below, at - above];

/** @param {Plan} plan @returns {Geometry} light that grazes walls */
function washParts(plan) {
  const { halfWidth: W, back, height: H } = plan;
  const depth = back - FRONT;
  const mid = (back + FRONT) / 2;
  const g = galleryOf(plan);
  const side = -Math.PI / 2;
  return mergeGeometries([
    wash(2 * W + 1, 4.6, [0, H - 2.3, FRONT + 0.01], 0),
    wash(2 * W, 2.2, [0, 1.55, FRONT + 0.01], 0),
    wash(2 * W, 4, [0, H - 2, back - 0.02], Math.PI),
    wash(2 * W, 3.2, [0, 7, back - 0.02], Math.PI, true),
    wash(depth, 3.4, [W - 0.02, g.y - 2, mid], side),
    wash(depth, 3.6, [W - 0.02, H - 1.8, mid], side),
    wash(g.length, 2.6, [W + 2.98, g.y + 1.6, g.middle], side),
  ]);
}

/** Where the sun falls through the windows, for machines that draw no shadows. @param {Plan} plan */
function sunPatches(plan) {
  const { halfWidth: W, back, height: H } = plan;
  const depth = back - FRONT;
  const bays = Math.round(depth / 3.4);
  const reach = (/** @type {number} */ y) => y / SUN_FROM.y;
  const quads = [];
  for (let i = 0; i < bays; i += 1) {
    const z0 = FRONT + (depth * i) / bays + 0.4;
    const z1 = z0 + depth / bays - 0.8;
    const g = new PlaneGeometry(1, 1);
    const at = (/** @type {number} */ y, /** @type {number} */ z) => [
      -W - SUN_FROM.x * reach(y),
      0.012,
      z - SUN_FROM.z * reach(y),
    ];
    const top = Math.min(H - 2, 7);
    const points = [at(top, z0), at(top, z1), at(1.2, z0), at(1.2, z1)].flat();
    g.setAttribute("position", new BufferAttribute(new Float32Array(points), 3));
    g.setAttribute("color", new BufferAttribute(new Float32Array(12).fill(0.5), 3));
    quads.push(g);
  }
  return mergeGeometries(quads);
}

/** @param {Plan} plan */
function glassParts(plan) {
  const g = galleryOf(plan);
  const { halfWidth: W, back } = plan;
  const depth = back - FRONT;
  const turn = -Math.PI / 2;
  return mergeGeometries([
    new PlaneGeometry(g.length, 1.12).rotateY(turn).translate(W - 2.85, g.y + 0.58, g.middle),
    new PlaneGeometry(depth, 3).rotateY(turn).translate(W + 0.1, g.y + 1.5, (back + FRONT) / 2),
  ]);
}

/**
 * Drawn from near to far, so that what is hidden costs nothing; the floor comes before the
 * screen's reflection lies on it.
 * @param {Plan} plan @param {Materials} materials
 */
export function buildRoom(plan, materials) {
  const { halfWidth: W, back, height: H } = plan;
  const depth = back - FRONT;
  const mid = (back + FRONT) / 2;
  /** @type {Parts} */
  const parts = { stone: [], oak: [], light: [], step: materials.low ? 0.11 : 0.05 };
  for (const add of [tierParts, wallParts, screenWallParts, stageParts, ceilingParts]) {
    add(plan, parts);
  }
  const group = new Group();
  const add = (/** @type {Mesh} */ mesh, shadows = false, order = 0) => {
    mesh.castShadow = mesh.receiveShadow = shadows;
    mesh.renderOrder = order;
    mesh.matrixAutoUpdate = false;
    group.add(mesh);
  };
  const { low } = materials;
  add(new Mesh(mergeGeometries(parts.oak), materials.oak), true, low ? 1 : 0);
  add(new Mesh(mergeGeometries(parts.stone), materials.stone), true, low ? 2 : 0);
  add(new Mesh(mergeGeometries(parts.light), materials.light));
  const washes = low ? mergeGeometries([washParts(plan), flat(sunPatches(plan))]) : washParts(plan);
  add(new Mesh(washes, materials.wash), false, 2);
  const floor = new PlaneGeometry(2 * W + 8, depth).rotateX(-Math.PI / 2).translate(3, 0, mid);
  const ground = new Mesh(floor, materials.floor);
  add(ground, false, low ? 3 : -2);
  ground.receiveShadow = !low;
  const sky = new PlaneGeometry(depth * 2.4, 44).rotateY(Math.PI / 2).translate(-W - 16, 8, mid);
  add(new Mesh(sky, materials.sky), false, low ? 4 : 0);
  add(new Mesh(glassParts(plan), materials.glass), false, 3);
  const words = new PlaneGeometry(8.8, 0.88).translate(0, H - 1.25, FRONT + 0.02);
  add(new Mesh(words, materials.lettering), false, 3);
  const above = box([2 * W + 8, 0.4, depth + 2], [3, H + 0.2, mid], "#ffffff", { shade: 0 });
  const ceiling = new Mesh(above, materials.ceiling);
  add(ceiling, false, low ? 4 : 0);
  ceiling.castShadow = !low;
  return group;
}

/** So that quads and grids merge. @param {Geometry} g */
const flat = (g) => {
  const white = g.getAttribute("position").count;
  if (!g.getAttribute("normal")) {
    g.setAttribute("normal", new BufferAttribute(new Float32Array(white * 3), 3));
  }
  return g;
};

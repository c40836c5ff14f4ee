// Solids of the room with their shade baked into vertex colours: boxes, bent blocks, quads.
import {
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  Color,
  Euler,
  Float32BufferAttribute,
  Matrix4,
  PlaneGeometry,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";

/** @typedef {[number, number, number]} Point */

/** Texture coordinate of plain white: what has no grain shares the material of what has. */
const PLAIN_UV = 0.003;

/**
 * Vertex colours darken towards the foot of upright faces; texture runs in metres.
 * @param {BufferGeometry} geometry @param {string} hex @param {number} shade @param {boolean} [plain] without grain
 */
export function shaded(geometry, hex, shade, plain = false) {
  const g = geometry.index ? geometry.toNonIndexed() : geometry;
  g.computeBoundingBox();
  const { min, max } = /** @type {import("three").Box3} */ (g.boundingBox);
  const { position: p, normal: n } = g.attributes;
  const tone = new Color(hex);
  const colors = new Float32Array(p.count * 3);
  const uv = new Float32Array(p.count * 2).fill(PLAIN_UV);
  for (let i = 0; i < p.count; i += 1) {
    const upright = 1 - Math.abs(n.getY(i));
    const k = 1 - shade * upright * (1 - (p.getY(i) - min.y) / (max.y - min.y || 1));
    colors.set([tone.r * k, tone.g * k, tone.b * k], i * 3);
    if (!plain) uv.set(grain(p, n, i), i * 2);
  }
  g.setAttribute("color", new BufferAttribute(colors, 3));
  g.setAttribute("uv", new BufferAttribute(uv, 2));
  return g;
}

/** @typedef {import("three").BufferAttribute | import("three").InterleavedBufferAttribute} Attribute */
/** @param {Attribute} p @param {Attribute} n @param {number} i */
function grain(p, n, i) {
  if (Math.abs(n.getY(i)) > 0.7) return [p.getX(i) / 4, p.getZ(i) / 4];
  return Math.abs(n.getX(i)) > 0.7
    ? [p.getZ(i) / 4, p.getY(i) / 4]
    : [p.getX(i) / 4, p.getY(i) / 4];
}

/** @param {Point} size @param {Point} at centre @param {string} hex @param {{shade?: number, turn?: number, plain?: boolean}} [by] */
export function box([w, h, d], [x, y, z], hex, { shade = 0.22, turn = 0, plain = false } = {}) {
  return shaded(new BoxGeometry(w, h, d).rotateY(turn).translate(x, y, z), hex, shade, plain);
}

/** @param {number} r @param {number} a @param {number} y @returns {Point} */
const polar = (r, a, y) => [r * Math.sin(a), y, r * Math.cos(a)];

/**
 * @typedef {object} Bend
 * @property {[number, number]} r inner and outer radius
 * @property {[number, number]} y foot and top
 * @property {[number, number]} a from angle to angle
 */

/**
 * A block bent around the vertical axis: tiers, counters, desks, baffles and light lines.
 * @param {Bend} bend @param {string} hex @param {{shade?: number, plain?: boolean, step?: number}} [by] `step`: radians a facet
 */
export function arc({ r, y, a }, hex, { shade = 0.22, plain = false, step = 0.05 } = {}) {
  const [r0, r1] = r;
  const [y0, y1] = y;
  /** @type {number[]} */
  const points = [];
  /** @type {number[]} */
  const normals = [];
  /** @param {Point[]} corners @param {Point} na @param {Point} nb */
  const quad = ([p, q, s, t], na, nb) => {
    points.push(...p, ...q, ...s, ...p, ...s, ...t);
    normals.push(...na, ...nb, ...nb, ...na, ...nb, ...na);
  };
  /** @type {Point} */
  const up = [0, 1, 0];
  /** @type {Point} */
  const down = [0, -1, 0];
  const steps = Math.max(2, Math.ceil((a[1] - a[0]) / step));
  for (let i = 0; i < steps; i += 1) {
    const l = a[0] + ((a[1] - a[0]) * i) / steps;
    const m = a[0] + ((a[1] - a[0]) * (i + 1)) / steps;
    const [nl, nm] = [polar(1, l, 0), polar(1, m, 0)];
    const back = (/** @type {Point} */ v) => /** @type {Point} */ (v.map((c) => -c));
    quad([polar(r1, l, y0), polar(r1, m, y0), polar(r1, m, y1), polar(r1, l, y1)], nl, nm);
    quad(
      [polar(r0, l, y1), polar(r0, m, y1), polar(r0, m, y0), polar(r0, l, y0)],
      back(nl),
      back(nm),
    );
    quad([polar(r1, l, y1), polar(r1, m, y1), polar(r0, m, y1), polar(r0, l, y1)], up, up);
    if (y0 > 0.5) {
      quad([polar(r0, l, y0), polar(r0, m, y0), polar(r1, m, y0), polar(r1, l, y0)], down, down);
    }
  }
  for (const side of [-1, 1]) {
    const at = side < 0 ? a[0] : a[1];
    /** @type {Point} */
    const n = [side * Math.cos(at), 0, -side * Math.sin(at)];
    const face = [polar(r0, at, y0), polar(r1, at, y0), polar(r1, at, y1), polar(r0, at, y1)];
    quad(side < 0 ? face : face.reverse(), n, n);
  }
  const g = new BufferGeometry();
  g.setAttribute("position", new Float32BufferAttribute(points, 3));
  g.setAttribute("normal", new Float32BufferAttribute(normals, 3));
  return shaded(g, hex, shade, plain);
}

/** @param {number} x @param {number} y @param {number} z @param {number} [turn] @param {number} [tilt] */
export const place = (x, y, z, turn = 0, tilt = 0) =>
  new Matrix4().makeRotationFromEuler(new Euler(tilt, turn, 0, "YXZ")).setPosition(x, y, z);

/**
 * Quads that share one atlas: seat plates on both sides, role plates.
 * @param {{matrix: Matrix4, w: number, h: number, cell: number}[]} items @param {number} cols @param {number} rows
 */
export function atlasQuads(items, cols, rows) {
  return mergeGeometries(
    items.map(({ matrix, w, h, cell }) => {
      const g = new PlaneGeometry(w, h).applyMatrix4(matrix);
      const u = (cell % cols) / cols;
      const v = 1 - (Math.floor(cell / cols) + 1) / rows;
      const { uv } = g.attributes;
      for (let i = 0; i < 4; i += 1) uv.setXY(i, u + uv.getX(i) / cols, v + uv.getY(i) / rows);
      return g;
    }),
  );
}

/**
 * Light that grazes a surface: bright at one edge, nothing at the other.
 * @param {number} w @param {number} h @param {Point} at @param {number} turn @param {boolean} [up]
 */
export function wash(w, h, [x, y, z], turn, up = false) {
  const g = new PlaneGeometry(w, h, 1, 5);
  const { position } = g.attributes;
  const tone = Float32Array.from({ length: position.count * 3 }, (_, i) => {
    const at = position.getY(Math.floor(i / 3)) / h;
    return Math.max(0, 0.5 + (up ? -at : at)) ** 2.2;
  });
  g.setAttribute("color", new BufferAttribute(tone, 3));
  return g.rotateY(turn).translate(x, y, z);
}

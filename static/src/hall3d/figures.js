// People and chairs: calm plaster figures seated at their counters, arms on the table.
import { BufferAttribute, CylinderGeometry, LatheGeometry, SphereGeometry, Vector2 } from "three";
import { BoxGeometry } from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";

/** @typedef {import("three").BufferGeometry} Geometry */

/** @param {Geometry} geometry @param {number} k */
function toned(geometry, k) {
  const count = geometry.getAttribute("position").count;
  geometry.setAttribute("color", new BufferAttribute(new Float32Array(count * 3).fill(k), 3));
  return geometry;
}

const TORSO = [
  [0.001, 0.42],
  [0.2, 0.43],
  [0.205, 0.58],
  [0.235, 0.8],
  [0.262, 0.94],
  [0.245, 1.02],
  [0.16, 1.075],
  [0.068, 1.11],
  [0.056, 1.2],
];
const ROUGH = [
  [0.2, 0.5],
  [0.262, 0.94],
  [0.15, 1.08],
  [0.056, 1.2],
];

/** An arm between two points. @param {number[]} from @param {number[]} to @param {number} sides */
function limb(from, to, sides) {
  const [dx, dy, dz] = to.map((v, i) => v - from[i]);
  const length = Math.hypot(dx, dy, dz);
  const g = new CylinderGeometry(0.05, 0.062, length, sides, 1, true).translate(0, length / 2, 0);
  const tilt = Math.acos(dy / length);
  const turn = Math.atan2(dx, dz);
  return g.rotateX(tilt).rotateY(turn).translate(from[0], from[1], from[2]);
}

/** @param {number} sides */
function arms(sides) {
  return [-1, 1].flatMap((s) => [
    limb([s * 0.235, 0.97, 0], [s * 0.3, 0.74, -0.14], sides),
    limb([s * 0.3, 0.74, -0.14], [s * 0.12, 0.82, -0.42], sides),
  ]);
}

/**
 * A person seen from forty metres in a large hall needs no fingers.
 * @param {0 | 1 | 2} detail
 */
export function figureGeometry(detail) {
  const profile = (detail ? TORSO : ROUGH).map(([x, y]) => new Vector2(x, y));
  const round = [6, 8, 12][detail];
  const body = new LatheGeometry(profile, round).scale(1, 1, 0.62);
  const head = new SphereGeometry(0.112, round, [4, 6, 8][detail])
    .scale(0.88, 1.2, 1)
    .translate(0, 1.305, -0.03);
  const parts = [toned(body, 1), toned(head, 1.1)];
  if (detail) {
    const hair = new SphereGeometry(0.121, round, 5, 0, Math.PI * 2, 0, Math.PI * 0.5)
      .scale(0.9, 1.1, 1)
      .rotateX(0.5)
      .translate(0, 1.33, -0.012);
    parts.push(toned(hair, 0.5));
    for (const arm of arms(detail === 2 ? 6 : 4)) parts.push(toned(arm, 0.94));
  }
  return mergeGeometries(parts);
}

/** @param {0 | 1 | 2} detail */
export function chairGeometry(detail) {
  const back = new BoxGeometry(0.56, 0.54, 0.07).rotateX(-0.1).translate(0, 0.8, 0.31);
  const seat = new BoxGeometry(0.54, 0.09, 0.5).translate(0, 0.43, 0.03);
  const parts = [toned(back, 1), toned(seat, 0.88)];
  if (detail) {
    parts.push(
      toned(new CylinderGeometry(0.035, 0.035, 0.4, 6, 1, true).translate(0, 0.2, 0.04), 0.5),
    );
    parts.push(toned(new CylinderGeometry(0.24, 0.27, 0.03, 10).translate(0, 0.015, 0.04), 0.5));
    parts.push(toned(new BoxGeometry(0.5, 0.46, 0.03).rotateX(-0.1).translate(0, 0.8, 0.27), 1.14));
  }
  return mergeGeometries(parts);
}

const COATS = ["#8494a6", "#968b7c", "#7b8a84", "#6f7f96", "#8d8590", "#7d8791", "#94897f"];

/** @param {number} i */
export const coat = (i) => COATS[(i * 5 + (i >> 2)) % COATS.length];

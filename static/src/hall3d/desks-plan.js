// Where the four who hold the opening sit, and which way their plates face.
import { FRONT } from "./plan.js";

/** @typedef {"host" | "deputy" | "witness" | "supervisor"} Desk */

/** @type {Record<Desk, {x: number, z: number, turn: number}>} */
export const DESKS = {
  host: { x: -1.05, z: FRONT + 5.75, turn: 0 },
  deputy: { x: 1.05, z: FRONT + 5.75, turn: 0 },
  witness: { x: -7.2, z: FRONT + 6.4, turn: 0.5 },
  supervisor: { x: 7.2, z: FRONT + 6.4, turn: -0.5 },
};
/** As many of the public as the gallery shows; the label tells the figure. */
export const GALLERY = 40;

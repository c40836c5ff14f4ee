// Host, deputy, witness and supervisor at their desks, and the public in the glass gallery.
import { Color, Group, InstancedMesh, Vector3 } from "three";
import { DESKS, GALLERY } from "./desks-plan.js";
import { coat, figureGeometry } from "./figures.js";
import { deskPlates } from "./plates.js";
import { STAGE_Y, galleryOf } from "./plan.js";
import { place } from "./shapes.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {{[desk: string]: string}} Cast */

const COATS = ["#7b746c", "#6b7c92", "#70807c", "#63779c"];

/** @param {Facts} facts @returns {number[]} people at host, deputy, witness, supervisor */
const seatedAt = ({ present: { host, witness, supervisor } }) => [
  Math.min(1, host),
  host > 1 ? 1 : 0,
  Math.min(1, witness),
  Math.min(1, supervisor),
];

/** @param {import("./materials.js").Materials} materials */
export function createDesks(materials) {
  const group = new Group();
  const people = new InstancedMesh(
    figureGeometry(materials.low ? 0 : 2),
    materials.figure,
    4 + GALLERY,
  );
  people.frustumCulled = false;
  people.receiveShadow = true;
  const plates = deskPlates();
  group.add(people, plates.mesh);

  /** @param {number} i @param {number[]} at @param {number} turn @param {string} tone @param {boolean} shown */
  const put = (i, [x, y, z], turn, tone, shown) => {
    const tall = shown ? 1 : 0.001;
    people.setMatrixAt(i, place(x, y, z, turn).scale(new Vector3(tall, tall, tall)));
    people.setColorAt(i, new Color(tone));
  };

  /** @param {Facts} facts @param {Plan} plan @param {Cast} cast @param {string} acting */
  function paint(facts, plan, cast, acting) {
    plates.paint({ ...cast, ...facts.names }, acting);
    const at = seatedAt(facts);
    for (const [i, { x, z, turn }] of Object.values(DESKS).entries()) {
      put(i, [x, STAGE_Y, z], turn + Math.PI, COATS[i], at[i] > 0);
    }
    const { x, y, from, length } = galleryOf(plan);
    const shown = Math.min(GALLERY, facts.present.public);
    for (let i = 0; i < GALLERY; i += 1) {
      const z = from + 1 + ((length - 2) * (i + 0.5)) / GALLERY;
      put(4 + i, [x + 1.7 + (i % 2) * 0.9, y - 0.1, z], Math.PI / 2, coat(i), i < shown);
    }
    people.instanceMatrix.needsUpdate = true;
    if (people.instanceColor) people.instanceColor.needsUpdate = true;
  }
  return { group, paint };
}

// The camera on its way from one preset to another: an eased path, slightly raised; or a cut.
import { PerspectiveCamera, Vector3 } from "three";
import { easeInOut } from "./cameras.js";

/** @typedef {import("./cameras.js").Shot} Shot */
/** @typedef {{eye: Vector3, aim: Vector3, fov: number}} Pose */

const TRAVEL_S = 1.5;

/** @param {Shot} shot @returns {Pose} */
const pose = ({ eye, aim, fov }) => ({
  eye: new Vector3().fromArray(eye),
  aim: new Vector3().fromArray(aim),
  fov,
});

export function createRig() {
  const camera = new PerspectiveCamera(45, 1, 0.3, 140);
  const now = pose({ eye: [0, 5, 20], aim: [0, 2, 0], fov: 45 });
  /** @type {{from: Pose, to: Pose, t: number} | null} */
  let travel = null;

  function apply() {
    camera.fov = now.fov;
    camera.position.copy(now.eye);
    camera.lookAt(now.aim);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  /** @param {Shot} shot @param {boolean} cut */
  function go(shot, cut) {
    const to = pose(shot);
    if (cut) {
      travel = null;
      Object.assign(now, to);
      apply();
    } else
      travel = { from: { eye: now.eye.clone(), aim: now.aim.clone(), fov: now.fov }, to, t: 0 };
  }

  /** @param {number} dt seconds @returns {boolean} whether it moved */
  function step(dt) {
    if (!travel) return false;
    const { from, to } = travel;
    travel.t = Math.min(1, travel.t + dt / TRAVEL_S);
    const k = easeInOut(travel.t);
    now.eye.lerpVectors(from.eye, to.eye, k);
    now.eye.y += Math.sin(Math.PI * k) * 0.7;
    now.aim.lerpVectors(from.aim, to.aim, k);
    now.fov = from.fov + (to.fov - from.fov) * k;
    if (travel.t === 1) travel = null;
    apply();
    return true;
  }
  return { camera, go, step, travelling: () => travel !== null };
}

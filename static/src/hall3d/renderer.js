// The renderer with its lights: one static shadow map, drawn when the room or who sits in it changes.
import {
  Box3,
  Color,
  DirectionalLight,
  Fog,
  Frustum,
  HemisphereLight,
  Matrix4,
  NeutralToneMapping,
  NoToneMapping,
  PCFShadowMap,
  Raycaster,
  Scene,
  Vector2,
  WebGLRenderer,
} from "three";
import { softwareRenderer } from "./power.js";

/** @typedef {import("./plan.js").Plan} Plan */

/** The picture's pixels for each of the window's: at first, and the coarsest. */
const RATIO = { full: 1.5, low: 1, coarsest: 0.6, software: 0.75 };
const COARSER = 0.8;

/** @param {HTMLCanvasElement} canvas @param {boolean} low */
export function createRenderer(canvas, low) {
  const renderer = new WebGLRenderer({
    canvas,
    antialias: !low,
    alpha: false,
    powerPreference: low ? "low-power" : "default",
  });
  const gl = /** @type {WebGL2RenderingContext} */ (renderer.getContext());
  const software = softwareRenderer(gl);
  const dense = window.devicePixelRatio;
  const most = low ? (software ? RATIO.software : RATIO.low) : RATIO.full;
  renderer.setPixelRatio(Math.min(most, dense));
  renderer.toneMapping = low ? NoToneMapping : NeutralToneMapping;
  Object.assign(renderer.shadowMap, { enabled: !low, type: PCFShadowMap, autoUpdate: false });
  const scene = new Scene();
  const hemi = new HemisphereLight();
  const sun = new DirectionalLight();
  const fill = new DirectionalLight();
  fill.position.set(4, 20, 12);
  sun.castShadow = !low;
  sun.shadow.mapSize.set(2048, 2048);
  Object.assign(sun.shadow, { bias: -0.0004, normalBias: 0.05, radius: 3 });
  if (!low) {
    scene.add(hemi, sun, sun.target, fill);
    scene.fog = new Fog("#fff", 30, 90);
  }

  /** @param {Plan} plan */
  function fit({ halfWidth }) {
    const s = halfWidth + 10;
    sun.position.set(-halfWidth - 22, 27, -7);
    sun.target.position.set(-2, 0, 7);
    const { camera } = sun.shadow;
    Object.assign(camera, { left: -s, right: s, top: s * 0.8, bottom: -s * 0.8 });
    Object.assign(camera, { near: 4, far: halfWidth * 2 + 60 });
    camera.updateProjectionMatrix();
  }

  /** @param {import("./themes.js").Theme} t */
  function dress(t) {
    hemi.color.set(t.hemi[0]);
    hemi.groundColor.set(t.hemi[1]);
    hemi.intensity = t.hemi[2];
    sun.color.set(t.sun[0]);
    sun.intensity = t.sun[1];
    fill.color.set(t.fill[0]);
    fill.intensity = t.fill[1];
    scene.background = new Color(t.fog);
    scene.fog?.color.set(t.fog);
    renderer.toneMappingExposure = t.exposure;
  }

  /** @returns {number} width over height */
  function resize() {
    const [w, h] = [canvas.clientWidth || 1, canvas.clientHeight || 1];
    renderer.setSize(w, h, false);
    return w / h;
  }

  /** @returns {boolean} false when it is as coarse as it may be */
  function coarser() {
    const ratio = renderer.getPixelRatio();
    if (ratio <= RATIO.coarsest) return false;
    renderer.setPixelRatio(Math.max(RATIO.coarsest, ratio * COARSER));
    resize();
    return true;
  }

  const ray = new Raycaster();
  /** @param {number} x @param {number} y @param {import("three").Camera} camera @param {import("three").InstancedMesh} mesh */
  function hit(x, y, camera, mesh) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const at = new Vector2(((x - left) / width) * 2 - 1, 1 - ((y - top) / height) * 2);
    ray.setFromCamera(at, camera);
    mesh.computeBoundingSphere();
    return ray.intersectObject(mesh)[0]?.instanceId ?? -1;
  }

  const frustum = new Frustum();
  /** @param {import("three").Camera} camera @param {import("three").Mesh} mesh */
  function sees(camera, mesh) {
    const view = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    return frustum.setFromProjectionMatrix(view).intersectsBox(new Box3().setFromObject(mesh));
  }

  return {
    renderer,
    scene,
    software,
    fit,
    dress,
    resize,
    coarser,
    hit,
    sees,
    /** The shadow map is drawn anew with the next frame. */
    shadows() {
      renderer.shadowMap.needsUpdate = true;
    },
    /** Waits until the frame is really drawn; for measuring only. */
    finish() {
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    },
    stats: () => ({
      calls: renderer.info.render.calls,
      triangles: renderer.info.render.triangles,
      geometries: renderer.info.memory.geometries,
      textures: renderer.info.memory.textures,
    }),
    dispose() {
      sun.shadow.map?.dispose();
      renderer.dispose();
      renderer.forceContextLoss();
    },
  };
}

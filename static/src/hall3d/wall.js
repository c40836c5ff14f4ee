// The screen wall: two canvases; louvres show one and turn to the other; only stale blocks repaint.
import {
  AdditiveBlending,
  BufferGeometry,
  DoubleSide,
  Float32BufferAttribute,
  Mesh,
  PlaneGeometry,
  Vector2,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { patchable, stale } from "./blocks.js";
import { INK } from "./ink.js";
import { shader } from "./materials.js";
import { canvasTexture, contextOf } from "./paint.js";
import { FRONT, SCREEN } from "./plan.js";
import { FLIP, MIRROR } from "./shaders.js";

/** @typedef {import("./blocks.js").Block} Block */
/** @typedef {{texture: import("three").CanvasTexture, shown: Map<string, string>, fresh: boolean}} Face */

const STRIPS = 16;
const TURN_S = 1.1;
const SHARPNESS = { low: 0.5, full: 0.75 };

/** @param {import("./plan.js").Plan} plan */
function louvres({ screenWidth, screenHeight }) {
  const w = screenWidth / STRIPS;
  return mergeGeometries(
    Array.from({ length: STRIPS }, (_, i) => {
      const x = (i + 0.5) * w - screenWidth / 2;
      const g = new PlaneGeometry(w, screenHeight).translate(x, 0, 0);
      const { uv } = g.attributes;
      for (let k = 0; k < 4; k += 1) uv.setX(k, (i + uv.getX(k)) / STRIPS);
      const four = (/** @type {number} */ v) => new Float32BufferAttribute([v, v, v, v], 1);
      g.setAttribute("aCentre", four(x));
      g.setAttribute("aOrder", four(i / (STRIPS - 1)));
      return g;
    }),
  );
}

/** @param {import("three").WebGLRenderer} renderer @param {boolean} low */
export function createWall(renderer, low) {
  const sharp = low ? SHARPNESS.low : SHARPNESS.full;
  /** @type {() => Face} */
  const face = () => {
    const texture = canvasTexture(SCREEN.width * sharp, SCREEN.height * sharp);
    texture.generateMipmaps = true;
    if (low) texture.anisotropy = 1;
    return { texture, shown: new Map(), fresh: true };
  };
  let front = face();
  let back = face();
  const scrap = canvasTexture(8, 8);
  const uniforms = {
    uFront: { value: front.texture },
    uBack: { value: back.texture },
    uFlip: { value: 0 },
    uStrips: { value: STRIPS },
    uMirror: { value: 0.1 },
  };
  const solid = { side: DoubleSide, transparent: false, depthWrite: true };
  const mesh = new Mesh(new BufferGeometry(), shader(FLIP, uniforms, solid));
  const over = {
    transparent: false,
    depthTest: false,
    blending: AdditiveBlending,
    side: DoubleSide,
  };
  const mirror = new Mesh(new BufferGeometry(), shader(MIRROR, uniforms, over));
  mirror.renderOrder = -1;
  mirror.visible = !low;
  /** @type {number | null} */
  let turning = null;
  let key = "";

  /** @param {import("./plan.js").Plan} plan */
  function fit(plan) {
    mesh.geometry.dispose();
    mesh.geometry = louvres(plan);
    mesh.position.set(0, plan.screenY, FRONT + 0.75);
    mirror.geometry.dispose();
    mirror.geometry = new PlaneGeometry(plan.screenWidth, plan.screenHeight)
      .scale(1, -1, 1)
      .translate(0, -plan.screenY, FRONT + 0.75);
  }

  /** @param {Face} to @param {Block[]} blocks @returns {boolean} whether anything was painted */
  function paint(to, blocks) {
    const ctx = contextOf(to.texture);
    const some = stale(to.shown, blocks);
    if (some?.length === 0) return false;
    ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
    if (!some) {
      ctx.fillStyle = INK.back;
      ctx.fillRect(0, 0, SCREEN.width, SCREEN.height);
    }
    for (const one of some ?? blocks) paintBlock(ctx, one);
    to.shown = new Map(blocks.map(({ id, key: k }) => [id, k]));
    if (some && !to.fresh && patchable(some, SCREEN.width * SCREEN.height)) {
      for (const [i, one] of some.entries()) {
        to.texture.generateMipmaps = i === some.length - 1; // smaller pictures once, at the end
        patch(to, one);
      }
    } else to.texture.needsUpdate = true;
    to.fresh = false;
    return true;
  }

  /** Uploads one block instead of the whole picture. @param {Face} to @param {Block} block */
  function patch({ texture }, { x, y, w, h }) {
    const [left, top] = [Math.floor(x * sharp), Math.floor(y * sharp)];
    const [wide, tall] = [Math.ceil(w * sharp) + 1, Math.ceil(h * sharp) + 1];
    const canvas = /** @type {HTMLCanvasElement} */ (scrap.image);
    Object.assign(canvas, { width: wide, height: tall });
    contextOf(scrap).drawImage(
      /** @type {HTMLCanvasElement} */ (texture.image),
      left,
      top,
      wide,
      tall,
      0,
      0,
      wide,
      tall,
    );
    const from = new Vector2(left, SCREEN.height * sharp - top - tall);
    renderer.copyTextureToTexture(scrap, texture, null, from);
  }

  /**
   * @param {Block[]} blocks @param {string} page another page turns the louvres
   * @param {boolean} turn whether it may be seen turning @returns {boolean} whether it changed
   */
  function show(blocks, page, turn) {
    const other = page !== key;
    key = page;
    if (other && turn) {
      if (turning !== null) settle();
      paint(back, blocks);
      turning = 0;
      return true;
    }
    return paint(turning === null ? front : back, blocks);
  }

  function settle() {
    [front, back] = [back, front];
    uniforms.uFront.value = front.texture;
    uniforms.uBack.value = back.texture;
    uniforms.uFlip.value = 0;
    turning = null;
  }

  /** @param {number} dt seconds @returns {boolean} whether the louvres still turn */
  function step(dt) {
    if (turning === null) return false;
    turning = Math.min(1, turning + dt / TURN_S);
    uniforms.uFlip.value = turning;
    if (turning === 1) settle();
    return true;
  }

  function dispose() {
    for (const texture of [front.texture, back.texture, scrap]) texture.dispose();
  }
  return { mesh, mirror, uniforms, fit, show, step, dispose, turning: () => turning !== null };
}

/** @param {CanvasRenderingContext2D} ctx @param {Block} block */
function paintBlock(ctx, { x, y, w, h, paint }) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  ctx.fillStyle = INK.back;
  ctx.fillRect(x, y, w, h);
  paint(ctx);
  ctx.restore();
}

// Textures painted on canvases: grain of stone and oak, panes, sky, lettering.
import { CanvasTexture, RepeatWrapping, SRGBColorSpace } from "three";
import { SERIF } from "./ink.js";

/** @typedef {CanvasRenderingContext2D} Ctx */

/** @param {import("three").CanvasTexture} texture @returns {Ctx} */
export const contextOf = (texture) =>
  /** @type {Ctx} */ (/** @type {HTMLCanvasElement} */ (texture.image).getContext("2d"));

/** @param {number} width @param {number} height @param {(ctx: Ctx, w: number, h: number) => void} [draw] */
export function canvasTexture(width, height, draw) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  // Kept in main memory: uploading is cheaper than reading back.
  const ctx = /** @type {Ctx} */ (canvas.getContext("2d", { willReadFrequently: true }));
  draw?.(ctx, width, height);
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.anisotropy = 4;
  return texture;
}

/** @param {number} size @param {(ctx: Ctx, w: number) => void} draw */
function grain(size, draw) {
  const texture = canvasTexture(size, size, (ctx, w) => {
    ctx.fillStyle = "#fff";
    ctx.fillRect(0, 0, w, w);
    draw(ctx, w);
    ctx.fillStyle = "#fff";
    ctx.fillRect(0, w - 4, 4, 4); // what has no grain looks here
  });
  texture.wrapS = texture.wrapT = RepeatWrapping;
  return texture;
}

export const stoneGrain = () =>
  grain(512, (ctx, w) => {
    for (let i = 0; i < 900; i += 1) {
      ctx.fillStyle = `rgba(110,95,70,${0.02 + (0.035 * ((i * 37) % 10)) / 10})`;
      ctx.fillRect((i * 197.3) % w, (i * 91.7) % w, 2 + (i % 46), 1 + (i % 2));
    }
    ctx.strokeStyle = "rgba(90,80,65,.26)";
    for (const y of [0, 256]) {
      ctx.strokeRect(-2, y + 0.5, w + 4, 256);
      ctx.strokeRect(y, y, 1, 256);
    }
  });

export const oakGrain = () =>
  grain(256, (ctx, w) => {
    for (let i = 0; i < 150; i += 1) {
      ctx.fillStyle = `rgba(84,52,22,${0.015 + (0.035 * ((i * 53) % 10)) / 10})`;
      ctx.fillRect((i * 61.8) % w, 0, 1 + (i % 3), w);
    }
  });

/** Slanting reflections make the panes visible. */
export const panes = () =>
  canvasTexture(512, 128, (ctx) => {
    ctx.fillStyle = "rgba(255,255,255,.35)";
    ctx.fillRect(0, 0, 512, 128);
    for (let i = 0; i < 9; i += 1) {
      ctx.fillStyle = `rgba(255,255,255,${0.25 + (i % 3) * 0.2})`;
      ctx.setTransform(1, 0, -0.5, 1, 0, 0);
      ctx.fillRect(i * 67 + (i % 4) * 11, 0, 10 + (i % 3) * 16, 128);
    }
  });

/** @param {string} words */
export const lettering = (words) =>
  canvasTexture(1280, 128, (ctx, w, h) => {
    ctx.font = `600 80px ${SERIF}`;
    ctx.letterSpacing = words.length > 14 ? "8px" : "36px";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = "#fff";
    ctx.fillText(words, w / 2, h / 2, w - 20);
  });

/** @param {import("three").CanvasTexture} texture @param {[string, string]} tones @param {boolean} night */
export function paintSky(texture, [top, bottom], night) {
  const ctx = contextOf(texture);
  const fill = ctx.createLinearGradient(0, 0, 0, 400);
  fill.addColorStop(0.1, top);
  fill.addColorStop(1, bottom);
  ctx.fillStyle = fill;
  ctx.fillRect(0, 0, 1024, 512);
  for (const layer of [0, 1]) for (let i = 0; i < 40; i += 1) paintHouse(ctx, layer, i, night);
  texture.needsUpdate = true;
}

/** A hazy city beyond the windows. @param {Ctx} ctx @param {number} layer @param {number} i @param {boolean} night */
function paintHouse(ctx, layer, i, night) {
  const x = (i * 67.9 + layer * 31) % 1024;
  const h = 34 + ((i * 47 + layer * 19) % 80) - layer * 22;
  ctx.fillStyle = (night ? ["#1c2c44", "#101b2c"] : ["#cfdde6", "#b4c8d4"])[layer];
  ctx.fillRect(x, 372 - h, 22 + (i % 5) * 9, h + 140);
  for (let k = 0; night && k < 9; k += 1) {
    if ((i * 7 + k * 5) % 4) continue;
    ctx.fillStyle = "#f3c987";
    ctx.fillRect(x + 4 + (k % 3) * 7, 380 - h + Math.floor(k / 3) * 13, 2, 3);
  }
}

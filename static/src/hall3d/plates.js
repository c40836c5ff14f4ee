// Name plates: one atlas for all bidders' plates, one for the desks.
import { Mesh, MeshBasicMaterial } from "three";
import { DESKS } from "./desks-plan.js";
import { plateName } from "./facts.js";
import { SANS } from "./ink.js";
import { canvasTexture, contextOf } from "./paint.js";
import { STAGE_Y } from "./plan.js";
import { atlasQuads, place } from "./shapes.js";
import { PAINT } from "./themes.js";
import { roleNames, two } from "./words.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./facts.js").Place} Place */

const SIZES = [
  { max: 32, cols: 4, rows: 8, cell: [512, 112], w: 1.5, h: 0.33 },
  { max: 106, cols: 8, rows: 14, cell: [256, 60], w: 1.12, h: 0.262 },
  { max: 300, cols: 10, rows: 30, cell: [204, 64], w: 0.84, h: 0.264 },
];

/**
 * In front of the counter and on the back of the chair.
 * @param {Plan} plan @param {Place[]} places @param {import("three").Matrix4[]} bases
 */
export function seatPlates(plan, places, bases) {
  const size = SIZES.find(({ max }) => places.length <= max) ?? SIZES[2];
  const [cw, ch] = size.cell;
  const map = canvasTexture(size.cols * cw, size.rows * ch, (ctx) => {
    for (const [i, one] of places.entries()) {
      paintPlate(ctx, one, (i % size.cols) * cw, Math.floor(i / size.cols) * ch, cw, ch);
    }
  });
  const { gap, deep } = plan;
  const w = Math.min(size.w, gap * 0.86);
  const items = bases.flatMap((base, cell) =>
    [place(0, 0.42, -0.9 * deep, Math.PI), place(0, 0.8, 0.46, 0, -0.1)].map((local, back) => ({
      matrix: base.clone().multiply(local),
      w: back ? Math.min(w, 0.9) : w,
      h: back ? Math.min(size.h, 0.2 * (0.9 / Math.min(w, 0.9)) * 1.1) : size.h,
      cell,
    })),
  );
  const mesh = new Mesh(
    atlasQuads(items, size.cols, size.rows),
    new MeshBasicMaterial({ map, toneMapped: false }),
  );
  mesh.frustumCulled = false;
  return mesh;
}

/** @param {CanvasRenderingContext2D} ctx @param {Place} one @param {number} x @param {number} y @param {number} w @param {number} h */
function paintPlate(ctx, { seat, name }, x, y, w, h) {
  ctx.fillStyle = PAINT.plate;
  ctx.fillRect(x, y, w, h);
  ctx.textBaseline = "middle";
  ctx.fillStyle = PAINT.plateGold;
  ctx.font = `500 ${h * 0.5}px ${SANS}`;
  ctx.fillText(two(seat), x + h * 0.24, y + h * 0.53);
  ctx.fillStyle = PAINT.plateText;
  ctx.font = `500 ${h * 0.54}px ${SANS}`;
  const from = seat > 99 ? 1.3 : 1.02;
  ctx.fillText(plateName(name), x + h * from, y + h * 0.53, w - h * (from + 0.15));
}

/** Plates of the four desks. */
export function deskPlates() {
  const map = canvasTexture(1024, 512);
  const items = Object.values(DESKS).map(({ x, z, turn }, cell) => {
    const away = 1.02;
    const middle = cell < 2;
    const at = middle
      ? place(x * 1.12, STAGE_Y + 0.45, z + 0.99, x * 0.15)
      : place(x + Math.sin(turn) * away, STAGE_Y + 0.45, z + Math.cos(turn) * away, turn);
    return { matrix: at, w: 2.1, h: 0.525, cell };
  });
  const mesh = new Mesh(atlasQuads(items, 2, 4), new MeshBasicMaterial({ map, toneMapped: false }));
  /** @param {{[desk: string]: string}} cast who holds each desk @param {string} acting */
  const paint = (cast, acting) => {
    const ctx = contextOf(map);
    const names = roleNames();
    for (const [i, desk] of Object.keys(DESKS).entries()) {
      const [x, y] = [(i % 2) * 512, Math.floor(i / 2) * 128];
      ctx.fillStyle = desk === acting ? "#5a4213" : PAINT.plate;
      ctx.fillRect(x, y, 512, 128);
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillStyle = PAINT.plateGold;
      const who = cast[desk] ?? "";
      ctx.font = `600 ${who ? 54 : 62}px ${SANS}`;
      ctx.fillText(names[desk], x + 256, y + (who ? 44 : 64), 480);
      ctx.fillStyle = PAINT.plateText;
      ctx.font = `400 36px ${SANS}`;
      if (who) ctx.fillText(who, x + 256, y + 98, 480);
    }
    map.needsUpdate = true;
  };
  return { mesh, paint };
}

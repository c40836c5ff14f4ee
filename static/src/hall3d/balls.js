// The draw's stand and its balls.
import { Group, Mesh } from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { MOST_BALLS, RISE_MS, SETTLE_MS, ballsOf } from "./balls-plan.js";
import { SANS } from "./ink.js";
import { shader } from "./materials.js";
import { canvasTexture, contextOf } from "./paint.js";
import { spots } from "./seats.js";
import { BALL } from "./shaders.js";
import { box } from "./shapes.js";
import { PAINT } from "./themes.js";

/** @typedef {import("./facts.js").Drawn} Drawn */

/** @param {import("./materials.js").Materials} materials */
export function createBalls(materials) {
  const atlas = canvasTexture(1024, 640);
  const uniforms = { uAtlas: { value: atlas }, uNight: { value: 0 } };
  const geometry = spots({ aAt: 3, aCell: 1, aLit: 1, aSize: 1 }, MOST_BALLS);
  const balls = new Mesh(geometry, shader(BALL, uniforms, { depthWrite: true }));
  balls.frustumCulled = false;
  balls.renderOrder = 5;
  const table = mergeGeometries([
    box([5.6, 0.86, 0.5], [0, 0.43, 2.6], "#e9e5dc", { shade: 0.35 }),
    box([5.9, 0.07, 0.74], [0, 0.9, 2.6], PAINT.oakDark, { shade: 0 }),
  ]);
  const group = new Group();
  group.add(new Mesh(table, materials.stone), balls);
  group.visible = false;
  let painted = "";

  /** @param {string[]} texts */
  function letter(texts) {
    const ctx = contextOf(atlas);
    ctx.clearRect(0, 0, 1024, 640);
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const [i, text] of texts.entries()) {
      ctx.font = `600 ${text.length > 2 ? 84 : 118}px ${SANS}`;
      ctx.fillText(text, (i % 4) * 256 + 128, Math.floor(i / 4) * 128 + 68, 240);
    }
    atlas.needsUpdate = true;
  }

  /** @param {Drawn | null} draw @param {number} age milliseconds since it was drawn */
  function show(draw, age) {
    group.visible = draw !== null;
    if (!draw) return;
    const list = ballsOf(draw, age);
    const texts = list.map(({ text }) => text);
    if (painted !== texts.join("\n")) letter(texts);
    painted = texts.join("\n");
    const { aAt, aCell, aLit, aSize } = geometry.attributes;
    for (const [i, { x, y, z, lit, size }] of list.entries()) {
      aAt.setXYZ(i, x, y, z);
      aCell.setX(i, i);
      aLit.setX(i, lit);
      aSize.setX(i, size);
    }
    geometry.instanceCount = list.length;
    for (const attribute of [aAt, aCell, aLit, aSize]) attribute.needsUpdate = true;
  }
  /** @param {boolean} on */
  const night = (on) => {
    uniforms.uNight.value = on ? 1 : 0;
  };
  return { group, show, night, dispose: () => atlas.dispose(), lasts: SETTLE_MS + RISE_MS + 60 };
}

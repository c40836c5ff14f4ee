// Walls, screen wall, stage and ceiling as merged parts.
import { DESKS } from "./desks-plan.js";
import { FRONT, STAGE_Y, galleryOf } from "./plan.js";
import { arc, box } from "./shapes.js";
import { PAINT } from "./themes.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./room.js").Parts} Parts */

const LIT = { shade: 0, plain: true };

/** Windows on the left, the public's gallery on the right. @param {Plan} plan @param {Parts} parts */
export function wallParts(plan, { stone, oak, light }) {
  const { halfWidth: W, back, height: H } = plan;
  const depth = back - FRONT;
  const mid = (back + FRONT) / 2;
  const { stone: tone, pale } = PAINT;
  stone.push(
    box([2 * W + 8, H + 1, 0.8], [3, H / 2, back + 0.4], tone, { shade: 0.15 }),
    box([0.7, 1.1, depth], [-W, 0.55, mid], tone),
    box([0.7, 1.5, depth], [-W, H - 0.75, mid], tone, { shade: 0.06 }),
  );
  const bays = Math.round(depth / 3.4);
  const tall = H - 2.6;
  for (let i = 0; i <= bays; i += 1) {
    const z = FRONT + (depth * i) / bays;
    stone.push(box([1, tall, 0.62], [-W + 0.1, 1.1 + tall / 2, z], pale, { shade: 0.12 }));
    if (i === bays) continue;
    const half = z + depth / bays / 2;
    stone.push(box([0.1, tall, 0.07], [-W, 1.1 + tall / 2, half], PAINT.iron, LIT));
    stone.push(box([0.1, 0.07, depth / bays], [-W, H * 0.62, half], PAINT.iron, LIT));
  }
  for (let x = -W + 0.6; x < W; x += 0.56) {
    const door = Math.abs(Math.abs(x) - 7) < 1.5;
    const hex = door ? PAINT.oakDark : PAINT.oak;
    oak.push(box([0.16, 5.4, 0.22], [x, 2.7, back - 0.12], hex, { shade: 0.3 }));
  }
  light.push(box([2 * W, 0.05, 0.05], [0, 5.5, back - 0.1], "#ffffff", LIT));
  galleryParts(plan, { stone, oak, light });
}

/** @param {Plan} plan @param {Pick<Parts, "stone" | "oak" | "light">} parts */
function galleryParts(plan, { stone, oak, light }) {
  const { halfWidth: W, back, height: H } = plan;
  const depth = back - FRONT;
  const mid = (back + FRONT) / 2;
  const { y, middle, length, from } = galleryOf(plan);
  const { stone: tone, pale, bronze } = PAINT;
  stone.push(
    box([0.8, y, depth], [W + 0.4, y / 2, mid], tone, { shade: 0.2 }),
    box([0.8, H - y - 3, depth], [W + 0.4, (H + y + 3) / 2, mid], tone, { shade: 0.06 }),
    box([3.4, 0.34, length], [W - 1.2, y - 0.17, middle], pale, { shade: 0.1 }),
    box([0.6, 3, depth], [W + 3.3, y + 1.5, mid], "#d9cbb2", { shade: 0.1 }),
    box([4, 0.3, depth], [W + 1.9, y + 3.15, mid], pale, { shade: 0 }),
    box([3, 0.3, depth], [W + 1.9, y - 0.15, mid], PAINT.carpet, { shade: 0 }),
  );
  oak.push(box([0.12, 0.34, length], [W - 2.9, y - 0.17, middle], PAINT.oak, { shade: 0 }));
  light.push(
    box([0.06, 0.04, length], [W - 2.78, y - 0.37, middle], "#ffffff", LIT),
    box([0.5, 0.05, length], [W + 1.2, y + 2.97, middle], "#ffffff", LIT),
  );
  for (let i = 0; i <= 6; i += 1) {
    const z = from + (length * i) / 6;
    stone.push(box([0.05, 1.15, 0.05], [W - 2.85, y + 0.57, z], bronze, LIT));
  }
  stone.push(box([0.07, 0.06, length], [W - 2.85, y + 1.16, middle], bronze, LIT));
}

/** Dark recess, oak fins on both sides, stone fascia. @param {Plan} plan @param {Parts} parts */
export function screenWallParts(plan, { stone, oak, light }) {
  const { halfWidth: W, height: H, screenWidth: sw, screenHeight: sh, screenY: sy } = plan;
  stone.push(
    box([sw + 0.5, sh + 0.5, 0.2], [0, sy, FRONT + 0.1], "#0d1218", LIT),
    box([2 * W + 8, H + 1, 0.6], [3, H / 2, FRONT - 0.32], PAINT.stone, { shade: 0.12 }),
  );
  for (let x = sw / 2 + 0.55; x < W; x += 0.42) {
    for (const s of [-1, 1]) {
      const at = /** @type {[number, number, number]} */ ([s * x, sy - 0.1, FRONT + 0.16]);
      oak.push(box([0.12, sh + 1.2, 0.34], at, PAINT.oak, { shade: 0.3 }));
    }
  }
  const y = sy - sh / 2 - 0.42;
  light.push(box([sw + 0.5, 0.05, 0.05], [0, y, FRONT + 0.2], "#ffffff", LIT));
}

/** @param {Plan} plan @param {Parts} parts */
export function stageParts(plan, { stone, oak, light, step }) {
  const wide = Math.max(21, plan.screenWidth * 1.2);
  const { pale, top } = PAINT;
  stone.push(
    box([wide, STAGE_Y, 8.2], [0, STAGE_Y / 2, FRONT + 4.1], pale, { shade: 0.3 }),
    box([wide + 0.9, STAGE_Y / 2, 8.65], [0, STAGE_Y / 4, FRONT + 4.33], pale, { shade: 0.35 }),
  );
  light.push(box([wide, 0.03, 0.012], [0, STAGE_Y - 0.08, FRONT + 8.206], "#ffffff", LIT));
  const desk = { r: /** @type {[number, number]} */ ([6.72, 6.82]) };
  const foot = STAGE_Y + 0.86;
  oak.push(
    arc({ ...desk, y: [STAGE_Y, foot], a: [-0.4, 0.4] }, PAINT.oak, {
      shade: 0.35,
      step,
    }).translate(0, 0, FRONT - 0.1),
  );
  const slab = arc({ r: [6.1, 6.95], y: [foot, foot + 0.08], a: [-0.42, 0.42] }, top, {
    shade: 0.35,
    step,
  });
  stone.push(slab.translate(0, 0, FRONT - 0.1));
  for (const { x, z, turn } of [DESKS.witness, DESKS.supervisor]) {
    const [fx, fz] = [Math.sin(turn), Math.cos(turn)];
    const dark = { shade: 0.35, turn };
    oak.push(
      box([2.5, 0.8, 0.08], [x + fx * 0.95, STAGE_Y + 0.4, z + fz * 0.95], PAINT.oakDark, dark),
    );
    const at = /** @type {[number, number, number]} */ ([
      x + fx * 0.68,
      STAGE_Y + 0.83,
      z + fz * 0.68,
    ]);
    stone.push(box([2.7, 0.07, 0.75], at, top, { shade: 0, turn }));
  }
}

/** Concentric oak baffles and light lines that answer the seating. @param {Plan} plan @param {Parts} parts */
export function ceilingParts({ halfWidth: W, back, height: H }, { oak, light, step }) {
  for (let r = 4.6, i = 0; r < back - 1; r += 1.3, i += 1) {
    const a = Math.min(1.35, Math.asin(Math.min(1, (W - 1) / r)));
    /** @type {[number, number]} */
    const span = [-a, a];
    if (i % 2) {
      light.push(
        arc({ r: [r, r + 0.3], y: [H - 0.12, H - 0.03], a: span }, "#ffffff", { ...LIT, step }),
      );
    } else {
      oak.push(
        arc({ r: [r, r + 0.16], y: [H - 0.62, H - 0.06], a: span }, PAINT.oakLight, {
          shade: 0,
          step,
        }),
      );
    }
  }
}

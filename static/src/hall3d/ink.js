// Drawing on the screen's canvas: text that fits, panels, ticks, bars, digits that do not shiver.

/** @typedef {CanvasRenderingContext2D} Ctx */
/** @typedef {{color?: string, weight?: number, align?: CanvasTextAlign, max?: number, track?: number, mono?: boolean}} Type */

export const SANS =
  '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif';
export const SERIF =
  '"Noto Serif CJK SC","Noto Serif SC","Source Han Serif SC","Songti SC",SimSun,serif';
const MONO = '"Noto Sans Mono CJK SC","DejaVu Sans Mono",Menlo,Consolas,monospace';

export const INK = Object.freeze({
  back: "#0c1c2c",
  panel: "#11283b",
  line: "#27435c",
  text: "#f3f6f8",
  soft: "#a9bccb",
  faint: "#5b7690",
  gold: "#f4c766",
  done: "#4fd0a5",
  warn: "#f2b04c",
  bad: "#ff8a70",
  back2: "#8fc1ee",
});

/** @param {Ctx} ctx @param {string} value @param {number} x @param {number} y @param {number} size @param {Type} [type] */
export function text(ctx, value, x, y, size, type = {}) {
  const { color = INK.text, weight = 400, align = "left", max = 0, track = 0 } = type;
  const face = type.mono ? MONO : SANS;
  const set = (/** @type {number} */ px) => {
    ctx.font = `${weight} ${px}px ${face}`;
  };
  ctx.letterSpacing = `${track}px`;
  set(size);
  const width = max ? ctx.measureText(value).width : 0;
  if (max && width > max) set(Math.max(12, Math.floor((size * max) / width)));
  ctx.fillStyle = color;
  ctx.textAlign = align;
  ctx.textBaseline = "alphabetic";
  if (max) ctx.fillText(value, x, y, max);
  else ctx.fillText(value, x, y);
}

/** @param {Ctx} ctx @param {number} x @param {number} y @param {number} w @param {number} h @param {string} fill @param {number} [radius] */
export function panel(ctx, x, y, w, h, fill, radius = 14) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, radius);
  ctx.fillStyle = fill;
  ctx.fill();
}

/** @param {Ctx} ctx @param {number} x @param {number} y @param {number} size @param {string} color */
export function tick(ctx, x, y, size, color) {
  ctx.beginPath();
  ctx.moveTo(x - size, y);
  ctx.lineTo(x - size * 0.25, y + size * 0.7);
  ctx.lineTo(x + size, y - size * 0.8);
  ctx.lineWidth = size * 0.38;
  ctx.strokeStyle = color;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.stroke();
}

/** @param {Ctx} ctx @param {number} x @param {number} y @param {number} w @param {number} h @param {[number, string][]} parts shares of the whole */
export function bar(ctx, x, y, w, h, parts) {
  panel(ctx, x, y, w, h, "#1b3247", h / 2);
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, h / 2);
  ctx.clip();
  let left = x;
  for (const [share, color] of parts) {
    ctx.fillStyle = color;
    ctx.fillRect(left, y, w * share, h);
    left += w * share;
  }
  ctx.restore();
}

const narrow = (/** @type {string} */ c) => c === ":" || c === " ";
const cell = (/** @type {string} */ c, /** @type {number} */ size) =>
  size * (narrow(c) ? 0.3 : /\d/.test(c) ? 0.585 : 0.9);

/** @param {Ctx} ctx @param {string} value @param {number} x @param {number} y @param {number} size @param {string} color */
export function digits(ctx, value, x, y, size, color) {
  ctx.letterSpacing = "0px";
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillStyle = color;
  let left = x;
  for (const c of value) {
    const width = cell(c, size);
    const word = !narrow(c) && !/\d/.test(c);
    ctx.font = `300 ${word ? size * 0.5 : size}px ${SANS}`;
    ctx.fillText(c, left + width / 2, c === ":" ? y - size * 0.07 : y);
    left += width;
  }
}

/** @param {string} value @param {number} size */
export const digitsWidth = (value, size) => [...value].reduce((w, c) => w + cell(c, size), 0);

/** @param {string | null | undefined} hex @param {number} [n] */
export const hash = (hex, n = 8) => (hex ? `${hex.slice(0, n)}…${hex.slice(-4)}` : "—");

// Paint of the room and its light by day and by night.

export const PAINT = Object.freeze({
  stone: "#e6e1d8",
  pale: "#f3f0ea",
  floor: "#d8d3c9",
  carpet: "#8792a0",
  oak: "#c3a47e",
  oakLight: "#dcc3a0",
  oakDark: "#a2835f",
  bronze: "#8c6c3c",
  iron: "#4a5057",
  fabric: "#55657a",
  top: "#efece5",
  plate: "#1d2730",
  plateGold: "#e2bd77",
  plateText: "#f7f4ec",
});

/** Everything lit turns to this while the opening is paused. */
export const AMBER = "#f2a93c";

/** @typedef {"day" | "night"} ThemeName */
/**
 * @typedef {object} Theme
 * @property {[string, string]} sky top and horizon beyond the windows
 * @property {[string, string, number]} hemi from above, from below, how strong
 * @property {[string, number]} sun @property {[string, number]} fill
 * @property {string} strip light lines @property {string} ceiling @property {string} wash
 * @property {string} letters @property {number} mirror @property {string} lift @property {number} shade
 * @property {string} fog @property {number} exposure @property {number} glow @property {number} shaft
 */

/** @type {Record<ThemeName, Theme>} */
export const THEMES = {
  day: {
    sky: ["#bcd6ea", "#f6f8f6"],
    hemi: ["#f8faff", "#d9d0c2", 2.25],
    sun: ["#ffe7c4", 3],
    fill: ["#fff6ea", 0.7],
    strip: "#fffaf0",
    ceiling: "#e9e4da",
    wash: "#332e25",
    letters: "#77592a",
    mirror: 0.2,
    lift: "#000000",
    shade: 0.8,
    fog: "#dfe2e0",
    exposure: 1.03,
    glow: 0.2,
    shaft: 0.34,
  },
  night: {
    sky: ["#0a1424", "#2b4260"],
    hemi: ["#a3b0c6", "#8d8070", 1.15],
    sun: ["#9db9e6", 0.5],
    fill: ["#ffeacb", 1.05],
    strip: "#ffe6bd",
    ceiling: "#3a3634",
    wash: "#75634a",
    letters: "#4d3814",
    mirror: 0.65,
    lift: "#22282d",
    shade: 0.4,
    fog: "#141c28",
    exposure: 0.95,
    glow: 0.24,
    shaft: 0.16,
  },
};

// Materials of the room: lit and grained on a good machine, lit per vertex and plain on a weak one.
import {
  AdditiveBlending,
  Color,
  DoubleSide,
  MeshBasicMaterial,
  MeshLambertMaterial,
  ShaderMaterial,
  Vector3,
} from "three";
import { AMBER, PAINT, THEMES } from "./themes.js";
import { lettering, oakGrain, paintSky, panes, stoneGrain, canvasTexture } from "./paint.js";
import { PLAIN } from "./shaders.js";
import { hallName } from "./words.js";

/** @typedef {import("./themes.js").ThemeName} ThemeName */
/** @typedef {import("three").Material} Material */
/** @typedef {ReturnType<typeof createMaterials>} Materials */

/** Where the sun stands, seen from the room: through the windows on the left. */
export const SUN_FROM = Object.freeze(new Vector3(-0.62, 0.72, -0.31).normalize());
const FILL_FROM = new Vector3(4, 20, 12).normalize();
/** A reflecting surface gives back this much of each light (Lambert's 1/π). */
const ALBEDO = 1 / Math.PI;

/** @param {{vertexShader: string, fragmentShader: string}} source @param {{[name: string]: {value: any}}} uniforms @param {import("three").ShaderMaterialParameters} [options] */
export const shader = (source, uniforms, options = {}) =>
  new ShaderMaterial({ ...source, uniforms, transparent: true, depthWrite: false, ...options });

function plainLight() {
  const tone = () => ({ value: new Color() });
  return {
    uAbove: tone(),
    uBelow: tone(),
    uSun: tone(),
    uFill: tone(),
    uSunTo: { value: SUN_FROM.clone() },
    uFillTo: { value: FILL_FROM.clone() },
  };
}

/** @param {boolean} low @param {ReturnType<typeof plainLight>} light */
function solids(low, light) {
  /** @param {string} tint @param {boolean} vertexColors @param {import("three").Texture | null} map @returns {Material} */
  const solid = (tint, vertexColors, map = null) =>
    low
      ? shader(PLAIN, { ...light, uTint: { value: new Color(tint) } }, opaque(vertexColors))
      : new MeshLambertMaterial({ color: tint, vertexColors, map });
  return {
    stone: solid("#ffffff", true, low ? null : stoneGrain()),
    oak: solid("#ffffff", true, low ? null : oakGrain()),
    floor: solid(PAINT.floor, false),
    fabric: solid(PAINT.fabric, true),
    figure: solid("#ffffff", true),
  };
}

/** @param {boolean} vertexColors */
const opaque = (vertexColors) => ({ vertexColors, transparent: false, depthWrite: true });

/** @param {boolean} low */
export function createMaterials(low) {
  const light = plainLight();
  const sky = canvasTexture(1024, 512);
  const basic = (/** @type {import("three").MeshBasicMaterialParameters} */ by) =>
    new MeshBasicMaterial({ toneMapped: false, ...by });
  const glass = {
    color: "#e6f2f5",
    map: panes(),
    transparent: true,
    opacity: 0.34,
    depthWrite: false,
    side: DoubleSide,
  };
  const all = {
    ...solids(low, light),
    light: basic({}),
    bar: basic({}),
    ceiling: basic({}),
    wash: basic({
      vertexColors: true,
      blending: AdditiveBlending,
      transparent: true,
      depthWrite: false,
      fog: false,
    }),
    sky: basic({ map: sky, fog: false }),
    glass: basic(glass),
    lettering: basic({ transparent: true, depthWrite: false, map: lettering(hallName()) }),
  };
  return { ...all, low, plain: light, skyMap: sky, all: Object.values(all) };
}

/** @param {Materials} m @param {ThemeName} name @param {boolean} paused */
export function dress(m, name, paused) {
  const t = THEMES[name];
  dressLines(m, name, paused);
  m.ceiling.color.set(t.ceiling);
  m.wash.color.set(t.wash);
  m.lettering.color.set(t.letters);
  if (m.figure instanceof MeshLambertMaterial) m.figure.emissive.set(t.lift);
  paintSky(m.skyMap, t.sky, name === "night");
  const k = ALBEDO * t.exposure;
  const set = (
    /** @type {{value: Color}} */ at,
    /** @type {string} */ hex,
    /** @type {number} */ n,
  ) => at.value.set(hex).multiplyScalar(n * k);
  set(m.plain.uAbove, t.hemi[0], t.hemi[2]);
  set(m.plain.uBelow, t.hemi[1], t.hemi[2]);
  set(m.plain.uSun, t.sun[0], t.sun[1] * 0.14); // without shadows the sun reaches everything
  set(m.plain.uFill, t.fill[0], t.fill[1]);
}

/** A pause is seen in the whole room. @param {Materials} m @param {ThemeName} name @param {boolean} paused */
export function dressLines(m, name, paused) {
  m.light.color.set(paused ? AMBER : THEMES[name].strip);
}

/** @param {import("three").Object3D} root @param {Set<Material>} [keep] materials that others use */
export function disposeTree(root, keep = new Set()) {
  root.traverse((node) => {
    const mesh = /** @type {import("three").Mesh} */ (node);
    mesh.geometry?.dispose();
    if ("isInstancedMesh" in mesh) /** @type {any} */ (mesh).dispose();
    for (const material of [mesh.material ?? []].flat()) {
      if (keep.has(material)) continue;
      disposeMaterial(material);
    }
  });
}

/** @param {Material} material */
export function disposeMaterial(material) {
  const { map } = /** @type {{map?: import("three").Texture | null}} */ (material);
  map?.dispose();
  material.dispose();
}

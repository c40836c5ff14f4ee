// Words that float over the scene: my place, the price just read, the gallery, what is pointed at.
import { Vector3 } from "three";
import { yuan } from "../kernel/format.js";
import { el } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { plateName } from "./facts.js";
import { galleryOf } from "./plan.js";
import { seatName, tokenName } from "./words.js";

/** @typedef {import("./facts.js").Facts} Facts */
/** @typedef {{id: string, at: Vector3, words: string}} Label */

/** @param {Facts} facts @param {import("./plan.js").Plan} plan @param {(i: number) => Vector3} spot @param {number} marked @returns {Label[]} */
function wanted(facts, plan, spot, marked) {
  /** @type {Label[]} */
  const list = [];
  const above = (/** @type {number} */ i) => spot(i).add(new Vector3(0, 2.3, 0));
  const { mine, reading, places, present, hall } = facts;
  if (mine >= 0) list.push({ id: "me", at: above(mine), words: _("我的席位") });
  const offer = hall.bids?.[reading]?.offer;
  if (offer) {
    const words = `${plateName(places[reading].name)}  ${yuan(offer.price_fen)}`;
    list.push({ id: "reading", at: above(reading), words });
  }
  if (present.public > 0) {
    const words = _("公众旁听 %(n)s 人", { n: present.public });
    const { middle } = galleryOf(plan);
    list.push({ id: "gallery", at: new Vector3(plan.halfWidth - 2.8, 6.1, middle - 2), words });
  }
  if (marked >= 0 && marked !== reading && !facts.veiled) {
    const { seat, name, token } = places[marked];
    const words = `${seatName(seat)}  ${name}  ${tokenName(token)}`;
    list.push({ id: "marked", at: above(marked), words });
  }
  return list;
}

/** @param {HTMLElement} box */
export function createLabels(box) {
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();
  const probe = new Vector3();

  /** @param {Label} label */
  function elementOf({ id, words }) {
    let node = shown.get(id);
    if (!node) {
      node = el("span", { class: "hall3d-label", "data-label": id });
      shown.set(id, node);
      box.append(node);
    }
    if (node.textContent !== words) {
      node.textContent = words;
      node.dataset.half = String(node.offsetWidth / 2 + 8);
    }
    return node;
  }

  /** @param {Label} label @param {import("three").Camera} camera @param {number} w @param {number} h */
  function put(label, camera, w, h) {
    probe.copy(label.at).project(camera);
    const near = label.at.distanceTo(camera.position) < 5;
    if (near || probe.z > 1 || Math.abs(probe.x) > 1.04 || Math.abs(probe.y) > 0.97) return false;
    const node = elementOf(label);
    const half = Math.min(Number(node.dataset.half), w / 2);
    const x = Math.min(w - half, Math.max(half, ((probe.x + 1) / 2) * w));
    const y = Math.max(34, ((1 - probe.y) / 2) * h);
    node.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) translate(-50%, -100%)`;
    return true;
  }

  /**
   * @param {Facts} facts @param {import("./plan.js").Plan} plan @param {(i: number) => Vector3} spot
   * @param {import("three").Camera} camera @param {{marked: number, w: number, h: number}} by
   */
  function draw(facts, plan, spot, camera, { marked, w, h }) {
    const kept = new Set();
    for (const label of wanted(facts, plan, spot, marked)) {
      if (put(label, camera, w, h)) kept.add(label.id);
    }
    for (const [id, node] of shown) {
      if (kept.has(id)) continue;
      node.remove();
      shown.delete(id);
    }
  }
  return { draw, clear: () => box.replaceChildren() };
}

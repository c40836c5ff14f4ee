// Small tools over the document: finding, building, the page's data, short notes.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * The first element that matches.
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {T}
 * @throws {Error} when the page has none, because then template and script have parted
 */
export function qs(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (found);
}

/**
 * The first element that matches, or null.
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {T | null}
 */
export function find(selector, root = document) {
  return /** @type {T | null} */ (root.querySelector(selector));
}

/**
 * Every element that matches.
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {T[]}
 */
export function all(selector, root = document) {
  return /** @type {T[]} */ (/** @type {unknown} */ ([...root.querySelectorAll(selector)]));
}

/**
 * Builds an element. `on` holds listeners; true sets a bare attribute; false and null leave it out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {{[name: string]: unknown, on?: {[type: string]: (event: Event) => void}}} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on" || value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [type, listener] of Object.entries(attributes.on ?? {})) {
    node.addEventListener(type, listener);
  }
  append(node, children);
  return node;
}

/**
 * Puts children in place of what a node holds.
 * @template {Element} T
 * @param {T} node
 * @param {...Child} children
 * @returns {T}
 */
export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/**
 * @param {Element} node
 * @param {Child[]} children
 */
function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element.
 * @param {string} tag
 * @param {{[name: string]: string | number}} [attributes]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * A picture of the sprite.
 * @param {string} name without "i-"
 * @param {string} [cls]
 * @returns {SVGElement}
 */
export function icon(name, cls = "") {
  const use = svg("use", { href: `#i-${name}` });
  return svg(
    "svg",
    { class: cls ? `i ${cls}` : "i", viewBox: "0 0 24 24", "aria-hidden": "true" },
    use,
  );
}

/** @typedef {"neutral" | "progress" | "need" | "done" | "refused"} State */

/** @type {Record<State, string>} */
const MARKS = {
  neutral: "dots",
  progress: "run",
  need: "hand",
  done: "check-c",
  refused: "x-c",
};

/**
 * A state in icon, word and colour.
 * @param {State} state
 * @param {string} word
 * @param {string} [iconName]
 * @returns {HTMLElement}
 */
export function chip(state, word, iconName = MARKS[state]) {
  return el("span", { class: "chip", "data-s": state }, icon(iconName), word);
}

/**
 * The hatched bar: content exists, nobody can read it yet.
 * @param {string} word
 * @returns {HTMLElement}
 */
export function sealed(word) {
  return el("span", { class: "sealed-bar sealed" }, el("span", {}, word));
}

/**
 * What the page's template gave the script in #page-data.
 * @template [T=Record<string, unknown>]
 * @returns {T}
 */
export function pageData() {
  return JSON.parse(qs("#page-data").textContent ?? "null");
}

/**
 * Proof that this page was served to the account; empty for visitors.
 * @returns {string}
 */
export function csrfToken() {
  return find("meta[name=csrf-token]")?.getAttribute("content") ?? "";
}

/**
 * A short note that goes by itself. Never for refusals.
 * @param {string} text
 * @param {number} [seconds]
 */
export function toast(text, seconds = 5) {
  const note = el("span", { class: "toast" }, icon("check-c", "fg-done"), text);
  qs("#toasts").append(note);
  setTimeout(() => note.remove(), seconds * 1000);
}

// The pages of a paper in a scrolling box: drawn when they come near, dropped when they are far.
import { el } from "../../kernel/dom.js";
import { _ } from "../../kernel/words.js";

/** @typedef {import("./paper.js").Paper} Paper */
/** @typedef {import("./finding.js").Hit} Hit */
/**
 * @typedef {object} Leaf one page on the screen
 * @property {number} number
 * @property {HTMLElement} box
 * @property {boolean} near
 * @property {{cancel: () => void} | null} task
 * @property {number} drawn scale it is drawn at, 0 when it is not
 * @property {HTMLElement[]} divs its text, item by item
 */

const NEAR = "900px 0px";
const GAP = 16; // between pages, as the style sheet has it
const MOST_PIXELS = 16_777_216;
const NARROWEST = 0.25;
const WIDEST = 4;

export class SheetsView {
  /**
   * @param {HTMLElement} box scrolls
   * @param {Paper} paper
   * @param {{onPage: (page: number) => void, onScroll?: () => void}} by
   */
  constructor(box, paper, { onPage, onScroll }) {
    this.box = box;
    this.paper = paper;
    this.onPage = onPage;
    /** @type {"width" | number} */
    this.zoom = "width";
    this.size = { width: 595, height: 842 };
    /** @type {Leaf[]} */
    this.leaves = [];
    /** @type {Hit[]} */
    this.hits = [];
    this.current = -1;
    this.page = 1;
    this.watch = new IntersectionObserver((seen) => this.#moved(seen), {
      root: box,
      rootMargin: NEAR,
    });
    this.resized = new ResizeObserver(() => this.zoom === "width" && this.#layout());
    this.scrolled = () => {
      this.#tellPage();
      onScroll?.();
    };
  }

  async start() {
    const first = (await this.paper.page(1)).getViewport({ scale: 1 });
    this.size = { width: first.width, height: first.height };
    this.leaves = Array.from({ length: this.paper.pages }, (_each, at) => this.#leaf(at + 1));
    this.box.replaceChildren(...this.leaves.map(({ box }) => box));
    this.box.addEventListener("scroll", this.scrolled, { passive: true });
    this.#layout();
    this.resized.observe(this.box);
    for (const { box } of this.leaves) this.watch.observe(box);
  }

  stop() {
    this.watch.disconnect();
    this.resized.disconnect();
    this.box.removeEventListener("scroll", this.scrolled);
    for (const leaf of this.leaves) this.#drop(leaf);
    this.box.replaceChildren();
  }

  /** @returns {number} */
  get scale() {
    if (this.zoom !== "width") return this.zoom;
    const room = this.box.clientWidth - 2 * GAP;
    return Math.max(NARROWEST, room / this.size.width);
  }

  /** @param {"width" | number} zoom */
  setZoom(zoom) {
    const held = this.place();
    this.zoom = zoom === "width" ? zoom : Math.min(WIDEST, Math.max(NARROWEST, zoom));
    this.#layout();
    this.goTo(held.page, held.part);
  }

  /** Page and how far down in it the box stands. */
  place() {
    const height = this.size.height * this.scale + GAP;
    const at = Math.max(0, this.box.scrollTop) / height;
    const page = Math.min(this.paper.pages, Math.floor(at) + 1);
    return { page, part: at - (page - 1) };
  }

  /** @param {number} page from 1 @param {number} [part] of its height */
  goTo(page, part = 0) {
    const height = this.size.height * this.scale + GAP;
    this.box.scrollTop = (Math.max(1, Math.min(this.paper.pages, page)) - 1 + part) * height;
    this.#tellPage();
  }

  /** @param {Hit[]} hits @param {number} current */
  mark(hits, current) {
    this.hits = hits;
    const moved = current !== this.current;
    this.current = current;
    for (const leaf of this.leaves) if (leaf.drawn) this.#paintHits(leaf);
    if (moved && hits[current]) this.#show(hits[current]);
  }

  /** @param {Hit} hit */
  #show(hit) {
    const leaf = this.leaves[hit.page - 1];
    const mark = leaf?.box.querySelector("mark.now");
    if (mark) mark.scrollIntoView({ block: "center", inline: "nearest" });
    else this.goTo(hit.page);
  }

  /** @param {number} number @returns {Leaf} */
  #leaf(number) {
    const label = _("第 %(n)s 页", { n: number });
    const box = el("div", { class: "pg", role: "group", "aria-label": label, "data-page": number });
    return { number, box, near: false, task: null, drawn: 0, divs: [] };
  }

  #layout() {
    const { scale } = this;
    // Every page takes the first one's place: the list never jumps while pages come in.
    for (const { box } of this.leaves) {
      box.style.width = `${Math.floor(this.size.width * scale)}px`;
      box.style.height = `${Math.floor(this.size.height * scale)}px`;
    }
    for (const leaf of this.leaves) if (leaf.near) void this.#draw(leaf);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #moved(seen) {
    for (const { target, isIntersecting } of seen) {
      const leaf = this.leaves[Number(/** @type {HTMLElement} */ (target).dataset.page) - 1];
      if (!leaf) continue;
      leaf.near = isIntersecting;
      if (isIntersecting) void this.#draw(leaf);
      else this.#drop(leaf);
    }
  }

  /** @param {Leaf} leaf */
  #drop(leaf) {
    leaf.task?.cancel();
    leaf.task = null;
    leaf.drawn = 0;
    leaf.divs = [];
    leaf.box.replaceChildren();
  }

  /** @param {Leaf} leaf */
  async #draw(leaf) {
    const { scale } = this;
    if (leaf.drawn === scale) return;
    leaf.task?.cancel();
    leaf.drawn = scale;
    const page = await this.paper.page(leaf.number);
    if (!leaf.near || leaf.drawn !== scale) return;
    const fit = Math.min(
      scale,
      (this.size.width * scale) / page.getViewport({ scale: 1 }).width,
      (this.size.height * scale) / page.getViewport({ scale: 1 }).height,
    );
    const viewport = page.getViewport({ scale: fit });
    const canvas = el("canvas", { "aria-hidden": "true" });
    const dense = density(viewport.width * viewport.height);
    canvas.width = Math.floor(viewport.width * dense);
    canvas.height = Math.floor(viewport.height * dense);
    canvas.style.width = `${Math.floor(viewport.width)}px`;
    canvas.style.height = `${Math.floor(viewport.height)}px`;
    const transform = dense === 1 ? undefined : [dense, 0, 0, dense, 0, 0];
    const task = page.render({ canvas, viewport, transform });
    leaf.task = task;
    const text = await this.#textOf(leaf, viewport);
    try {
      await task.promise;
    } catch {
      return; // another size is being drawn, or the page is far again
    }
    if (!leaf.near || leaf.drawn !== scale) return;
    leaf.task = null;
    leaf.divs = text.divs;
    leaf.box.replaceChildren(canvas, text.layer);
    this.#paintHits(leaf);
  }

  /** @param {Leaf} leaf @param {any} viewport */
  async #textOf(leaf, viewport) {
    const layer = el("div", { class: "textLayer" });
    layer.style.setProperty("--total-scale-factor", String(viewport.scale));
    const { content } = await this.paper.text(leaf.number);
    const written = new this.paper.pdfjs.TextLayer({
      textContentSource: content,
      container: layer,
      viewport,
    });
    await written.render();
    return { layer, divs: written.textDivs };
  }

  /** @param {Leaf} leaf */
  #paintHits(leaf) {
    for (const mark of leaf.box.querySelectorAll("mark")) {
      const parent = mark.parentElement;
      mark.replaceWith(...mark.childNodes);
      parent?.normalize();
    }
    this.hits.forEach((hit, index) => {
      if (hit.page !== leaf.number) return;
      for (const span of hit.spans) paint(leaf.divs[span.item], span, index === this.current);
    });
    const now = leaf.box.querySelector("mark.now");
    if (now && !visible(now, this.box)) now.scrollIntoView({ block: "center", inline: "nearest" });
  }

  #tellPage() {
    const height = this.size.height * this.scale + GAP;
    const middle = this.box.scrollTop + this.box.clientHeight / 3;
    const page = Math.min(this.paper.pages, Math.max(1, Math.floor(middle / height) + 1));
    if (page === this.page) return;
    this.page = page;
    this.onPage(page);
  }
}

/** Device pixels per CSS pixel, as far as one canvas may hold. @param {number} area */
function density(area) {
  return Math.min(devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / area));
}

/** @param {Element} node @param {HTMLElement} box */
function visible(node, box) {
  const [inner, outer] = [node.getBoundingClientRect(), box.getBoundingClientRect()];
  return inner.top >= outer.top && inner.bottom <= outer.bottom;
}

/**
 * Marks a stretch of a text item; earlier marks in it stay.
 * @param {HTMLElement | undefined} div @param {{from: number, to: number}} span @param {boolean} now
 */
function paint(div, { from, to }, now) {
  if (!div) return;
  let passed = 0;
  for (const node of [...div.childNodes]) {
    const text = node.textContent ?? "";
    const start = passed;
    passed += text.length;
    if (node.nodeType !== Node.TEXT_NODE || from < start || to > passed) continue;
    const [before, hit] = [from - start, to - start];
    const mark = el("mark", { class: now ? "now" : null }, text.slice(before, hit));
    node.replaceWith(text.slice(0, before), mark, text.slice(hit));
    return;
  }
}

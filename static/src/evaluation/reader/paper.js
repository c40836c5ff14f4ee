// One part of a bid as pages: opened by ranges from the room's address, read in the worker.
// Nothing is evaluated, no WebAssembly: the strict policy of the page holds for the reader too.

/** @typedef {import("pdfjs-dist").PDFDocumentProxy} Pdf */
/** @typedef {import("pdfjs-dist").PDFPageProxy} PdfPage */
/** @typedef {{worker: string, files: string}} Engine addresses of the worker and of its maps and fonts */
/** @typedef {{title: string, page: number, depth: number}} Heading */
/** @typedef {{items: {str: string, hasEOL?: boolean}[], content: any}} PageText */

const CHUNK = 262_144;
const DEEPEST = 3;

/** @type {Promise<typeof import("pdfjs-dist")> | null} */
let engine = null;
/** @type {import("pdfjs-dist").PDFWorker | null} */
let worker = null;

/** @param {Engine} from */
async function load(from) {
  engine ??= import("pdfjs-dist/legacy/build/pdf.mjs");
  const pdfjs = await engine;
  pdfjs.GlobalWorkerOptions.workerSrc = from.worker;
  worker ??= new pdfjs.PDFWorker({});
  return pdfjs;
}

/** The server would not give the part; `status` is HTTP's. */
export class Withheld extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the part was withheld: ${status}`);
    this.status = status;
  }
}

export class Paper {
  /** @param {typeof import("pdfjs-dist")} pdfjs @param {Pdf} pdf @param {() => Promise<void>} destroy */
  constructor(pdfjs, pdf, destroy) {
    this.pdfjs = pdfjs;
    this.pdf = pdf;
    this.pages = pdf.numPages;
    this.destroy = destroy;
    /** @type {Map<number, Promise<PageText>>} */
    this.texts = new Map();
  }

  /**
   * Opens a part; pages come by ranges as they are read.
   * @param {string} url @param {Engine} from
   * @returns {Promise<Paper>} throws Withheld when the server refuses
   */
  static async open(url, from) {
    const pdfjs = await load(from);
    const task = pdfjs.getDocument({
      url: new URL(url, location.href).href,
      worker: worker ?? undefined,
      rangeChunkSize: CHUNK,
      disableAutoFetch: true,
      disableStream: true,
      isEvalSupported: false,
      useWasm: false,
      enableXfa: false,
      cMapUrl: new URL(`${from.files}cmaps/`, location.href).href,
      cMapPacked: true,
      standardFontDataUrl: new URL(`${from.files}standard_fonts/`, location.href).href,
      wasmUrl: new URL(`${from.files}wasm/`, location.href).href,
    });
    try {
      return new Paper(pdfjs, await task.promise, () => task.destroy());
    } catch (error) {
      const status = /** @type {{status?: number}} */ (error).status;
      throw status ? new Withheld(status) : error;
    }
  }

  /** @param {number} number from 1 @returns {Promise<PdfPage>} */
  page(number) {
    return this.pdf.getPage(number);
  }

  /** @param {number} number from 1 @returns {Promise<PageText>} */
  text(number) {
    let held = this.texts.get(number);
    if (!held) {
      held = this.page(number)
        .then((page) => page.getTextContent())
        .then((content) => ({ items: /** @type {any} */ (content.items), content }));
      this.texts.set(number, held);
    }
    return held;
  }

  /** The document's own table of contents, flat with depths; empty when it has none. */
  async outline() {
    /** @type {Heading[]} */
    const flat = [];
    const walk = async (/** @type {any[]} */ nodes, /** @type {number} */ depth) => {
      for (const node of nodes) {
        const page = await this.#pageOf(node.dest).catch(() => null);
        if (page) flat.push({ title: String(node.title).trim(), page, depth });
        if (depth + 1 < DEEPEST && node.items?.length) await walk(node.items, depth + 1);
      }
    };
    await walk((await this.pdf.getOutline().catch(() => null)) ?? [], 0);
    return flat;
  }

  /** @param {string | any[] | null} dest */
  async #pageOf(dest) {
    const target = typeof dest === "string" ? await this.pdf.getDestination(dest) : dest;
    const ref = target?.[0];
    if (ref === undefined || ref === null) return null;
    return typeof ref === "number" ? ref + 1 : (await this.pdf.getPageIndex(ref)) + 1;
  }
}

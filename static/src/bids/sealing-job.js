// The sealing Worker as a page sees it: bytes, rate, time left, pieces, a pause and lost connections.
import { chip, icon, qs, replace } from "../kernel/dom.js";
import { job } from "../kernel/progress.js";
import { _ } from "../kernel/words.js";
import { call } from "../sealing/worker-protocol.js";

/** @typedef {import("../kernel/progress.js").Part} Piece */
/** @typedef {import("../sealing/seal.js").Sealed} Sealed */

const SHOWN_PIECES = 40;
const REDRAW = 200;

export class SealingJob {
  /** @param {string} workerUrl */
  constructor(workerUrl) {
    this.url = workerUrl;
    this.panel = qs("#job-panel");
    this.view = job("sealing");
    this.paused = false;
    this.drawn = 0;
    /** @type {import("../sealing/worker-protocol.js").Call | null} */
    this.call = null;
    qs("#job-pause").addEventListener("click", () => this.pause(!this.paused));
  }

  /**
   * @param {object} order see workers/seal.js
   * @param {string} title
   * @returns {Promise<Sealed>}
   */
  async run(order, title) {
    this.panel.hidden = false;
    qs("#job-title").textContent = title;
    qs("#job-pause").hidden = false;
    this.state("progress", _("封装上传中"), "run");
    this.panel.scrollIntoView({ block: "nearest" });
    const worker = new Worker(this.url, { type: "module" });
    try {
      this.call = call(worker, "seal", order, { onProgress: (state) => this.show(state) });
      return await this.call.promise;
    } finally {
      worker.terminate();
      this.call = null;
      this.connection(0);
      qs("#job-pause").hidden = true;
    }
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.call?.pause(paused);
    const button = qs("#job-pause");
    replace(button, icon(paused ? "play" : "pause"), paused ? _("继续") : _("暂停"));
    if (paused) this.state("neutral", _("已暂停"), "pause");
    else this.state("progress", _("封装上传中"), "run");
  }

  /** @param {import("../workers/seal.js").Progress} progress */
  show({ bytes, total, rate, left, attempt, pieces }) {
    this.connection(attempt);
    const now = performance.now();
    if (now - this.drawn < REDRAW && bytes < total) return;
    this.drawn = now;
    const { done, resumed, total: all } = pieces;
    const told = resumed > 0 ? _("续传 %(n)s", { n: resumed }) : "";
    this.view.show({
      done: bytes,
      total,
      rate,
      left,
      parts: drawnPieces(pieces),
      more: [[_("分段"), `${done} / ${all} ${told}`.trim()]],
    });
  }

  /** @param {number} attempt 0: connected */
  connection(attempt) {
    const banner = qs("#connection");
    const lost = banner.querySelector("[data-upload-lost]");
    if (attempt === 0) {
      lost?.remove();
      if (lost && !this.paused) this.state("progress", _("封装上传中"), "run");
      return;
    }
    const text = _("正在第 %(n)s 次重连。已上传的部分都在，恢复后自动续传。", { n: attempt });
    const box = lost ?? document.createElement("div");
    if (!lost) {
      box.className = "banner";
      box.setAttribute("role", "status");
      box.setAttribute("data-upload-lost", "");
      banner.append(box);
    }
    const strong = document.createElement("b");
    const line = document.createElement("span");
    strong.textContent = _("上传连接中断。");
    line.append(strong, text);
    replace(box, icon("wifi-off"), line);
    this.state("need", _("等待连接"), "wifi-off");
  }

  /** @param {"neutral" | "progress" | "need" | "done" | "refused"} tone @param {string} word @param {string} mark */
  state(tone, word, mark) {
    replace(qs("#job-chip"), chip(tone, word, mark));
  }
}

/** @param {{done: number, resumed: number, total: number}} pieces @returns {Piece[]} */
function drawnPieces({ done, resumed, total }) {
  const shown = Math.min(SHOWN_PIECES, total);
  const scale = shown / total;
  return Array.from({ length: shown }, (_none, index) => {
    if (index < Math.floor(resumed * scale)) return "r";
    if (index < Math.floor(done * scale)) return "d";
    return index < Math.ceil((done + 3) * scale) ? "p" : "";
  });
}

// The course of a rehearsal in the page: the Worker seals and uploads, the platform judges, another
// Worker opens what came back. Each step keeps what the next one needs, so a run can go on where it
// stopped; nothing outlives the page.
import { duration, size } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { call } from "../sealing/worker-protocol.js";
import { enterRehearsal, erase, fetchBack, judged, testContent } from "./rehearsal.js";

/** @typedef {import("./rehearsal-checks.js").Finding} Finding */
/** @typedef {import("../workers/seal.js").Progress} Progress */
/** @typedef {import("../sealing/seal.js").Sealed} Sealed */

const HUNDRED = 100 << 20;
const SLOW = 60_000; // bytes a second: a bid of 100 MB would take half an hour

export class Course {
  /**
   * @param {import("./wire.js").Wire} wire @param {import("../kernel/keys.js").OpenKey} key
   * @param {{worker: string, opener: string}} urls
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(wire, key, urls, onProgress) {
    this.wire = wire;
    this.key = key;
    this.urls = urls;
    this.onProgress = onProgress;
    this.abort = new AbortController();
    /** @type {import("./ticket.js").Bidder | null} */
    this.bidder = null;
    /** @type {import("./rehearsal.js").Test | null} */
    this.test = null;
    /** @type {Sealed | null} */
    this.sealed = null;
    /** @type {Record<string, Blob>} */
    this.parts = {};
    this.rate = 0;
  }

  /** A run that was stopped goes on under a new signal. */
  again() {
    this.abort = new AbortController();
  }

  /** @returns {Promise<Finding>} */
  async seal() {
    await this.forget();
    const bidder = await enterRehearsal(this.wire);
    const { signing } = this.key.keys;
    this.test = await testContent(this.key.certificates(), signing);
    const started = performance.now();
    let sent = 0;
    const order = {
      wire: { baseUrl: this.wire.baseUrl, uploadUrl: this.wire.uploadUrl },
      bidder: { lotId: bidder.lotId, keys: bidder.pseudonym.keys, ticket: bidder.ticket },
      place: { sequence: 1, previous: null },
      content: this.test.content,
    };
    this.sealed = await this.work(this.urls.worker, "seal", order, (progress) => {
      sent = progress.bytes;
      this.onProgress(progress);
    });
    this.bidder = bidder;
    this.rate = sent / ((performance.now() - started) / 1000);
    return { state: "done", note: _("%(size)s 已加密并上传，断线能续传", { size: size(sent) }) };
  }

  /** @returns {Finding} */
  line() {
    const facts = { rate: size(Math.round(this.rate)), time: duration(HUNDRED / this.rate) };
    const note = _("每秒 %(rate)s；100 MB 的标书约需 %(time)s", facts);
    if (this.rate >= SLOW) return { state: "done", note };
    const remedy = _("换一条更快的网络，或至少提前半天开始上传。");
    return { state: "need", note, remedy };
  }

  /** @returns {Promise<Finding>} */
  async judge() {
    const { bidder, sealed } = this.made();
    await judged(this.wire, bidder, sealed);
    return { state: "done", note: _("按正式投标的规则核对无误；没有登记，也没有计数") };
  }

  /** @returns {Promise<Finding>} */
  async fetchBack() {
    const { bidder, sealed } = this.made();
    this.parts = await fetchBack(this.wire, bidder, sealed, this.abort.signal);
    return {
      state: "done",
      note: _("%(n)s 个部分，与上传的一致", { n: Object.keys(this.parts).length }),
    };
  }

  /** @returns {Promise<Finding>} */
  async open() {
    const { bidder, sealed, test } = this.made();
    const order = {
      header: sealed.header,
      bidPair: bidder.pseudonym.bidPair,
      trustees: test.trustees,
      parts: this.parts,
      digests: test.digests,
      certificateKey: this.key.publicKey,
    };
    await this.work(this.urls.opener, "open", order);
    return { state: "done", note: _("委员会锁、投标人锁、证书签名和内容逐一相符") };
  }

  /** @returns {Promise<Finding>} */
  async erase() {
    const { bidder, sealed } = this.made();
    await erase(this.wire, bidder, sealed.uploads);
    this.parts = {};
    return { state: "done", note: _("服务器上的试验文件已经清除") };
  }

  /** What an earlier run left is erased; if that fails, the platform does it by itself. */
  async forget() {
    const { bidder, sealed } = this;
    this.sealed = null;
    if (bidder && sealed) await erase(this.wire, bidder, sealed.uploads).catch(() => {});
  }

  made() {
    const { bidder, sealed, test } = this;
    if (!bidder || !sealed || !test) throw new Error("nothing was sealed");
    return { bidder, sealed, test };
  }

  /**
   * @param {string} url @param {string} act @param {unknown} order
   * @param {(progress: Progress) => void} [onProgress]
   * @returns {Promise<any>}
   */
  async work(url, act, order, onProgress) {
    const worker = new Worker(url, { type: "module" });
    try {
      return await call(worker, act, order, { onProgress, signal: this.abort.signal }).promise;
    } finally {
      worker.terminate();
    }
  }
}

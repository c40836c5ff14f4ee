// A video element fed with pieces of one WebM stream by MediaSource.

export class Feed {
  /** @param {HTMLVideoElement} video @param {string} mime */
  constructor(video, mime) {
    this.video = video;
    this.source = new MediaSource();
    this.url = URL.createObjectURL(this.source);
    /** @type {SourceBuffer | null} */
    this.buffer = null;
    this.ready = new Promise((done) => {
      this.source.addEventListener(
        "sourceopen",
        () => {
          this.buffer = this.source.addSourceBuffer(mime);
          done(null);
        },
        { once: true },
      );
    });
    video.srcObject = null;
    video.src = this.url;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<void>} */
  async append(bytes) {
    await this.ready;
    await this.#change((buffer) => buffer.appendBuffer(bytes));
  }

  /** Forgets what lies more than so many seconds behind. @param {number} seconds */
  async trim(seconds) {
    const [start] = this.range();
    const end = this.video.currentTime - seconds;
    if (this.buffer && end > start + seconds)
      await this.#change((buffer) => buffer.remove(start, end));
  }

  /** Forgets all; what is appended next begins with a cluster. */
  async restart() {
    await this.ready;
    this.buffer?.abort();
    await this.#change((buffer) => buffer.remove(0, Infinity));
  }

  /** First and last buffered second; [0, 0] when there is none. */
  range() {
    const held = this.buffer?.buffered;
    return held && held.length > 0 ? [held.start(0), held.end(held.length - 1)] : [0, 0];
  }

  /** @param {number} time */
  holds(time) {
    const held = this.buffer?.buffered;
    for (let n = 0; n < (held?.length ?? 0); n += 1) {
      if (held && held.start(n) - 0.1 <= time && time < held.end(n)) return true;
    }
    return false;
  }

  /** A pause in the stream is stepped over. */
  step() {
    const held = this.buffer?.buffered;
    const now = this.video.currentTime;
    for (let n = 0; n < (held?.length ?? 0); n += 1) {
      if (held && held.start(n) > now && !this.holds(now)) {
        this.video.currentTime = held.start(n);
        return;
      }
    }
  }

  close() {
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.url);
  }

  /** @param {(buffer: SourceBuffer) => void} act @returns {Promise<void>} */
  #change(act) {
    return new Promise((done, fail) => {
      const buffer = this.buffer;
      if (!buffer || this.source.readyState !== "open")
        return fail(new Error("the feed is closed"));
      buffer.addEventListener("updateend", () => done(), { once: true });
      buffer.addEventListener("error", () => fail(new Error("not to be decoded")), { once: true });
      act(buffer);
    });
  }
}

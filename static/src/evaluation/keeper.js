// Keeps what is typed: each bid's draft is saved a moment after the last key, again and again until
// the server has it, and meanwhile encrypted in this browser, so that a lost line loses nothing.
import { openDraft, sealDraft } from "./drafts.js";

/** @typedef {import("./drafts.js").Drafts} Drafts */
/** @typedef {import("./sheets.js").SheetStage} SheetStage */
/** @typedef {import("./sheets.js").Marks} Marks */
/** @typedef {{getItem: (name: string) => string | null, setItem: (name: string, value: string) => void, removeItem: (name: string) => void}} Store */
/** @typedef {{sent: Marks, marks: Marks, conflicts: import("./drafts.js").Conflict[]}} Saved */
/** @typedef {{state: "saving" | "saved" | "waiting" | "refused", at?: number, error?: unknown}} Told */

const PAUSE_MS = 500; // after the last key
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;

export class Keeper {
  /**
   * @param {Drafts} drafts
   * @param {object} by
   * @param {Store} by.store of this browser, for ciphertext only
   * @param {(told: Told) => void} by.tell
   * @param {(stage: SheetStage, bid: string, saved: Saved) => Marks} by.merged another tab's marks came in; answers what stands on the page with them
   * @param {(error: unknown) => boolean} by.again whether it is worth asking again
   * @param {() => number} by.now
   */
  constructor(drafts, by) {
    this.drafts = drafts;
    this.by = by;
    /** @type {Map<string, {stage: SheetStage, bid: string, marks: Marks, turn: number}>} */
    this.waiting = new Map();
    this.turns = 0;
    this.delay = FIRST_RETRY_MS;
    this.running = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Something is typed that the server does not have yet. */
  get dirty() {
    return this.waiting.size > 0;
  }

  /** @param {SheetStage} stage @param {string} bid @param {Marks} marks as they stand now */
  changed(stage, bid, marks) {
    const copy = structuredClone(marks);
    this.waiting.set(this.#name(stage, bid), { stage, bid, marks: copy, turn: ++this.turns });
    this.#soon(PAUSE_MS);
  }

  /** A submitted sheet needs no draft any more. @param {SheetStage} stage @param {string} bid */
  forget(stage, bid) {
    this.waiting.delete(this.#name(stage, bid));
    this.by.store.removeItem(this.#name(stage, bid));
  }

  /** Tries at once, for instance when the line is back. */
  now() {
    if (this.dirty) this.#soon(0);
  }

  /**
   * What stands for a bid: the server's draft, or what this browser kept after it.
   * @param {SheetStage} stage @param {string} bid
   * @returns {Promise<Marks>}
   */
  async held(stage, bid) {
    const stored = this.drafts.draft(stage, bid);
    const kept = await this.#kept(stage, bid);
    if (!kept || kept.version <= stored.version) return structuredClone(stored.marks);
    this.changed(stage, bid, kept.marks);
    return kept.marks;
  }

  /** @param {SheetStage} stage @param {string} bid */
  #name(stage, bid) {
    return `sunbid.draft.${this.drafts.room}.${stage}.${bid}`;
  }

  /** @param {SheetStage} stage @param {string} bid @returns {Promise<{version: number, marks: Marks} | null>} */
  async #kept(stage, bid) {
    try {
      const { version, ciphertext } = JSON.parse(
        this.by.store.getItem(this.#name(stage, bid)) ?? "null",
      );
      const place = { room: this.drafts.room, stage, bid, version };
      return { version, marks: await openDraft(this.drafts.key, place, ciphertext) };
    } catch {
      return null; // nothing kept, or kept under another key
    }
  }

  /** @param {number} delay */
  #soon(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.#run(), delay);
  }

  async #run() {
    if (this.running) return;
    this.running = true;
    try {
      for (const one of [...this.waiting.values()]) await this.#save(one);
      this.delay = FIRST_RETRY_MS;
      // What was typed while the last one travelled.
      if (this.dirty) this.#soon(PAUSE_MS);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.running = false;
    }
  }

  /** @param {{stage: SheetStage, bid: string, marks: Marks, turn: number}} one */
  async #save({ stage, bid, marks, turn }) {
    this.by.tell({ state: "saving" });
    await this.#keep(stage, bid, marks);
    const saved = await this.drafts.save(stage, bid, marks);
    const name = this.#name(stage, bid);
    const standing = alike(saved.marks, marks)
      ? null
      : this.by.merged(stage, bid, { sent: marks, ...saved });
    const newer = this.waiting.get(name);
    if (newer?.turn === turn) {
      this.waiting.delete(name);
      this.by.store.removeItem(name);
    } else if (newer && standing) newer.marks = structuredClone(standing);
    this.by.tell({ state: "saved", at: this.by.now() });
  }

  /** @param {SheetStage} stage @param {string} bid @param {Marks} marks */
  async #keep(stage, bid, marks) {
    const version = this.drafts.draft(stage, bid).version + 1;
    const place = { room: this.drafts.room, stage, bid, version };
    const ciphertext = await sealDraft(this.drafts.key, place, marks);
    try {
      this.by.store.setItem(this.#name(stage, bid), JSON.stringify({ version, ciphertext }));
    } catch {
      // A full store is no reason not to save on the server.
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!this.by.again(error)) {
      this.by.tell({ state: "refused", error });
      return;
    }
    this.by.tell({ state: "waiting" });
    this.#soon(this.delay);
    this.delay = Math.min(LAST_RETRY_MS, this.delay * 2);
  }
}

/** @param {Marks} a @param {Marks} b */
function alike(a, b) {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key]?.value === b[key]?.value && a[key]?.note === b[key]?.note);
}

// How pages and workers talk: {id, act, order} goes in; {id, progress}, {id, done} or {id, error}
// come back; {id, abort: true} stops, {id, paused: true | false} holds and resumes.
import { told } from "./errors.js";

/**
 * @typedef {object} Control
 * @property {AbortSignal} signal
 * @property {() => Promise<void>} gate waits while the page has paused the work
 * @property {(progress: unknown) => void} report
 */
/** @typedef {(order: any, control: Control) => Promise<unknown>} Act */
/** @typedef {{code: string, facts: Record<string, unknown>, what?: string, why?: string, next?: string}} Told */

/** An error that came out of a worker; `code` as everywhere, the server's words when it had some. */
export class WorkerRefusal extends Error {
  /** @param {Told} error */
  constructor(error) {
    super(error.what || error.code);
    this.name = "WorkerRefusal";
    this.code = error.code;
    this.facts = error.facts;
    this.what = error.what ?? "";
    this.why = error.why ?? "";
    this.next = error.next ?? "";
  }
}

class Running {
  constructor() {
    this.abort = new AbortController();
    /** @type {Promise<void>} */
    this.open = Promise.resolve();
    /** @type {() => void} */
    this.resume = () => {};
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.resume();
    this.open = paused
      ? new Promise((resolve) => {
          this.resume = () => resolve(undefined);
        })
      : Promise.resolve();
  }
}

/**
 * Serves acts inside a worker.
 * @param {Record<string, Act>} acts
 * @param {{postMessage: (message: unknown) => void,
 *   addEventListener: (kind: "message", listener: (event: MessageEvent) => void) => void}} [port]
 */
export function serve(acts, port = globalThis) {
  /** @type {Map<string, Running>} */
  const running = new Map();
  port.addEventListener("message", async ({ data: { id, act, order, abort, paused } }) => {
    const under = running.get(id);
    if (abort) return under?.abort.abort();
    if (paused !== undefined) return under?.pause(paused);
    const work = new Running();
    running.set(id, work);
    const report = (/** @type {unknown} */ progress) => port.postMessage({ id, progress });
    try {
      const control = { signal: work.abort.signal, gate: () => work.open, report };
      port.postMessage({ id, done: await acts[act](order, control) });
    } catch (error) {
      port.postMessage({ id, error: words(error) });
    } finally {
      running.delete(id);
    }
  });
}

/** @param {unknown} error @returns {Told} */
function words(error) {
  const { what = "", why = "", next = "" } = /** @type {Partial<Told>} */ (error);
  return { ...told(error), what, why, next };
}

/** @typedef {{promise: Promise<any>, pause: (paused: boolean) => void}} Call */

/**
 * Calls an act from the page.
 * @param {Worker} worker
 * @param {string} act
 * @param {unknown} order structured-cloneable; keys may be non-extractable CryptoKeys
 * @param {{onProgress?: (progress: any) => void, signal?: AbortSignal}} [watch]
 * @returns {Call} the promise rejects with WorkerRefusal
 */
export function call(worker, act, order, { onProgress, signal } = {}) {
  const id = crypto.randomUUID();
  const promise = new Promise((resolve, reject) => {
    /** @param {MessageEvent} event */
    const listen = ({ data }) => {
      if (data.id !== id) return;
      if ("progress" in data) return onProgress?.(data.progress);
      worker.removeEventListener("message", listen);
      if ("error" in data) reject(new WorkerRefusal(data.error));
      else resolve(data.done);
    };
    worker.addEventListener("message", listen);
    worker.addEventListener(
      "error",
      () => reject(new WorkerRefusal({ code: "ENV-9002", facts: {} })),
      {
        once: true,
      },
    );
    signal?.addEventListener("abort", () => worker.postMessage({ id, abort: true }));
    worker.postMessage({ id, act, order });
  });
  return { promise, pause: (paused) => worker.postMessage({ id, paused }) };
}

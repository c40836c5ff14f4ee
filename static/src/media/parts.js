// Watching by parts: the running recording a few seconds late, by nothing but its uploaded pieces.
import { Offline, Refused, send } from "../kernel/http.js";
import { Feed } from "./feed.js";

/** @typedef {{id: string, mime: string, parts: number, entry: {no: number, at: number}}} Running */
/** @typedef {"waiting" | "playing" | "interrupted" | "over"} PartsState */

const AGAIN_MS = 800;
const SILENT_MS = 8000; // four parts missing
const BEHIND_S = 12; // more than that is caught up with
const EDGE_S = 3;

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {string} url @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function bytes(url) {
  return new Uint8Array(await (await send("GET", url)).arrayBuffer());
}

/**
 * Plays until closed or refused.
 * @param {HTMLVideoElement} video
 * @param {Running} running
 * @param {(state: PartsState) => void} tell
 */
export function watchParts(video, running, tell) {
  const url = `/pictures/${running.id}`;
  const feed = new Feed(video, running.mime);
  let closed = false;
  let heard = performance.now();

  const next = async (/** @type {number} */ no) => {
    while (!closed) {
      try {
        const found = await bytes(`${url}/parts/${no}`);
        heard = performance.now();
        return found;
      } catch (error) {
        const awaited =
          error instanceof Offline || (error instanceof Refused && error.code === "MED-1003");
        if (!awaited && !(error instanceof Refused && error.status >= 500)) throw error;
        if (performance.now() - heard > SILENT_MS) tell("interrupted");
        await pause(AGAIN_MS * (1 + Math.random() / 2));
      }
    }
    return null;
  };

  const play = async () => {
    tell("waiting");
    await feed.append(await bytes(`${url}/beginning`));
    let { no, at } = running.entry;
    for (;;) {
      const part = await next(no);
      if (!part) return;
      await feed.append(part.subarray(at));
      at = 0;
      no += 1;
      await keepUp(video, feed);
      tell("playing");
    }
  };
  const done = play().catch(() => {
    if (!closed) tell("over");
  });
  return {
    done,
    close() {
      closed = true;
      feed.close();
    },
  };
}

/** @param {HTMLVideoElement} video @param {Feed} feed */
async function keepUp(video, feed) {
  const [start, end] = feed.range();
  if (video.currentTime < start || end - video.currentTime > BEHIND_S) {
    video.currentTime = Math.max(start, end - EDGE_S);
  }
  feed.step();
  if (video.paused) await video.play().catch(() => {});
  await feed.trim(30);
}

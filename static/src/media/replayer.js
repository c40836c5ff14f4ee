// Watching a recording from any of its moments: the manifest says where the stream may be entered.
import { getJson } from "../kernel/http.js";
import { Feed } from "./feed.js";
import { bytes } from "./parts.js";

/** @typedef {{no: number, from_ms: number, until_ms: number, size: number, sha256: string, entry_at: number | null, made_at: string}} Told */
/** @typedef {{root: string, parts: Told[], state: string}} Manifest */

const AHEAD_S = 20;

/**
 * @param {HTMLVideoElement} video
 * @param {{id: string, mime: string}} recording
 */
export async function replayer(video, recording) {
  const url = `/pictures/${recording.id}`;
  /** @type {Manifest} */
  const { parts } = await getJson(`${url}/manifest`);
  const feed = new Feed(video, recording.mime);
  await feed.append(await bytes(`${url}/beginning`));
  const last = parts[parts.length - 1];
  feed.source.duration = (last?.until_ms ?? 0) / 1000;
  let next = 0;
  let entering = true;
  let turn = Promise.resolve();
  let closed = false;

  /** The part to come in at, so that the moment's own picture can be decoded. */
  const entry = (/** @type {number} */ ms) => {
    const before = parts.filter((part) => part.entry_at !== null && part.from_ms <= ms);
    return before.length > 0 ? before[before.length - 1].no : 0;
  };

  const fill = async () => {
    while (!closed && next < parts.length) {
      const [, end] = feed.range();
      if (!entering && end - video.currentTime > AHEAD_S) break;
      const part = parts[next];
      const content = await bytes(`${url}/parts/${part.no}`);
      await feed.append(entering ? content.subarray(part.entry_at ?? 0) : content);
      entering = false;
      next += 1;
      feed.step();
    }
  };
  const go = (/** @type {() => Promise<void>} */ act) => {
    turn = turn.then(act).catch(() => {});
    return turn;
  };
  const seek = () =>
    go(async () => {
      const now = video.currentTime;
      if (closed || feed.holds(now)) return fill();
      await feed.restart();
      next = entry(now * 1000);
      entering = true;
      await fill();
      if (!feed.holds(video.currentTime)) feed.step();
    });
  video.addEventListener("seeking", seek);
  video.addEventListener("timeupdate", () => void go(fill));
  await go(fill);

  return {
    /** The second of the recording in which this moment lies, null when it does not. */
    secondOf: (/** @type {number} */ at) => {
      const part = parts.find((one) => Date.parse(one.made_at) >= at);
      if (
        !part ||
        (part.no === 0 && Date.parse(part.made_at) - at > 2 * (part.until_ms - part.from_ms))
      ) {
        return null;
      }
      const back = Date.parse(part.made_at) - at;
      return Math.max(part.from_ms, part.until_ms - back) / 1000;
    },
    length: (last?.until_ms ?? 0) / 1000,
    close() {
      closed = true;
      video.removeEventListener("seeking", seek);
      feed.close();
    },
  };
}

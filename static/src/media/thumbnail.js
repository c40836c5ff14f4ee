// A small still of what a sitting shows, from the newest part: for walls of many sittings.
import { getJson } from "../kernel/http.js";
import { Feed } from "./feed.js";
import { bytes } from "./parts.js";

/**
 * Draws the newest picture into a muted video, still; false when nothing is shown.
 * @param {HTMLVideoElement} video
 * @param {string} sitting
 * @returns {Promise<boolean>}
 */
export async function thumbnail(video, sitting) {
  const { recording } = await getJson(`/sittings/${sitting}/picture`);
  if (!recording || recording.parts === 0) return false;
  const url = `/pictures/${recording.id}`;
  const { no, at } = recording.entry;
  const [head, part] = await Promise.all([bytes(`${url}/beginning`), bytes(`${url}/parts/${no}`)]);
  const feed = new Feed(video, recording.mime);
  await feed.append(head);
  await feed.append(part.subarray(at));
  video.currentTime = feed.range()[0];
  return true;
}

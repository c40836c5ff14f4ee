// A still of what a sitting shows, from the newest part: for walls of many sittings.
import { getJson } from "../kernel/http.js";
import { Feed } from "./feed.js";
import { bytes } from "./parts.js";

const WIDTH = 320;
const DECODE_MS = 5000;

/**
 * Draws the newest picture; false when nothing is shown.
 * @param {HTMLCanvasElement} canvas
 * @param {string} sitting
 * @returns {Promise<boolean>}
 */
export async function thumbnail(canvas, sitting) {
  const { recording } = await getJson(`/sittings/${sitting}/picture`);
  if (!recording || recording.parts === 0) return false;
  const url = `/pictures/${recording.id}`;
  const { no, at } = recording.entry;
  const [head, part] = await Promise.all([bytes(`${url}/beginning`), bytes(`${url}/parts/${no}`)]);
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  const feed = new Feed(video, recording.mime);
  try {
    await feed.append(head);
    await feed.append(part.subarray(at));
    // What the decoder holds back for the frames that follow is wanted now.
    feed.source.endOfStream();
    video.currentTime = feed.range()[0];
    await decoded(video);
    canvas.width = WIDTH;
    canvas.height = Math.round((WIDTH * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  } finally {
    feed.close();
  }
  return true;
}

/** @param {HTMLVideoElement} video @returns {Promise<void>} */
function decoded(video) {
  return new Promise((done, fail) => {
    if (video.readyState >= 2) return done();
    video.addEventListener("loadeddata", () => done(), { once: true });
    setTimeout(() => fail(new Error("not decoded")), DECODE_MS);
  });
}

// Direct lines of the mesh: one offer, one answer, each with all its addresses (as WHEP does it).
import { getJson, postJson } from "../kernel/http.js";
import { BITS } from "./devices.js";

/** @typedef {{peer: string, sdp: string}} Offer */

const GATHER_MS = 2000;
const ANSWER_MS = 9000;
const ASK_EVERY_MS = 500;
const CONNECT_MS = 8000;
const LOST_MS = 6000;

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits for this end's addresses, not for ever. @param {RTCPeerConnection} line */
async function gathered(line) {
  if (line.iceGatheringState !== "complete") {
    const done = new Promise((ready) => {
      line.addEventListener("icegatheringstatechange", () => {
        if (line.iceGatheringState === "complete") ready(null);
      });
    });
    await Promise.race([done, pause(GATHER_MS)]);
  }
  return line.localDescription?.sdp ?? "";
}

/**
 * The showing end: answers viewers one by one and lets go of those who are gone.
 * @param {MediaStream} stream
 * @param {{recording: string, kind: "camera" | "screen", ice: RTCIceServer[]}} about
 */
export function meshHost(stream, { recording, kind, ice }) {
  /** @type {Map<string, RTCPeerConnection>} */
  const lines = new Map();
  const url = (/** @type {string} */ peer, /** @type {string} */ act) =>
    `/pictures/${recording}/peers/${peer}/${act}`;

  const drop = (/** @type {string} */ peer) => {
    const line = lines.get(peer);
    if (!line || line.connectionState === "closed") return;
    line.close();
    postJson(url(peer, "leave")).catch(() => {});
  };

  const answer = async (/** @type {Offer} */ { peer, sdp }) => {
    const line = new RTCPeerConnection({ iceServers: ice });
    lines.set(peer, line);
    line.addEventListener("connectionstatechange", () => {
      if (line.connectionState === "failed") drop(peer);
      if (line.connectionState !== "disconnected") return;
      setTimeout(() => line.connectionState === "disconnected" && drop(peer), LOST_MS);
    });
    await line.setRemoteDescription({ type: "offer", sdp });
    for (const lane of line.getTransceivers()) {
      const track = stream.getTracks().find((one) => one.kind === lane.receiver.track.kind);
      // Nothing is ever taken from a viewer, whatever it offers.
      lane.direction = track ? "sendonly" : "inactive";
      if (track) await lane.sender.replaceTrack(track);
    }
    await line.setLocalDescription();
    await bounded(line, BITS[kind]);
    await postJson(url(peer, "answer"), { sdp: await gathered(line) });
  };

  return {
    /** @param {Offer[]} offers */
    offers(offers) {
      for (const offer of offers) {
        if (!lines.has(offer.peer)) answer(offer).catch(() => drop(offer.peer));
      }
    },
    close() {
      for (const line of lines.values()) line.close();
    },
    open: () => [...lines.values()].filter((line) => line.connectionState === "connected").length,
  };
}

/** @param {RTCPeerConnection} line @param {number} bits */
async function bounded(line, bits) {
  for (const sender of line.getSenders()) {
    if (sender.track?.kind !== "video") continue;
    const told = sender.getParameters();
    for (const encoding of told.encodings) encoding.maxBitrate = bits;
    await sender.setParameters(told).catch(() => {});
  }
}

/**
 * The watching end. Rejects when no place or no line is to be had: then the parts are watched.
 * @param {string} recording
 * @param {RTCIceServer[]} ice
 * @param {() => void} lost the line broke after it stood
 * @returns {Promise<{stream: MediaStream, close: () => void}>}
 */
export async function meshViewer(recording, ice, lost) {
  const line = new RTCPeerConnection({ iceServers: ice });
  const stream = new MediaStream();
  line.addEventListener("track", ({ track }) => stream.addTrack(track));
  for (const kind of ["video", "audio"]) line.addTransceiver(kind, { direction: "recvonly" });
  const url = `/pictures/${recording}/peers`;
  let peer = "";
  const close = () => {
    line.close();
    if (peer) postJson(`${url}/${peer}/leave`).catch(() => {});
  };
  try {
    await line.setLocalDescription();
    ({ peer } = await postJson(url, { sdp: await gathered(line) }));
    await line.setRemoteDescription({ type: "answer", sdp: await answered(`${url}/${peer}`) });
    await connected(line);
  } catch (error) {
    close();
    throw error;
  }
  line.addEventListener("connectionstatechange", () => {
    if (line.connectionState === "failed") lost();
    if (line.connectionState !== "disconnected") return;
    setTimeout(() => line.connectionState === "disconnected" && lost(), LOST_MS);
  });
  return { stream, close };
}

/** @param {string} url @returns {Promise<string>} */
async function answered(url) {
  const until = performance.now() + ANSWER_MS;
  while (performance.now() < until) {
    const { sdp } = await getJson(url);
    if (sdp) return sdp;
    await pause(ASK_EVERY_MS);
  }
  throw new Error("no answer");
}

/** @param {RTCPeerConnection} line @returns {Promise<void>} */
function connected(line) {
  return new Promise((ready, fail) => {
    const timer = setTimeout(() => fail(new Error("no line")), CONNECT_MS);
    const look = () => {
      if (line.connectionState === "connected") ready();
      else if (line.connectionState === "failed") fail(new Error("no line"));
      else return;
      clearTimeout(timer);
    };
    line.addEventListener("connectionstatechange", look);
    look();
  });
}

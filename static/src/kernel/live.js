// Following a live session: the socket only delivers, the numbers decide, gaps are fetched again.
import { io } from "socket.io-client";
import { resync } from "./clock.js";
import { connection } from "./connection.js";
import { getJson } from "./http.js";
import { ANSWER_LIMIT, Ordered } from "./stream.js";

/** @typedef {import("./stream.js").LiveEvent} LiveEvent */
/** @typedef {"connecting" | "live" | "interrupted" | "refused"} LiveState */

const POLL_LIVE_MS = 30_000; // covers a push that was lost without the socket noticing
const POLL_DOWN_MS = 5_000; // the page stays complete without any socket

/** @type {import("socket.io-client").Socket | null} */
let shared = null;

function socket() {
  shared ??= io("/live", {
    transports: ["websocket", "polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
    randomizationFactor: 0.7,
  });
  return shared;
}

/**
 * Follows a stream from after number `after`; events come in order, each once.
 * @param {string} liveId
 * @param {object} options
 * @param {number} [options.after] last number the page already shows
 * @param {(event: LiveEvent) => void} options.onEvent
 * @param {(state: LiveState) => void} [options.onState]
 * @param {(from: number, to: number) => void} [options.onGap]
 * @param {string} [options.kept] words for the banner: what is safe while the line is down
 * @returns {{stop: () => void, last: () => number, refresh: () => Promise<void>}}
 */
export function follow(liveId, { after = 0, onEvent, onState, onGap, kept = "" }) {
  const line = socket();
  const banner = connection(kept);
  const stream = new Ordered(after, {
    deliver: onEvent,
    onGap,
    fetchAfter: async (number) => {
      const url = `/live/${liveId}/events?after=${number}`;
      return (await getJson(url)).events;
    },
  });
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;

  const joined = async (/** @type {{events?: LiveEvent[], error?: string}} */ answer) => {
    if (answer.error) {
      onState?.("refused");
      return;
    }
    const events = answer.events ?? [];
    stream.take(events);
    if (events.length >= ANSWER_LIMIT) await stream.fill();
    banner.up();
    onState?.("live");
  };
  const join = () => {
    void resync();
    line.emit("join", { id: liveId, after: stream.last }, joined);
  };
  const received = (/** @type {LiveEvent & {id: string}} */ frame) => {
    if (frame.id === liveId) stream.take([frame]);
  };
  const down = () => {
    banner.down();
    onState?.("interrupted");
  };
  const poll = async () => {
    await stream.fill().catch(() => {});
    timer = setTimeout(poll, line.connected ? POLL_LIVE_MS : POLL_DOWN_MS);
  };

  onState?.("connecting");
  line.on("connect", join);
  line.on("event", received);
  line.on("disconnect", down);
  line.on("connect_error", down);
  line.io.on("reconnect_attempt", banner.attempt);
  if (line.connected) join();
  timer = setTimeout(poll, POLL_DOWN_MS);

  return {
    stop() {
      clearTimeout(timer);
      line.off("connect", join);
      line.off("event", received);
      line.off("disconnect", down);
      line.off("connect_error", down);
      line.io.off("reconnect_attempt", banner.attempt);
    },
    last: () => stream.last,
    refresh: () => stream.fill(),
  };
}

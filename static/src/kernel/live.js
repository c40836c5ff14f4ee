// Following a live session: the socket only delivers, the numbers decide, gaps are fetched again.
import { io } from "socket.io-client";
import { resync, witness } from "./clock.js";
import { connection } from "./connection.js";
import { getJson } from "./http.js";
import { ANSWER_LIMIT, Ordered } from "./stream.js";

/** @typedef {import("./stream.js").LiveEvent} LiveEvent */
/** @typedef {"connecting" | "live" | "interrupted" | "refused"} LiveState */

const POLL_LIVE_MS = 30_000; // covers a push that was lost without the socket noticing
const POLL_DOWN_MS = 5_000; // the page stays complete without any socket
const RETRY_MS = 2_000; // after a refusal that is only about how often
const ANSWER_MS = 10_000;

/** @type {import("socket.io-client").Socket | null} */
let shared = null;

function socket() {
  shared ??= io("/live", {
    transports: ["websocket", "polling"],
    // Everybody loses a server at the same moment; nobody should come back at the same one.
    reconnectionDelay: 800,
    reconnectionDelayMax: 10_000,
    randomizationFactor: 0.8,
  });
  return shared;
}

/**
 * Hears frames of a stream that another part of the page follows.
 * @param {string} liveId @param {string} name @param {(frame: any) => void} heard
 */
export function hear(liveId, name, heard) {
  socket().on(name, (frame) => {
    if (frame.id === liveId) heard(frame);
  });
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
 * @param {() => Promise<string>} [options.pass] a fresh pass, for a bidder following as its seat
 * @param {Record<string, (frame: any) => void>} [options.told] what is told in passing, by name
 * @returns {{
 *   stop: () => void,
 *   last: () => number,
 *   refresh: () => Promise<void>,
 *   say: (name: string, message?: object) => Promise<any>,
 * }} `say` gives the server's answer, `{error}` when it is refused or does not come
 */
export function follow(liveId, { after = 0, onEvent, onState, onGap, kept = "", pass, told = {} }) {
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
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  const joined = async (
    /** @type {{events?: LiveEvent[], error?: string, retry?: boolean}} */ answer,
  ) => {
    if (answer.retry) {
      again = setTimeout(join, RETRY_MS * (1 + Math.random()));
      return;
    }
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
  const join = async () => {
    void resync();
    // Without a pass one still follows, as the public does.
    const shown = pass ? await pass().catch(() => "") : "";
    line.emit("join", { id: liveId, after: stream.last, pass: shown }, joined);
  };
  const received = (/** @type {LiveEvent & {id: string}} */ frame) => {
    if (frame.id !== liveId) return;
    witness(frame.at);
    stream.take([frame]);
  };
  const passing = Object.entries(told).map(([name, hear]) => ({
    name,
    heard: (/** @type {{id: string}} */ frame) => {
      if (frame.id === liveId) hear(frame);
    },
  }));
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
  for (const { name, heard } of passing) line.on(name, heard);
  line.on("disconnect", down);
  line.on("connect_error", down);
  line.io.on("reconnect_attempt", banner.attempt);
  if (line.connected) void join();
  timer = setTimeout(poll, POLL_DOWN_MS);

  return {
    stop() {
      clearTimeout(timer);
      clearTimeout(again);
      line.off("connect", join);
      line.off("event", received);
      for (const { name, heard } of passing) line.off(name, heard);
      line.off("disconnect", down);
      line.off("connect_error", down);
      line.io.off("reconnect_attempt", banner.attempt);
    },
    last: () => stream.last,
    refresh: () => stream.fill(),
    say: (name, message = {}) =>
      line
        .timeout(ANSWER_MS)
        .emitWithAck(name, { id: liveId, ...message })
        .catch(() => ({ error: "WEB-1005" })),
  };
}

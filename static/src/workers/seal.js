// Seals and uploads a bid off the page's thread: chunks go from the file through the key to the
// server and are never held in numbers. Messages in: start, pause, resume, stop. Out: progress.
import { told } from "../sealing/errors.js";
import { fromSeed } from "../sealing/pseudonym.js";
import { sealAndUpload } from "../bids/submit.js";
import { Refusal, makeWire } from "../bids/wire.js";

/**
 * @typedef {object} Start
 * @property {"start"} kind
 * @property {{baseUrl: string, uploadUrl: string}} wire
 * @property {string} lotId
 * @property {Uint8Array<ArrayBuffer>} seed
 * @property {string} ticket
 * @property {import("../bids/submit.js").Content} content
 * @property {{sequence: number, previous: string | null}} place
 */
/** @typedef {Start | {kind: "pause"} | {kind: "resume"} | {kind: "stop"}} Message */

const stop = new AbortController();
/** @type {(() => void)[]} */
const held = [];
let paused = false;

/** @param {Start} start */
async function run({ wire, lotId, seed, ticket, content, place }) {
  const bidder = { lotId, seed, ticket, pseudonym: await fromSeed(seed) };
  return sealAndUpload(makeWire(wire), bidder, content, place, {
    signal: stop.signal,
    gate: () =>
      paused ? new Promise((resolve) => held.push(() => resolve(undefined))) : Promise.resolve(),
    onSealed: (progress) => postMessage({ sealed: progress }),
    onUploaded: (change) => postMessage({ uploaded: change }),
    onLost: (state) => postMessage({ lost: state }),
  });
}

/** @param {unknown} error */
function failure(error) {
  if (error instanceof Refusal) {
    const { code, what, why, next, phone, status } = error;
    return { refused: { code, what, why, next, phone, status } };
  }
  return { failed: told(error) };
}

addEventListener("message", (event) => {
  const message = /** @type {Message} */ (event.data);
  if (message.kind === "pause") paused = true;
  if (message.kind === "stop") stop.abort();
  if (message.kind === "resume") {
    paused = false;
    for (const go of held.splice(0)) go();
  }
  if (message.kind === "start") {
    run(message).then(
      (done) => postMessage({ done }),
      (error) => postMessage(failure(error)),
    );
  }
});

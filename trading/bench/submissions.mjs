// Envelopes of one lot, sealed and uploaded beforehand, then handed in one after the other:
// node submissions.mjs URL UPLOAD_URL LOT COUNT BYTES
// Prints "ready" when all lie uploaded, waits for a line, then tells the spans in ms and how many
// receipts were given.
import { createInterface } from "node:readline";
import { bidderOf } from "../../static/src/bids/ticket.js";
import { awaitReceipt, sealAndUpload, submitBid } from "../../static/src/bids/submit.js";
import { makeWire, readTerms } from "../../static/src/bids/wire.js";
import { signIn } from "../../static/src/headless/session.js";
import { random } from "../../static/src/sealing/bytes.js";
import { deriveKeys } from "../../static/src/sealing/p256.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";

const [url, uploadUrl, lot] = process.argv.slice(2);
const [count, bytes] = process.argv.slice(5).map(Number);
const ABREAST = 3;

const account = await signIn(url, "bidder-1");
const wire = makeWire({ baseUrl: url, uploadUrl, account: account.fetch });
await wire.setClock();
const { policy } = await readTerms(wire, lot);
const certificate = (await deriveKeys(random(32))).signing;
const document = new Blob([new Uint8Array(bytes)]);

async function prepared() {
  const bidder = await bidderOf(wire, lot, await fromSeed(random(32)));
  const content = {
    policy,
    documents: [{ name: /** @type {const} */ ("technical"), source: document }],
    opening: { price_fen: 1, duration_days: 1, quality: "合格", manager: "岑风" },
    identity: {},
    certificate,
  };
  const sealed = await sealAndUpload(wire, bidder, content, { sequence: 1, previous: null });
  return { bidder, sealed };
}

/** @type {Awaited<ReturnType<typeof prepared>>[]} */
const bids = [];
let begun = 0;
async function line() {
  while (begun++ < count) bids.push(await prepared());
}
await Promise.all(Array.from({ length: ABREAST }, line));

process.stdout.write("ready\n");
await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", resolve));
const spans = [];
const given = [];
for (const { bidder, sealed } of bids) {
  const began = performance.now();
  given.push({ bidder, accepted: await submitBid(wire, bidder, sealed) });
  spans.push(performance.now() - began);
}
process.stdout.write(`${JSON.stringify({ spans })}\n`);
let receipts = 0;
for (const { bidder, accepted } of given) {
  const receipt = await awaitReceipt(wire, bidder, accepted.envelope_id);
  if (receipt.commitment === accepted.commitment) receipts += 1;
}
process.stdout.write(`${JSON.stringify({ receipts })}\n`);
process.exit(0);

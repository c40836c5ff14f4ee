// Three uploads at once, as the page sends a bid's parts, all pieces made beforehand:
// node upload.mjs ours URL UPLOAD_URL LOT MIB | node upload.mjs peer URL MIB
import { createHash, randomBytes } from "node:crypto";
import { bidderOf, signedHeaders } from "../../static/src/bids/ticket.js";
import { makeWire } from "../../static/src/bids/wire.js";
import { signIn } from "../../static/src/headless/session.js";
import { CHUNK, TAG } from "../../static/src/sealing/header.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";

const PARTS = 3;
const PIECE = 8 * (CHUNK + TAG);
const EMPTY = createHash("sha256").digest();

/** @typedef {{body: Uint8Array, digest: Uint8Array, checksum: string}} Piece */

/** @param {number} mib @returns {Piece[]} */
function pieces(mib) {
  const body = randomBytes(PIECE);
  const digest = createHash("sha256").update(body).digest();
  const count = Math.max(1, Math.round((mib * CHUNK) / PIECE));
  return Array.from({ length: count }, () => ({
    body,
    digest,
    checksum: digest.toString("base64"),
  }));
}

/** @param {string} url @param {string} uploadUrl @param {string} lot */
async function ours(url, uploadUrl, lot) {
  const account = await signIn(url, "bidder-1");
  const wire = makeWire({ baseUrl: url, uploadUrl, account: account.fetch });
  await wire.setClock();
  const seed = new Uint8Array(randomBytes(32));
  const bidder = await bidderOf(wire, lot, await fromSeed(seed));
  const send = async (method, path, headers, digest, body) => {
    const signed = await signedHeaders(wire, bidder, method, path, digest);
    const init = { method, body, headers: { "Tus-Resumable": "1.0.0", ...headers, ...signed } };
    return checked(await fetch(`${uploadUrl}${path}`, init));
  };
  return async (/** @type {Piece[]} */ list) => {
    const size = String(list.length * PIECE);
    const named = { "Upload-Length": size, "Upload-Metadata": `part ${btoa("technical")}` };
    const path = (await send("POST", "/upload/", named, EMPTY)).headers.get("Location") ?? "";
    for (const [at, { body, digest, checksum }] of list.entries()) {
      await send(
        "PATCH",
        path,
        patch(at, { "Upload-Checksum": `sha256 ${checksum}` }),
        digest,
        body,
      );
    }
  };
}

/** @param {string} url */
async function peer(url) {
  const send = async (method, path, headers, body) =>
    checked(await fetch(path, { method, body, headers: { "Tus-Resumable": "1.0.0", ...headers } }));
  return async (/** @type {Piece[]} */ list) => {
    const opened = await send("POST", `${url}/files`, {
      "Upload-Length": String(list.length * PIECE),
    });
    const path = new URL(opened.headers.get("Location") ?? "", url).href;
    for (const [at, { body }] of list.entries()) await send("PATCH", path, patch(at), body);
  };
}

/** @param {number} at @param {Record<string, string>} [more] */
function patch(at, more) {
  const offset = String(at * PIECE);
  return { "Content-Type": "application/offset+octet-stream", "Upload-Offset": offset, ...more };
}

/** @param {Response} response */
async function checked(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return response;
}

const [side, ...rest] = process.argv.slice(2);
const mib = Number(rest.at(-1));
const upload = side === "ours" ? await ours(rest[0], rest[1], rest[2]) : await peer(rest[0]);
const list = pieces(mib);
await upload(list.slice(0, 1)); // warm
const began = performance.now();
await Promise.all(Array.from({ length: PARTS }, () => upload(list)));
const seconds = (performance.now() - began) / 1000;
process.stdout.write(JSON.stringify({ mib: (PARTS * list.length * PIECE) / 2 ** 20, seconds }));

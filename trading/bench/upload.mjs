// Three uploads at once, as the page sends a bid's parts, all pieces made beforehand:
// node upload.mjs ours URL UPLOAD_URL LOT MIB | node upload.mjs peer URL MIB
import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { bidderOf, signedHeaders } from "../../static/src/bids/ticket.js";
import { rootOf } from "../../static/src/bids/upload.js";
import { makeWire } from "../../static/src/bids/wire.js";
import { signIn } from "../../static/src/headless/session.js";
import { CHUNK, TAG } from "../../static/src/sealing/header.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";

const PARTS = 3;
const PIECE = 8 * (CHUNK + TAG);
const agent = new Agent({ keepAlive: true, maxSockets: PARTS });
const EMPTY = createHash("sha256").digest();

/** @typedef {{body: Uint8Array, digest: Uint8Array, checksum: string}} Piece */

/** @param {number} mib @returns {Promise<Piece[]>} */
async function pieces(mib) {
  const body = randomBytes(PIECE);
  const digest = await rootOf(body);
  const count = Math.max(1, Math.round((mib * CHUNK) / PIECE));
  return Array.from({ length: count }, () => ({
    body,
    digest,
    checksum: Buffer.from(digest).toString("base64"),
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
    return exchanged(method, `${uploadUrl}${path}`, { ...headers, ...signed }, body);
  };
  return async (/** @type {Piece[]} */ list) => {
    const size = String(list.length * PIECE);
    const named = { "Upload-Length": size, "Upload-Metadata": `part ${btoa("technical")}` };
    const path = (await send("POST", "/upload/", named, EMPTY)).location ?? "";
    for (const [at, { body, digest, checksum }] of list.entries()) {
      await send(
        "PATCH",
        path,
        patch(at, { "Upload-Checksum": `sbe1-root ${checksum}` }),
        digest,
        body,
      );
    }
  };
}

/** @param {string} url */
async function peer(url) {
  return async (/** @type {Piece[]} */ list) => {
    const size = { "Upload-Length": String(list.length * PIECE) };
    const opened = await exchanged("POST", `${url}/files`, size);
    const path = new URL(opened.location ?? "", url).href;
    for (const [at, { body }] of list.entries()) await exchanged("PATCH", path, patch(at), body);
  };
}

/** @param {number} at @param {Record<string, string>} [more] */
function patch(at, more) {
  const offset = String(at * PIECE);
  return { "Content-Type": "application/offset+octet-stream", "Upload-Offset": offset, ...more };
}

/**
 * One request by Node's plain client: fetch alone would cost more than either server.
 * @param {string} method @param {string} url @param {Record<string, string>} headers
 * @param {Uint8Array} [body] @returns {Promise<import("node:http").IncomingHttpHeaders>}
 */
function exchanged(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const told = { "Tus-Resumable": "1.0.0", "Content-Length": String(body?.length ?? 0) };
    const asked = request(url, { method, agent, headers: { ...told, ...headers } }, (answer) => {
      answer.resume().on("end", () => {
        if ((answer.statusCode ?? 500) < 300) resolve(answer.headers);
        else reject(new Error(`${method} ${answer.statusCode}`));
      });
    });
    asked.on("error", reject).end(body);
  });
}

const [side, ...rest] = process.argv.slice(2);
const mib = Number(rest.at(-1));
const upload = side === "ours" ? await ours(rest[0], rest[1], rest[2]) : await peer(rest[0]);
const list = await pieces(mib);
await upload(list.slice(0, 1)); // warm
const began = performance.now();
await Promise.all(Array.from({ length: PARTS }, () => upload(list)));
const seconds = (performance.now() - began) / 1000;
process.stdout.write(JSON.stringify({ mib: (PARTS * list.length * PIECE) / 2 ** 20, seconds }));

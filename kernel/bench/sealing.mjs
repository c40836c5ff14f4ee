// Seals one part of zeros as the browser does and writes it, then tells its speed beside plain
// AES-GCM of the same chunks: node sealing.mjs FOLDER MIB
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { hex, random } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { deriveKeys, sign } from "../../static/src/sealing/p256.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";
import { sealEnvelope } from "../../static/src/sealing/seal.js";

const [folder, mib] = [process.argv[2], Number(process.argv[3])];
const keys = await deriveKeys(random(32));
const uuid = "01999999-0000-7000-8000-000000000001";
const trustees = [1, 2, 3, 4, 5].map(async (index) => {
  return { index, key: hex((await deriveKeys(random(32))).publicKey) };
});
const policy = {
  deadline: "2026-12-01T01:30:00Z",
  documents: "00".repeat(32),
  floor: 3,
  holder_lock: /** @type {const} */ ("bidder"),
  lot: uuid,
  rescue: null,
  tender: uuid,
  threshold: 3,
  trustees: await Promise.all(trustees),
  version: 1,
};

/** @param {(part: import("../../static/src/sealing/seal.js").Upload) => void} upload */
const seal = async (upload) =>
  sealEnvelope({
    policy,
    pseudonym: await fromSeed(random(32)),
    sequence: 1,
    previous: null,
    documents: [{ name: "technical", source: new Blob([new Uint8Array(mib * CHUNK)]) }],
    opening: { price_fen: 1 },
    identity: {},
    bind: (message) => sign(keys.signing, message),
    upload,
  });

const discard = async ({ chunks }) => {
  for await (const chunk of chunks) void chunk;
  return { upload_id: "none" };
};

async function plainSeconds() {
  const usages = ["encrypt"];
  const raw = await crypto.subtle.importKey("raw", random(32), "AES-GCM", false, usages);
  const chunk = new Uint8Array(CHUNK);
  const began = performance.now();
  for (let i = 0; i < mib; i++) {
    await crypto.subtle.encrypt({ name: "AES-GCM", iv: random(12) }, raw, chunk);
  }
  return (performance.now() - began) / 1000;
}

await seal(discard); // warm
const began = performance.now();
await seal(discard);
const seconds = (performance.now() - began) / 1000;
const sealed = await seal(async ({ name, chunks }) => {
  const file = createWriteStream(join(folder, name));
  for await (const chunk of chunks) file.write(chunk);
  file.end();
  await finished(file);
  return { upload_id: name };
});
await writeFile(join(folder, "header"), sealed.header);
const told = { seconds, plain: await plainSeconds(), secrets: sealed.secrets };
process.stdout.write(JSON.stringify(told));

// Seals envelopes as browsers do, for the reader to open: node opening.mjs FOLDER COUNT MIB
// Writes FOLDER/<n>/{header,signature,identity,opening,technical}; tells the trustees' private
// scalars and each envelope's s_holder, which its bidder would hand in.
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fromHex, hex, random } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { deriveKeys, sign } from "../../static/src/sealing/p256.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";
import { sealEnvelope } from "../../static/src/sealing/seal.js";

const [folder, count, mib] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const uuid = "01999999-0000-7000-8000-000000000001";
const seeds = Array.from({ length: 5 }, () => random(32));
const trustees = await Promise.all(
  seeds.map(async (seed, at) => ({ index: at + 1, key: hex((await deriveKeys(seed)).publicKey) })),
);
const policy = {
  deadline: "2026-12-01T01:30:00Z",
  documents: "00".repeat(32),
  floor: 3,
  holder_lock: /** @type {const} */ ("bidder"),
  lot: uuid,
  rescue: null,
  tender: uuid,
  threshold: 3,
  trustees,
  version: 1,
};
const certificate = await deriveKeys(random(32));
const document = new Blob([new Uint8Array(mib * CHUNK - 8)]);

/** @param {number} number */
async function seal(number) {
  const place = join(folder, String(number));
  await mkdir(place);
  const sealed = await sealEnvelope({
    policy,
    pseudonym: await fromSeed(random(32)),
    sequence: 1,
    previous: null,
    documents: [{ name: "technical", source: document }],
    opening: { price_fen: 1 },
    identity: {},
    bind: (message) => sign(certificate.signing, message),
    upload: async ({ name, chunks }) => {
      await pipeline(Readable.from(chunks), createWriteStream(join(place, name)));
      return { upload_id: name };
    },
  });
  await writeFile(join(place, "header"), sealed.header);
  await writeFile(join(place, "signature"), fromHex(sealed.signature));
  return sealed.secrets.holder;
}

const holders = [];
for (let number = 0; number < count; number++) holders.push(await seal(number));
process.stdout.write(JSON.stringify({ seeds: seeds.map(hex), holders }));

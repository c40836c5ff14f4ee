// Seals envelopes as browsers do, for the reader to open: node opening.mjs FOLDER COUNT MIB
// Writes FOLDER/<n>/{header,signature,identity,opening,technical}; tells the seeds of the trustees'
// keys and each envelope's s_holder, which its bidder would hand in.
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fromHex, hex } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { committee, seal } from "./envelope.js";

const [folder, count, mib] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { seeds, policy } = await committee();
const document = new Blob([new Uint8Array(mib * CHUNK - 8)]);

/** @param {number} number */
async function write(number) {
  const place = join(folder, String(number));
  await mkdir(place);
  const sealed = await seal(policy, document, async ({ name, chunks }) => {
    await pipeline(Readable.from(chunks), createWriteStream(join(place, name)));
    return { upload_id: name };
  });
  await writeFile(join(place, "header"), sealed.header);
  await writeFile(join(place, "signature"), fromHex(sealed.signature));
  return sealed.secrets.holder;
}

const holders = [];
for (let number = 0; number < count; number++) holders.push(await write(number));
process.stdout.write(JSON.stringify({ seeds: seeds.map(hex), holders }));

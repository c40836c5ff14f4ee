// One JSON order on standard input, one JSON answer on standard output: lets the Python tests run
// the browser's modules. Sealed chunks travel as files of a folder, in order: <part>.<number>.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fromHex, hex, utf8 } from "../../static/src/sealing/bytes.js";
import { told } from "../../static/src/sealing/errors.js";
import { canonical } from "../../static/src/sealing/jcs.js";
import * as p256 from "../../static/src/sealing/p256.js";
import { fromSeed, signRequest, signWithdrawal } from "../../static/src/sealing/pseudonym.js";
import { verifyReceipt } from "../../static/src/sealing/receipts.js";
import * as rescue from "../../static/src/sealing/rescue.js";
import { sealEnvelope } from "../../static/src/sealing/seal.js";
import { combine, split } from "../../static/src/sealing/shamir.js";
import * as softkey from "../../static/src/sealing/softkey.js";
import { release } from "../../static/src/sealing/trustee.js";
import * as unseal from "../../static/src/sealing/unseal.js";

/** @param {string} folder @param {string} part */
async function* chunksIn(folder, part) {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${part}.`));
  for (const name of names.sort()) yield new Uint8Array(await readFile(join(folder, name)));
}

/** @param {Promise<{index: number}>} checked @returns {Promise<number | string>} */
const placeOrCode = (checked) =>
  checked.then(
    ({ index }) => index,
    (error) => told(error).code,
  );

/** @type {Record<string, (order: any) => Promise<unknown>>} */
const acts = {
  canonical: async ({ value }) => canonical(value),
  split: async ({ secret, threshold, count }) =>
    split(fromHex(secret), threshold, count).map((share) => hex(share)),
  combine: async ({ shares }) => {
    const entries = Object.entries(shares);
    return hex(combine(new Map(entries.map(([i, share]) => [Number(i), fromHex(share)]))));
  },
  derive: async ({ seed }) => {
    const pseudonym = await fromSeed(fromHex(seed));
    const { publicKey, bidKey, id } = pseudonym;
    return { id, signing: hex(publicKey), bid: hex(bidKey) };
  },
  request: async ({ seed, method, path, body, timestamp }) =>
    signRequest(await fromSeed(fromHex(seed)), { method, path, body: utf8(body), timestamp }),
  withdraw: async ({ seed, lot, commitment }) =>
    signWithdrawal(await fromSeed(fromHex(seed)), { lot, commitment }),
  async seal(order) {
    const certificate = await softkey.open(order.certificate, order.passphrase);
    /** @param {{name: string, chunks: AsyncIterable<Uint8Array>}} part */
    const upload = async ({ name, chunks }) => {
      let number = 0;
      for await (const chunk of chunks) {
        await writeFile(join(order.folder, `${name}.${String(number++).padStart(5, "0")}`), chunk);
      }
      return { upload_id: `upload-${name}` };
    };
    const documents = await Promise.all(
      Object.entries(order.documents).map(async ([name, path]) => ({
        name: /** @type {any} */ (name),
        source: new Blob([await readFile(String(path))]),
      })),
    );
    return sealEnvelope({
      policy: order.policy,
      pseudonym: await fromSeed(fromHex(order.seed)),
      sequence: order.sequence,
      previous: order.previous,
      documents,
      opening: order.opening,
      identity: order.identity,
      bind: (message) => p256.sign(certificate.signing, message),
      upload,
      recovery: order.recovery ? fromHex(order.recovery) : undefined,
      consent: order.consent,
    });
  },
  holder: async ({ header, seed }) =>
    unseal.holderSecret(header, (await fromSeed(fromHex(seed))).bidPair),
  recovered: ({ header, code }) => unseal.holderSecretByRecovery(header, fromHex(code)),
  async open({ header, part, secrets, folder }) {
    const pieces = [];
    for await (const piece of unseal.openPart(header, part, secrets, chunksIn(folder, part))) {
      pieces.push(hex(piece));
    }
    return pieces.join("");
  },
  openJson: ({ header, part, secrets, folder }) =>
    unseal.openJson(header, part, secrets, chunksIn(folder, part)),
  async release(order) {
    const keys = await softkey.open(order.softkey, order.passphrase);
    const memory = { get: async () => order.kept ?? null, set: async () => {} };
    return release({ ...order, keys, memory });
  },
  async rescueRequest({ softkey: file, passphrase, ...told }) {
    return rescue.signRequest(told, await softkey.open(file, passphrase));
  },
  async rescueRelease({ softkey: file, passphrase, ...order }) {
    return rescue.release({ ...order, keys: await softkey.open(file, passphrase) });
  },
  receipts: ({ receipts, log }) =>
    Promise.all(receipts.map((/** @type {any} */ one) => placeOrCode(verifyReceipt(one, log)))),
  softkeyCreate: async ({ passphrase }) => (await softkey.create(passphrase, 1000)).file,
  softkeyOpen: async ({ file, passphrase, message }) => {
    const keys = await softkey.open(file, passphrase);
    return {
      public: hex(keys.publicKey),
      signature: hex(await p256.sign(keys.signing, utf8(message))),
    };
  },
};

const { act, ...order } = JSON.parse(await text(process.stdin));
try {
  process.stdout.write(JSON.stringify({ done: await acts[act](order) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: told(error) }));
}

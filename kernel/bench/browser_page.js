// What sealing costs in a browser, beside the two WebCrypto passes that nobody can do without.
import { random } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { deriveKeys, sign } from "../../static/src/sealing/p256.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";
import { sealEnvelope } from "../../static/src/sealing/seal.js";
import { hex } from "../../static/src/sealing/bytes.js";

const uuid = "01999999-0000-7000-8000-000000000001";

async function policy() {
  const trustees = [1, 2, 3, 4, 5].map(async (index) => {
    return { index, key: hex((await deriveKeys(random(32))).publicKey) };
  });
  return {
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
}

/** @param {Blob} source @param {any} terms @param {any} certificate */
async function seal(source, terms, certificate) {
  await sealEnvelope({
    policy: terms,
    pseudonym: await fromSeed(random(32)),
    sequence: 1,
    previous: null,
    documents: [{ name: "technical", source }],
    opening: { price_fen: 1 },
    identity: {},
    bind: (message) => sign(certificate.signing, message),
    upload: async ({ chunks }) => {
      for await (const chunk of chunks) void chunk;
      return { upload_id: "none" };
    },
  });
}

/** @param {Blob} source */
async function bare(source) {
  const key = await crypto.subtle.importKey("raw", random(32), "AES-GCM", false, ["encrypt"]);
  for (let at = 0; at < source.size; at += CHUNK) {
    const chunk = await source.slice(at, at + CHUNK).arrayBuffer();
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: random(12) }, key, chunk);
    await crypto.subtle.digest("SHA-256", sealed);
  }
}

/** @param {() => Promise<void>} act */
async function seconds(act) {
  const began = performance.now();
  await act();
  return (performance.now() - began) / 1000;
}

/**
 * Turn by turn, so that a busier minute of the machine strikes both.
 * @param {File} file @param {number} turns
 */
async function measure(file, turns) {
  const [terms, certificate] = [await policy(), await deriveKeys(random(32))];
  const times = { ours: [], bare: [] };
  for (let turn = -1; turn < turns; turn++) {
    const ours = await seconds(() => seal(file, terms, certificate));
    const plain = await seconds(() => bare(file));
    if (turn < 0) continue; // warm
    times.ours.push(ours);
    times.bare.push(plain);
  }
  return { ours: Math.min(...times.ours), bare: Math.min(...times.bare) };
}

Object.assign(globalThis, { measure });

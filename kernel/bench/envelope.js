// One envelope of one document, as every bench of sealing and opening needs it.
import { hex, random } from "../../static/src/sealing/bytes.js";
import { deriveKeys, sign } from "../../static/src/sealing/p256.js";
import { fromSeed } from "../../static/src/sealing/pseudonym.js";
import { sealEnvelope } from "../../static/src/sealing/seal.js";

const LOT = "01999999-0000-7000-8000-000000000001";

/** Three of five trustees: the seeds of their keys, and the policy that names them. */
export async function committee() {
  const seeds = Array.from({ length: 5 }, () => random(32));
  const keys = await Promise.all(seeds.map((seed) => deriveKeys(seed)));
  const policy = {
    deadline: "2026-12-01T01:30:00Z",
    documents: "00".repeat(32),
    floor: 3,
    holder_lock: /** @type {const} */ ("bidder"),
    lot: LOT,
    rescue: null,
    tender: LOT,
    threshold: 3,
    trustees: keys.map(({ publicKey }, at) => ({ index: at + 1, key: hex(publicKey) })),
    version: 1,
  };
  return { seeds, policy };
}

/** @type {import("../../static/src/sealing/seal.js").Upload} reads the chunks and keeps none */
export async function discard({ chunks }) {
  for await (const chunk of chunks) void chunk;
  return { upload_id: "none" };
}

/**
 * @param {import("../../static/src/sealing/header.js").Policy} policy @param {Blob} source
 * @param {import("../../static/src/sealing/seal.js").Upload} [upload]
 */
export async function seal(policy, source, upload = discard) {
  const certificate = await deriveKeys(random(32));
  return sealEnvelope({
    policy,
    pseudonym: await fromSeed(random(32)),
    sequence: 1,
    previous: null,
    documents: [{ name: "technical", source }],
    opening: { price_fen: 1 },
    identity: {},
    bind: (message) => sign(certificate.signing, message),
    upload,
  });
}

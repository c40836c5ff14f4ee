// Seals one part of zeros as the browser does and tells its speed beside plain AES-GCM of the same
// chunks: node sealing.mjs MIB
import { random } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { committee, seal } from "./envelope.js";

const mib = Number(process.argv[2]);
const { policy } = await committee();
const source = new Blob([new Uint8Array(mib * CHUNK)]);

async function plain() {
  const usages = ["encrypt"];
  const raw = await crypto.subtle.importKey("raw", random(32), "AES-GCM", false, usages);
  const chunk = new Uint8Array(CHUNK);
  for (let i = 0; i < mib; i++) {
    await crypto.subtle.encrypt({ name: "AES-GCM", iv: random(12) }, raw, chunk);
  }
}

/** @param {() => Promise<unknown>} act */
async function seconds(act) {
  const began = performance.now();
  await act();
  return (performance.now() - began) / 1000;
}

await seal(policy, source); // warm
const told = { seconds: await seconds(() => seal(policy, source)), plain: await seconds(plain) };
process.stdout.write(JSON.stringify(told));

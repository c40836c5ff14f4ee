// What sealing costs in a browser, beside the two WebCrypto passes that nobody can do without.
import { random } from "../../static/src/sealing/bytes.js";
import { CHUNK } from "../../static/src/sealing/header.js";
import { committee, seal } from "./envelope.js";

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
  const { policy } = await committee();
  const times = { ours: [], bare: [] };
  for (let turn = -1; turn < turns; turn++) {
    const ours = await seconds(() => seal(policy, file));
    const plain = await seconds(() => bare(file));
    if (turn < 0) continue; // warm
    times.ours.push(ours);
    times.bare.push(plain);
  }
  return { ours: Math.min(...times.ours), bare: Math.min(...times.bare) };
}

Object.assign(globalThis, { measure });

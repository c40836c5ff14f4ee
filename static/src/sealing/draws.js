// Publicly recomputable draws: the seed of a lot's draw, HMAC-DRBG with rejection sampling.
import { concat, fromHex, sha256, utf8 } from "./bytes.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * SHA-256 over lot, name, close root and the draw parts sorted by commitment, as far as told.
 * @param {{lot: string, name: string, root: Bytes, parts: Map<string, string | null>}} by
 * @returns {Promise<Bytes>}
 */
export function lotSeed({ lot, name, root, parts }) {
  const put = [...parts].filter(([, part]) => part).sort(([a], [b]) => (a < b ? -1 : 1));
  const over = put.map(([, part]) => fromHex(part ?? "", 32));
  return sha256("SBE/1 draw", prefixed(lot), prefixed(name), root, ...over);
}

/** @param {string} text @returns {Bytes} */
function prefixed(text) {
  const raw = utf8(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, raw.length);
  return concat(length, raw);
}

/** HMAC-DRBG of NIST SP 800-90A 10.1.2 with SHA-256, seeded with 32 bytes. */
export class Draw {
  /** @param {Bytes} seed @returns {Promise<Draw>} */
  static async of(seed) {
    const draw = new Draw();
    await draw.update(seed);
    return draw;
  }

  key = new Uint8Array(32);
  value = new Uint8Array(32).fill(1);

  /** @param {Bytes} data */
  async hmac(data) {
    const way = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", this.key, way, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
  }

  /** @param {Bytes} [data] */
  async update(data = new Uint8Array(0)) {
    for (const mark of data.length ? [0, 1] : [0]) {
      this.key = await this.hmac(concat(this.value, Uint8Array.of(mark), data));
      this.value = await this.hmac(this.value);
    }
  }

  /** @param {number} length @returns {Promise<Bytes>} one generate call */
  async take(length) {
    let output = new Uint8Array(0);
    while (output.length < length) {
      this.value = await this.hmac(this.value);
      output = concat(output, this.value);
    }
    await this.update();
    return output.slice(0, length);
  }

  /** @param {number} bound @returns {Promise<number>} below it, each equally likely */
  async below(bound) {
    const bits = bound > 1 ? 32 - Math.clz32(bound - 1) : 0;
    for (;;) {
      const raw = await this.take(Math.ceil(bits / 8) || 1);
      const number = raw.reduce((sum, byte) => sum * 256 + byte, 0) % 2 ** bits;
      if (number < bound) return number;
    }
  }
}

/** @template T @param {Bytes} seed @param {T[]} options @returns {Promise<T[]>} Fisher–Yates */
export async function shuffled(seed, options) {
  const draw = await Draw.of(seed);
  const order = [...options];
  for (let last = order.length - 1; last > 0; last--) {
    const other = await draw.below(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

// The step about draws: what every bid put in, and what was drawn from it.
import { concat, fromHex, hex, sha256, utf8 } from "../sealing/bytes.js";
import { drawPart } from "../sealing/parts.js";
import { ensure } from "./failure.js";
import { closePoint } from "./log.js";
import { rebuilt } from "./opening.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {Bundle} bundle */
export async function draws(bundle) {
  const { draws: told, live, lot, opened } = bundle;
  /** @type {Map<string, string | null>} */
  const parts = new Map(told.parts.map((/** @type {any} */ each) => [each.commitment, each.part]));
  const same = parts.size === live.length && live.every(({ commitment }) => parts.has(commitment));
  ensure(same, "there are draw parts of other bids than the live ones");
  for (const [named, part] of parts) await checkPart(bundle, named, part);
  const { root } = await closePoint(bundle);
  // Opened or not: whoever may choose not to decrypt must not choose what is drawn.
  const listed = bundle.facts.bids.map((/** @type {any} */ bid) => bid.commitment);
  const put = listed.filter((/** @type {string} */ named) => parts.get(named)).sort();
  const over = put.map((/** @type {string} */ named) => fromHex(parts.get(named) ?? ""));
  for (const { name, seed, options, order } of told.draws) {
    const own = await sha256("SBE/1 draw", prefixed(lot), prefixed(name), root, ...over);
    const sorted = [...new Set(options)].sort();
    const right = hex(own) === seed && sorted.join() === options.join();
    ensure(right, `seed or options of ${name}`);
    const among = sorted.every((named) => opened.has(named));
    const again = await shuffled(own, sorted);
    ensure(among && again.join() === order.join(), `order of ${name}`);
  }
}

/** @param {string} text @returns {Bytes} */
function prefixed(text) {
  const raw = utf8(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, raw.length);
  return concat(length, raw);
}

/** @param {Bundle} bundle @param {string} named @param {string | null} part */
async function checkPart(bundle, named, part) {
  const header = bundle.envelopes.get(named)?.header;
  const hash = header?.draw_part_hash;
  ensure(part === null || hex(await sha256(fromHex(part, 32))) === hash, `draw part of ${named}`);
  if (header?.policy.holder_lock === "committee_only") return;
  const secret = await rebuilt(bundle, named, "open");
  const own = secret && (await drawPart(secret));
  const right = own && hex(await sha256(own)) === hash ? hex(own) : null;
  ensure(part === right, `draw part of ${named} is not what its shares rebuild`);
  ensure(part !== null || !bundle.opened.has(named), `${named} was opened without a draw part`);
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

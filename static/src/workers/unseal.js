// Worker: the bidder's secret out of the holder lock, and own parts opened for a check.
import { CHUNK, TAG } from "../sealing/header.js";
import { Pace } from "../sealing/pace.js";
import * as unseal from "../sealing/unseal.js";
import { serve } from "../sealing/worker-protocol.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */

/** @param {Blob} sealed @returns {AsyncGenerator<Bytes, void, void>} */
async function* chunksOf(sealed) {
  for (let at = 0; at < sealed.size; at += CHUNK + TAG) {
    yield new Uint8Array(await sealed.slice(at, at + CHUNK + TAG).arrayBuffer());
  }
}

serve({
  /** @param {{header: string, bidPair: CryptoKeyPair}} order @returns {Promise<string>} hex */
  holder: ({ header, bidPair }) => unseal.holderSecret(header, bidPair),

  /** @param {{header: string, code: Bytes}} order @returns {Promise<string>} s_holder in hex */
  recovered: ({ header, code }) => unseal.holderSecretByRecovery(header, code),

  /**
   * Opens a sealed part to its end, telling how far it is; what it holds is thrown away.
   * @param {{header: string, part: import("../sealing/header.js").PartName,
   *   secrets: unseal.Secrets, sealed: Blob}} order
   * @param {import("../sealing/worker-protocol.js").Control} control
   * @returns {Promise<{bytes: number}>} content bytes
   */
  async check({ header, part, secrets, sealed }, { report, signal }) {
    const pace = new Pace();
    let bytes = 0;
    for await (const piece of unseal.openPart(header, part, secrets, chunksOf(sealed))) {
      signal.throwIfAborted();
      bytes += piece.length;
      report(pace.at(bytes, sealed.size));
    }
    return { bytes };
  },
});

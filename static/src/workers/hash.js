// Worker: SHA-256 of a file of any size, read in pieces.
import { hex } from "../sealing/bytes.js";
import { Pace } from "../sealing/pace.js";
import { Sha256 } from "../sealing/sha256.js";
import { serve } from "../sealing/worker-protocol.js";

const PIECE = 4 * 1024 * 1024;

serve({
  /**
   * @param {{file: Blob}} order
   * @param {import("../sealing/worker-protocol.js").Control} control
   * @returns {Promise<{sha256: string, size: number}>}
   */
  async sha256({ file }, { report, signal }) {
    const hash = new Sha256();
    const pace = new Pace();
    for (let at = 0; at < file.size; at += PIECE) {
      signal.throwIfAborted();
      hash.add(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
      report(pace.at(Math.min(at + PIECE, file.size), file.size));
    }
    return { sha256: hex(hash.digest()), size: file.size };
  },
});

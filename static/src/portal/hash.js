// The SHA-256 of a file, computed on this machine; the file goes nowhere.
import { hex } from "../sealing/bytes.js";

const LIMIT = 256 * 1024 * 1024;

/**
 * @param {File} file
 * @returns {Promise<string>} 64 hex digits
 * @throws {RangeError} when the file is larger than a browser hashes at once
 */
export async function fileHash(file) {
  if (file.size > LIMIT) throw new RangeError("too large");
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
}

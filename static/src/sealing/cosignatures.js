// Cosignatures of checkpoints (C2SP tlog-cosignature v1): who saw this tree, and at which second.
import { equal, fromBase64, fromHex, sha256, utf8 } from "./bytes.js";
import { SealingError } from "./errors.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{name: string, key: string}} Cosigner name and raw Ed25519 key in hex */

const KIND = 4;
const HEAD = 4 + 8;

/**
 * The body of a note: what is signed, cosigned and stamped.
 * @param {string} note @returns {string} throws LOG-1002
 */
export function bodyOf(note) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new SealingError("LOG-1002", { what: "form" });
  return note.slice(0, cut + 1);
}

/**
 * Who of the known cosigners signed, and when; lines of others say nothing to us.
 * @param {string[]} lines @param {string} body @param {Cosigner[]} cosigners
 * @returns {Promise<{name: string, at: number}[]>} milliseconds since 1970; throws LOG-1002 (form),
 *   LOG-2107 (a known cosigner's line that it never signed)
 */
export async function cosignedAt(lines, body, cosigners) {
  /** @type {{name: string, at: number}[]} */
  const found = [];
  for (const line of lines) {
    const { name, id, seconds, signature } = read(line);
    const known = await byId(cosigners, name, id);
    if (!known || found.some((each) => each.name === name)) continue;
    const message = utf8(`cosignature/v1\ntime ${seconds}\n${body}`);
    const key = fromHex(known.key, 32);
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    const right = await crypto.subtle.verify("Ed25519", imported, signature, message);
    if (!right) throw new SealingError("LOG-2107");
    found.push({ name, at: Number(seconds) * 1000 });
  }
  return found;
}

/** @param {string} line */
function read(line) {
  const found = /^— ([^\s+]+) (\S+)\n?$/u.exec(line);
  const raw = found ? fromBase64(found[2]) : new Uint8Array();
  if (!found || raw.length !== HEAD + 64) {
    throw new SealingError("LOG-1002", { what: "cosignature" });
  }
  const seconds = new DataView(raw.buffer, raw.byteOffset).getBigUint64(4);
  return { name: found[1], id: raw.slice(0, 4), seconds, signature: raw.slice(HEAD) };
}

/** @param {Cosigner[]} cosigners @param {string} name @param {Bytes} id */
async function byId(cosigners, name, id) {
  for (const each of cosigners) {
    const own = await sha256(`${each.name}\n`, Uint8Array.of(KIND), fromHex(each.key, 32));
    if (each.name === name && equal(own.slice(0, 4), id)) return each;
  }
  return null;
}

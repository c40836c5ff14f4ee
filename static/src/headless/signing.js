// The certificate of a person without a browser: the one the demonstration keeps, or a file's.
import { readFile } from "node:fs/promises";
import { SoftSigner } from "../sealing/signer.js";
import { open } from "../sealing/softkey.js";

/** @typedef {import("./session.js").Session} Session */

/** @type {WeakMap<Session, Promise<SoftSigner>>} */
const opened = new WeakMap();

/**
 * The demonstration's certificate of whoever is logged in, opened once: its passphrase is slow.
 * @param {Session} account @returns {Promise<SoftSigner>}
 */
export function demoSigner(account) {
  const known = opened.get(account) ?? account.get("/demo/key").then(unlocked);
  opened.set(account, known);
  known.catch(() => opened.delete(account));
  return known;
}

/** @param {{softkey: any, passphrase: string, certificate_chain: string[]}} held */
async function unlocked({ softkey, passphrase, certificate_chain: chain }) {
  return new SoftSigner(await open(softkey, passphrase), chain);
}

/**
 * @param {string} path a soft key, alone or with its chain; docs/sealed-bid-envelope.md 12
 * @param {string} passphrase
 * @returns {Promise<SoftSigner>} throws ENV-5001 or ENV-5002
 */
export async function fileSigner(path, passphrase) {
  const held = JSON.parse(await readFile(path, "utf8"));
  return new SoftSigner(await open(held.softkey ?? held, passphrase), held.certificate_chain);
}

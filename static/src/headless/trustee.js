// A trustee without a browser: does both releases by itself when their conditions hold.
// node trustee.js --url=… --login=… [--key=FILE --passphrase-env=NAME] [--memory=FILE] [--once]
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { give, wanted } from "../openings/trustee-desk.js";
import { open as openSoftkey } from "../sealing/softkey.js";
import { pause, signIn } from "./session.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../sealing/p256.js").Keys} Keys */
/** @typedef {import("../sealing/trustee.js").Memory} Memory */

const TURN = 2000;

/** @type {Map<string, string>} */
const remembered = new Map();
/** @type {WeakMap<Session, Promise<Keys>>} */
const opened = new WeakMap();

/**
 * Does whatever release is asked of this trustee for the lot right now.
 * @param {Session} account
 * @param {string} lotId
 * @param {{keys: Keys, memory: Memory}} [own] the demonstration's key and this process's memory
 *   when left out
 * @returns {Promise<"list" | "open" | null>} null when nothing is asked
 */
export async function release(account, lotId, own) {
  const { requests } = await account.get("/trustee/requests");
  const request = requests.find((/** @type {any} */ one) => one.lot_id === lotId);
  if (!request?.release || request.paused) return null;
  const order = await wanted(account, lotId);
  if (!order.stage) return null;
  const keys = own?.keys ?? (await demoKeys(account));
  await give(account, order, { keys, memory: own?.memory ?? processMemory(account.login) });
  return order.stage;
}

/** @param {Session} account @returns {Promise<Keys>} */
function demoKeys(account) {
  const known = opened.get(account) ?? account.get("/demo/key").then(unlocked);
  opened.set(account, known);
  return known;
}

/** @param {{softkey: any, passphrase: string}} held */
const unlocked = ({ softkey, passphrase }) => openSoftkey(softkey, passphrase);

/** @param {string} login @returns {Memory} */
function processMemory(login) {
  return {
    get: async (lot) => remembered.get(`${login} ${lot}`) ?? null,
    set: async (lot, manifest) => void remembered.set(`${login} ${lot}`, manifest),
  };
}

/**
 * A memory that outlives the process: one JSON file, written whole.
 * @param {string} path
 * @returns {Memory}
 */
export function fileMemory(path) {
  const read = async () => JSON.parse(await readFile(path, "utf8").catch(() => "{}"));
  return {
    get: async (lot) => (await read())[lot] ?? null,
    set: async (lot, manifest) => {
      const held = { ...(await read()), [lot]: manifest };
      await writeFile(path, `${JSON.stringify(held, null, 2)}\n`, { mode: 0o600 });
    },
  };
}

/** @returns {Promise<void>} runs until stopped; with --once until every present request is done */
async function main() {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      login: { type: "string" },
      key: { type: "string" },
      "passphrase-env": { type: "string", default: "SUNBID_TRUSTEE_PASSPHRASE" },
      memory: { type: "string" },
      once: { type: "boolean", default: false },
    },
  });
  if (!values.url || !values.login) throw new Error("usage: trustee.js --url=… --login=…");
  const account = await signIn(values.url, values.login);
  const keys = values.key
    ? await openSoftkey(await keyFile(values.key), process.env[values["passphrase-env"]] ?? "")
    : await demoKeys(account);
  const memory = values.memory ? fileMemory(values.memory) : processMemory(values.login);
  do {
    await turn(account, { keys, memory });
    if (!values.once) await pause(TURN);
  } while (!values.once);
}

/** @param {string} path */
async function keyFile(path) {
  const held = JSON.parse(await readFile(path, "utf8"));
  return held.softkey ?? held;
}

/** @param {Session} account @param {{keys: Keys, memory: Memory}} own */
async function turn(account, own) {
  const { requests } = await account.get("/trustee/requests");
  for (const { lot_id: lot, number } of requests) {
    try {
      const stage = await release(account, lot, own);
      if (stage) console.log(`${number}: release ${stage} given`);
    } catch (error) {
      // The next turn tries again; what was sent is never told.
      console.error(`${number}: ${error instanceof Error ? error.message : "fault"}`);
    }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

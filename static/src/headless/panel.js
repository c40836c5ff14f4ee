// A member of a rescue panel without a browser: gives a share for every request that holds.
// node panel.js --url=… --login=… [--key=FILE --passphrase-env=NAME] [--lot=ID] [--once]
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { desk, give, isOpen } from "../openings/rescue-desk.js";
import { open as openSoftkey } from "../sealing/softkey.js";
import { pause, signIn } from "./session.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../sealing/p256.js").Keys} Keys */

const TURN = 2000;
/** @type {WeakMap<Session, Promise<Keys>>} */
const opened = new WeakMap();

/**
 * Gives this member's share for every open request, of one lot or of all.
 * @param {Session} account
 * @param {{lotId?: string, keys?: Keys}} [only] the demonstration's key when left out
 * @returns {Promise<number>} how many shares were given
 */
export async function standIn(account, { lotId, keys } = {}) {
  const { requests } = await desk(account);
  const mine = requests.filter((one) => isOpen(one) && (!lotId || one.lot_id === lotId));
  for (const asked of mine) await give(account, asked, keys ?? (await demoKeys(account)));
  return mine.length;
}

/** @param {Session} account @returns {Promise<Keys>} */
function demoKeys(account) {
  const known =
    opened.get(account) ??
    account.get("/demo/key").then(({ softkey, passphrase }) => openSoftkey(softkey, passphrase));
  opened.set(account, known);
  return known;
}

async function main() {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      login: { type: "string" },
      key: { type: "string" },
      "passphrase-env": { type: "string", default: "SUNBID_PANEL_PASSPHRASE" },
      lot: { type: "string" },
      once: { type: "boolean", default: false },
    },
  });
  if (!values.url || !values.login) throw new Error("usage: panel.js --url=… --login=…");
  const account = await signIn(values.url, values.login);
  const keys = values.key
    ? await openSoftkey(await keyFile(values.key), process.env[values["passphrase-env"]] ?? "")
    : undefined;
  do {
    try {
      const given = await standIn(account, { lotId: values.lot, keys });
      if (given) console.log(`${values.login}: ${given} given`);
    } catch (error) {
      // The next turn tries again; what was sent is never told.
      console.error(`${values.login}: ${error instanceof Error ? error.message : "fault"}`);
    }
    if (!values.once) await pause(TURN);
  } while (!values.once);
}

/** @param {string} path */
async function keyFile(path) {
  const held = JSON.parse(await readFile(path, "utf8"));
  return held.softkey ?? held;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

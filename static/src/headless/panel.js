// A member of a rescue panel without a browser: gives a share for every request that holds.
// node panel.js --url=… --login=… [--key=FILE --passphrase-env=NAME] [--lot=ID] [--once]
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { desk, give, isOpen } from "../openings/rescue-desk.js";
import { pause, signIn } from "./session.js";
import { demoSigner, fileSigner } from "./signing.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../sealing/p256.js").Keys} Keys */

const TURN = 2000;

/**
 * Gives this member's share for every open request, of one lot or of all.
 * @param {Session} account
 * @param {{lotId?: string, keys?: Keys}} [only] the demonstration's key when left out
 * @returns {Promise<number>} how many shares were given
 */
export async function standIn(account, { lotId, keys } = {}) {
  const { requests } = await desk(account);
  const mine = requests.filter((one) => isOpen(one) && (!lotId || one.lot_id === lotId));
  for (const asked of mine) await give(account, asked, keys ?? (await demoSigner(account)).keys);
  return mine.length;
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
  const passphrase = process.env[values["passphrase-env"]] ?? "";
  const keys = values.key ? (await fileSigner(values.key, passphrase)).keys : undefined;
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

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

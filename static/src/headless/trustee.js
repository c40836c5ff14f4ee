// A trustee without a browser: does both releases by itself when their conditions hold.
// node trustee.js --url=… --login=… [--key=FILE --passphrase-env=NAME] [--memory=FILE] [--once]
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { give, wanted } from "../openings/trustee-desk.js";
import { pause, signIn } from "./session.js";
import { demoSigner, fileSigner } from "./signing.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../sealing/p256.js").Keys} Keys */
/** @typedef {import("../sealing/trustee.js").Memory} Memory */
/** @typedef {{keys: Keys, memory: Memory, watcher?: import("../sealing/gate.js").Watcher}} Own */

const TURN = 2000;

/** @type {Map<string, string>} */
const remembered = new Map();

/**
 * Does whatever release is asked of this trustee for the lot right now.
 * @param {Session} account
 * @param {string} lotId
 * @param {Own} [own] the demonstration's key and this process's memory when left out
 * @returns {Promise<"list" | "open" | null>} null when nothing is asked
 */
export async function release(account, lotId, own) {
  const { requests } = await account.get("/trustee/requests");
  const request = requests.find((/** @type {any} */ one) => one.lot_id === lotId);
  if (!request?.release || request.paused || request.declined?.includes(request.release))
    return null;
  const order = await wanted(account, lotId);
  if (!order.stage) return null;
  const keys = own?.keys ?? (await demoSigner(account)).keys;
  const memory = own?.memory ?? processMemory(account.login);
  await give(account, order, { keys, memory }, own?.watcher);
  return order.stage;
}

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
  const passphrase = process.env[values["passphrase-env"]] ?? "";
  const { keys } = values.key
    ? await fileSigner(values.key, passphrase)
    : await demoSigner(account);
  const memory = values.memory ? fileMemory(values.memory) : processMemory(values.login);
  const log = once();
  do {
    await turn(account, { keys, memory }, log);
    if (!values.once) await pause(TURN);
  } while (!values.once);
}

/**
 * One look at everything that is asked. A server that does not answer is asked again next turn.
 * @param {Session} account @param {Own} own @param {(line: string) => void} log
 */
async function turn(account, own, log) {
  const { requests } = await account
    .get("/trustee/requests")
    .catch((/** @type {Error} */ error) => {
      log(error.message);
      return { requests: [] };
    });
  for (const request of requests) {
    const { lot_id: lot, number } = request;
    const tell = (/** @type {string} */ words) => log(`${number}: ${words}`);
    try {
      const stage = await release(account, lot, { ...own, watcher: reporter(tell) });
      if (stage) tell(`release ${stage} given`);
      else tell(standing(request));
    } catch (error) {
      // The next turn tries again; what was sent is never told.
      tell(error instanceof Error ? error.message : "fault");
    }
  }
}

/**
 * Says which check passed, by its name in the specification, and which one stopped the release.
 * @param {(words: string) => void} tell
 * @returns {import("../sealing/gate.js").Watcher}
 */
const reporter = (tell) => ({
  passed: (step, facts) => tell(`${step} holds${counted(facts)}`),
  failed: (step, code) => tell(`${step} FAILS (${code}), nothing is released`),
});

/** @param {Record<string, any>} facts the plain numbers and the digest among them */
function counted(facts) {
  const plain = Object.entries(facts).filter(([, value]) =>
    ["number", "string"].includes(typeof value),
  );
  return plain.length ? `: ${plain.map(([name, value]) => `${name} ${value}`).join(", ")}` : "";
}

/** @param {any} request */
function standing({
  stage,
  have,
  threshold,
  paused,
  declined,
  release: asked,
  close_state: close,
}) {
  if (paused) return "the opening is paused";
  if (asked && declined?.includes(asked)) return `release ${asked} was refused by this trustee`;
  if (stage === "deadline_lock")
    return `waiting, ${have.list} of ${threshold} released, close ${close}`;
  if (stage === "opening") return `waiting, ${have.open} of ${threshold} released`;
  return `nothing to release (${stage})`;
}

/** A line is said once, not every turn. @returns {(line: string) => void} */
function once() {
  /** @type {Map<string, string>} */
  const last = new Map();
  return (line) => {
    const about = line.split(":")[0];
    if (last.get(about) === line) return;
    last.set(about, line);
    console.log(line);
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

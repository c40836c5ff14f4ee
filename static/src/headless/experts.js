// An expert without a browser: answers, checks in, pledges, votes, marks, confirms, signs.
// node experts.js --url=… --room=… --login=… [--marks=FILE]: until nothing is asked any more.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as member from "../evaluation/member.js";
import * as scoring from "../evaluation/sheets.js";
import { open as openSoftkey } from "../sealing/softkey.js";
import { plausible } from "./marks.js";
import { pause, signIn } from "./session.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("../evaluation/sheets.js").SheetStage} SheetStage */
/** @typedef {{account: Session, key: OpenKey}} Expert */
/** @typedef {(stage: SheetStage, bid: any, seat: number, plan: any) => Promise<import("../evaluation/sheets.js").Marks>} Marking */

const TURN = 400;
const TURNS = 300;

/** @type {Record<string, (expert: Expert, room: string, state: any, marking: Marking) => Promise<string | null>>} */
const STAGES = {
  inviting: answer,
  check_in: arrive,
  election: elect,
  qualification: score,
  technical: score,
  price: confirm,
  signing: sign,
};

/** @type {Marking} */
const AS_SEEN = (stage, bid, seat, plan) => plausible(plan, stage, { seat, bid: bid.commitment });

/**
 * Logs in with the demonstration's certificate.
 * @param {string} url @param {string} login @returns {Promise<Expert>}
 */
export async function enter(url, login) {
  const account = await signIn(url, login);
  const held = await account.get("/demo/key");
  const keys = await openSoftkey(held.softkey, held.passphrase);
  return { account, key: { keys, chain: held.certificate_chain } };
}

/**
 * Does the one thing the room asks of this expert now.
 * @param {Expert} expert @param {string} room @param {Marking} [marking]
 * @returns {Promise<string | null>} its name, null when nothing is asked
 */
export async function act(expert, room, marking = AS_SEEN) {
  const state = await member.roomState(expert.account, room);
  if (state.paused) return null;
  return (await STAGES[state.stage]?.(expert, room, state, marking)) ?? null;
}

/** @param {Expert} expert @param {string} room @param {any} state */
async function answer({ account }, room, state) {
  if (state.state !== "invited") return null;
  await member.answerInvitation(account, room, "accept");
  return "accepted";
}

/** @param {Expert} expert @param {string} room @param {any} state */
async function arrive({ account, key }, room, state) {
  if (state.state === "invited") return answer({ account, key }, room, state);
  if (state.state === "accepted") {
    await member.checkIn(account, room, key);
    return "checked_in";
  }
  if (state.state !== "checked_in") return null;
  await member.pledge(account, room, key);
  return "pledged";
}

/** Three of five find one name at once. @param {Expert} expert @param {string} room @param {any} state */
async function elect({ account }, room, state) {
  if (state.election?.voted) return null;
  const names = state.election?.tied ?? state.members.map((/** @type {any} */ one) => one.seat);
  const others = names.filter((/** @type {number} */ seat) => seat !== state.seat);
  const choice = state.election?.round > 1 ? names[0] : (others[0] ?? names[0]);
  await member.vote(account, room, choice);
  return "voted";
}

/** One sheet at a time. @param {Expert} expert @param {string} room @param {any} state @param {Marking} marking */
async function score({ account, key }, room, state, marking) {
  const { own } = await scoring.sheets(account, room);
  const stage = /** @type {SheetStage} */ (state.stage);
  const handed = new Set(
    own
      .filter((/** @type {any} */ one) => one.stage === stage && one.state !== "returned")
      .map((/** @type {any} */ one) => one.bid),
  );
  const bid = state.bids.find((/** @type {any} */ one) => !handed.has(one.commitment));
  if (!bid) return null;
  const marks = await marking(stage, bid, state.seat, state.plan);
  const place = { room, stage, seat: state.seat, bid: bid.commitment };
  const keys = { roomKey: state.public_key, signing: key.keys.signing };
  await scoring.submitSheet(account, room, await scoring.makeSheet(place, marks, keys));
  return "submitted";
}

/** @param {Expert} expert @param {string} room @param {any} state */
async function confirm({ account }, room, state) {
  const { confirmed } = await scoring.results(account, room);
  if (confirmed.includes(state.seat)) return null;
  await scoring.confirmPrices(account, room);
  return "confirmed";
}

/** @param {Expert} expert @param {string} room @param {any} state */
async function sign({ account, key }, room, state) {
  const { digest, signatures } = await member.report(account, room);
  if (!digest || signatures.some((/** @type {any} */ one) => one.seat === state.seat)) return null;
  await member.signReport(account, room, key, { answer: "agree" });
  return "signed";
}

/**
 * Marks from a file: {"qualification": {"1": {"licence": ["pass", …by seat]}}, …} by bid number.
 * @param {string} path @returns {Promise<Marking>}
 */
async function fromFile(path) {
  const told = JSON.parse(await readFile(path, "utf8"));
  return async (stage, bid, seat) =>
    Object.fromEntries(
      Object.entries(told[stage][bid.number]).map(([key, seats]) => [
        key,
        { value: /** @type {string[]} */ (seats)[seat - 1], note: "" },
      ]),
    );
}

/** @returns {Promise<void>} */
async function main() {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      room: { type: "string" },
      login: { type: "string" },
      marks: { type: "string" },
    },
  });
  if (!values.url || !values.room || !values.login)
    throw new Error("usage: experts.js --url=… --room=… --login=… [--marks=FILE]");
  const expert = await enter(values.url, values.login);
  const marking = values.marks ? await fromFile(values.marks) : AS_SEEN;
  for (let turn = 0; turn < TURNS; turn++) {
    const done = await act(expert, values.room, marking);
    if (done === "signed") return;
    if (!done) await pause(TURN);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

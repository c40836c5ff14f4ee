// An expert without a browser: answers, checks in, pledges, votes, marks, confirms, signs.
// node experts.js --url=… --room=… --login=… [--marks=FILE]: until nothing is asked any more.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as member from "../evaluation/member.js";
import * as scoring from "../evaluation/sheets.js";
import { plausible } from "./marks.js";
import { pause, signIn } from "./session.js";
import { demoSigner } from "./signing.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("../evaluation/sheets.js").SheetStage} SheetStage */
/** @typedef {{account: Session, key: OpenKey}} Expert */
/** @typedef {(stage: SheetStage, bid: any, seat: number, plan: any) => Promise<import("../evaluation/sheets.js").Marks>} Marking */

const TURN = 400;
const TURNS = 1500;
const REASON = "方案与招标要求的符合程度差异明显，分值与评分标准对应。";

/** @typedef {(expert: Expert, room: string, state: any, marking: Marking) => Promise<string | null>} Act */

/** @type {Record<string, Act>} what the room itself asks */
const ACTIONS = { answer, check_in: checkIn, pledge, vote };
/** @type {Record<string, Act>} the work of each stage */
const STAGES = { qualification: score, technical: score, price: confirm, signing: sign };

/** @type {Marking} */
const AS_SEEN = (stage, bid, seat, plan) => plausible(plan, stage, { seat, bid: bid.bid });

/**
 * Logs in with the demonstration's certificate.
 * @param {string} url @param {string} login @returns {Promise<Expert>}
 */
export async function enter(url, login) {
  const account = await signIn(url, login);
  return { account, key: await demoSigner(account) };
}

/**
 * Does the one thing the room asks of this expert now.
 * @param {Expert} expert @param {string} room @param {Marking} [marking]
 * @returns {Promise<string | null>} its name, null when nothing is asked
 */
export async function act(expert, room, marking = AS_SEEN) {
  const state = await member.roomState(expert.account, room);
  if (state.paused) return null;
  const asked = state.actions.find((/** @type {string} */ action) => action in ACTIONS);
  const next = asked ? ACTIONS[asked] : STAGES[state.stage];
  return (await next?.(expert, room, state, marking)) ?? null;
}

/** @type {Act} */
async function answer({ account }, room) {
  await member.answerInvitation(account, room, "accept");
  return "accepted";
}

/** @type {Act} */
async function checkIn({ account, key }, room) {
  await member.checkIn(account, room, key);
  return "checked_in";
}

/** @type {Act} */
async function pledge({ account, key }, room) {
  await member.pledge(account, room, key);
  return "pledged";
}

/** Most find one name at once. @type {Act} */
async function vote({ account }, room, { seat, members, election }) {
  if (election.voted) return null;
  /** @type {number[]} */
  const names = election.tied ?? members.map((/** @type {any} */ one) => one.seat);
  await member.vote(account, room, names.find((each) => each !== seat) ?? names[0]);
  return "voted";
}

/** One sheet at a time. @type {Act} */
async function score({ account, key }, room, state, marking) {
  const { stage, mine } = await scoring.sheets(account, room);
  const next = mine.find((/** @type {any} */ one) => one.state !== "submitted");
  if (!next) return null;
  const place = { room, stage, seat: state.seat, bid: next.bid };
  const marks = await marking(stage, next, state.seat, state.plan);
  const keys = { roomKey: state.public_key, signing: key.keys.signing };
  await scoring.submitSheet(account, room, await scoring.makeSheet(place, marks, keys));
  return "submitted";
}

/** @type {Act} */
async function confirm({ account }, room, state) {
  const { confirmed, reasons_due: due } = await scoring.results(account, room);
  if (confirmed.some((/** @type {any} */ one) => one.seat === state.seat)) return null;
  const reasons = Object.fromEntries(due.map((/** @type {string} */ bid) => [bid, REASON]));
  await scoring.confirmPrices(account, room, reasons);
  return "confirmed";
}

/** @type {Act} */
async function sign({ account, key }, room, state) {
  const { frozen, signatures } = await member.report(account, room);
  if (!frozen || signatures.some((/** @type {any} */ one) => one.seat === state.seat)) return null;
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

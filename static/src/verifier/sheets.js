// The step "sheets": what every member marked, signed, logged in time. docs/evaluation-bundle.md 3.
import { concat, fromHex, hex, sha256 } from "../sealing/bytes.js";
import { canonical, parse } from "../sealing/jcs.js";
import { Failed, ensure } from "./failure.js";
import { checkpoint, extended, included } from "./log.js";
import { p256Holds } from "./marks.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./bundle.js").Evaluation} Evaluation */
/** @typedef {import("./papers.js").Proof} Proof */

/** @param {Bundle} bundle @returns {Evaluation} */
export function evaluationOf({ evaluation }) {
  if (!evaluation) throw new Failed("the bundle holds no evaluation");
  return evaluation;
}

/**
 * The leaf says so, is in the log, and the evaluation's last checkpoint extends its.
 * @param {Bundle} bundle @param {Proof} proof @param {string} kind
 * @param {Record<string, unknown>} body
 */
export async function leafHolds(bundle, proof, kind, body) {
  await extends_(bundle, await included(bundle, proof, kind, body));
}

/** @param {Bundle} bundle @param {import("./log.js").Point} older */
export async function extends_(bundle, older) {
  const { log } = evaluationOf(bundle);
  await extended(older, await checkpoint(bundle, log.checkpoint), log.consistency);
}

/** @param {Bundle} bundle */
export async function sheets(bundle) {
  const told = evaluationOf(bundle);
  const { facts } = told;
  /** @type {any[]} */
  const rows = facts.sheets;
  const same = rows.length === told.sheets.size && rows.every((r) => told.sheets.has(r.commitment));
  ensure(same, "published sheets are not those of the report");
  const keys = new Map(facts.committee.map((/** @type {any} */ m) => [m.seat, m.key]));
  ensure(new Set(keys.values()).size === keys.size, "two seats share a key");
  const places = [];
  for (const row of rows) {
    await sheet(bundle, row, keys.get(row.seat) ?? "");
    places.push(`${row.stage} ${row.seat} ${row.bid}`);
  }
  const bids = facts.bids.map((/** @type {any} */ bid) => bid.commitment);
  const verdicts = facts.result.verdicts.filter((/** @type {any} */ each) => each.admitted);
  const going = facts.plan.items.length ? verdicts.map((/** @type {any} */ v) => v.commitment) : [];
  const wanted = [...keys.keys()].flatMap((seat) => [
    ...bids.map((/** @type {string} */ bid) => `qualification ${seat} ${bid}`),
    ...going.map((/** @type {string} */ bid) => `technical ${seat} ${bid}`),
  ]);
  const whole = places.sort().join() === wanted.sort().join();
  ensure(whole, "a member's sheet is missing or surplus");
}

/** @param {Bundle} bundle @param {any} row of the facts @param {string} key of its seat */
async function sheet(bundle, row, key) {
  const { facts, frozen, sheets: held } = evaluationOf(bundle);
  const { room } = facts;
  const { commitment, stage, seat, bid, marks } = row;
  const { text, signature, proof } = held.get(commitment) ?? { text: "", signature: "" };
  const own = hex(await sha256("sunbid sheet/1\0", text));
  ensure(own === commitment, `sheet ${commitment} is not what was committed to`);
  const content = parse(text);
  for (const [name, value] of Object.entries({ stage, seat, bid, marks, room })) {
    const told = canonical(content[name] ?? null) === canonical(value);
    ensure(told, `the report tells sheet ${commitment} otherwise`);
  }
  const message = concat("sunbid sheet/1 signature\0", fromHex(commitment, 32));
  const signed = await p256Holds(fromHex(key, 65), message, fromHex(signature, 64));
  ensure(signed && proof, `signature of sheet ${commitment}`);
  if (!proof) return;
  await leafHolds(bundle, proof, "sheet_submitted", { room, commitment });
  ensure(proof.index < frozen.index, `sheet ${commitment} was logged after the report`);
}

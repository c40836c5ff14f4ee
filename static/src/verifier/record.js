// The step about what bidders said: answers to the record, objections, supplements.
import { fromHex, hex, sha256, utf8 } from "../sealing/bytes.js";
import { canonical, parse } from "../sealing/jcs.js";
import { Failed, ensure } from "./failure.js";
import { p256Holds } from "./marks.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */

const ANSWER = "SBE/1 record answer";
const OBJECTION = "SBE/1 objection";
const SUPPLEMENT = "SBE/1 record supplement";

/** @param {Bundle} bundle */
export async function record(bundle) {
  /** @type {Map<number, any>} */
  const seats = new Map(bundle.facts.bids.map((/** @type {any} */ row) => [row.seat, row]));
  for (const row of seats.values()) await checkAnswer(bundle, row);
  const told = [bundle.facts, ...(await supplements(bundle))];
  const objections = told.flatMap(({ objections: own }) => own);
  const through = objections.every(({ no }, at) => no === at + 1);
  ensure(through, "objections are not numbered through");
  for (const each of objections) await checkObjection(bundle, seats.get(each.seat), each);
  const said = new Set(objections.map(({ statement }) => statement));
  for (const { seat, answer, statement } of seats.values()) {
    const there = answer !== "objected" || said.has(statement);
    ensure(there, `the objection of seat ${seat} to the record is missing`);
  }
}

/** @param {Bundle} bundle @param {any} row */
async function checkAnswer(bundle, row) {
  const { seat, answer, statement, statement_signature: signature } = row;
  if (answer !== "agreed" && answer !== "objected") {
    const silent = statement === null && (answer === null || answer === "deemed");
    return ensure(silent, `seat ${seat} is told to have answered otherwise`);
  }
  const told = await signed(bundle, row, statement, signature);
  const same =
    told.format === ANSWER && told.record === bundle.facts.read_out && told.answer === answer;
  return ensure(same, `seat ${seat} answered otherwise`);
}

/** @param {Bundle} bundle @param {any} row @param {any} each */
async function checkObjection(bundle, row, each) {
  if (!row) throw new Failed(`objection ${each.no} of an unknown seat`);
  const told = await signed(bundle, row, each.statement, each.signature);
  const known = told.format === ANSWER || told.format === OBJECTION;
  const files = canonical(told.attachments ?? []) === canonical(each.attachments);
  ensure(known && files && told.text === each.text, `objection ${each.no} was worded otherwise`);
  ensure(each.reply !== null, `objection ${each.no} has no answer`);
}

/**
 * A statement of the bidder on a seat about this lot, by its envelope's key.
 * @param {Bundle} bundle @param {any} row @param {any} statement @param {any} signature
 * @returns {Promise<any>}
 */
async function signed({ envelopes, lot }, row, statement, signature) {
  const { header } = envelopes.get(row.commitment) ?? {};
  if (!header) throw new Failed(`${row.commitment} is unknown`);
  const key = fromHex(header.signing_key, 65);
  const held = await p256Holds(key, utf8(String(statement)), fromHex(String(signature), 64));
  ensure(held, `signature of the bidder on seat ${row.seat}`);
  /** @type {any} */
  const told = parse(statement);
  const about =
    told?.lot === lot && told.pseudonym === header.context.pseudonym && told.seat === row.seat;
  ensure(about, `a statement of seat ${row.seat} about something else`);
  return told;
}

/** @param {Bundle} bundle @returns {Promise<any[]>} in order, each naming the one before it */
async function supplements(bundle) {
  let former = bundle.record;
  const found = [];
  for (const [at, { raw, value }] of bundle.supplements.entries()) {
    const own =
      value?.format === SUPPLEMENT &&
      value.lot === bundle.lot &&
      value.no === at + 2 &&
      value.former === former;
    ensure(own, `supplement ${at + 2} is another's`);
    former = hex(await sha256(raw));
    found.push(value);
  }
  return found;
}

// The step "draw": pool, nonces and order of the experts, and who sat. docs/evaluation-bundle.md 2.
import { concat, fromHex, hex, sha256 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { shuffled } from "../sealing/draws.js";
import { Failed, ensure } from "./failure.js";
import { evaluationOf, leafHolds } from "./sheets.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {{expert: string, employer: string, site: string, declared: boolean,
 *   past: {employer: string, until: string}[]}} Candidate */

const PARTIES = ["agency", "centre", "supervisor"];

/** @param {Bundle} bundle */
export async function draw(bundle) {
  const told = evaluationOf(bundle);
  const { facts, record } = told;
  const own = facts.format === "sunbid report/1" && record.pool.format === "sunbid pool/1";
  const here = facts.lot.ref === bundle.lot && record.pool.lot === bundle.lot;
  ensure(own && here, "report or pool are of another lot");
  const recordHash = hex(await sha256(canonical(record)));
  ensure(recordHash === facts.draw.record, "the report names another draw");
  const order = await redrawn(record, facts);
  const seating = reseated(record, order);
  /** @type {any[]} */
  const committee = facts.committee;
  const drawn =
    committee.length === seating.length &&
    committee.every(({ seat, expert }, i) => seat === i + 1 && expert === seating[i]);
  ensure(drawn, "the committee is not the one that was drawn");
  const sites = new Map(record.pool.candidates.map((/** @type {any} */ c) => [c.expert, c.site]));
  const sat = committee.every(({ expert, site }) => sites.get(expert) === site);
  ensure(sat, "a member sat at another site");
  await logged(bundle, told);
}

/** @param {any} record @param {any} facts @returns {Promise<string[]>} digest, nonces, seed, order */
async function redrawn(record, facts) {
  const { pool, name, parties } = record;
  const digest = await sha256("sunbid pool/1", canonical(pool));
  ensure(sorted(pool) && hex(digest) === record.pool_digest, "digest of the pool");
  const names = parties.map((/** @type {any} */ each) => each.party).sort();
  ensure(names.join() === PARTIES.join(), "parties of the draw");
  const nonces = new Map();
  for (const { party, nonce, commitment } of parties) {
    const told = `\0${pool.lot}\0${name}\0${party}\0`;
    const own = await sha256("sunbid draw nonce/1", told, fromHex(nonce, 32));
    ensure(hex(own) === commitment, `the nonce of ${party} is not what was committed to`);
    nonces.set(party, fromHex(nonce, 32));
  }
  const head = concat("sunbid experts draw/1", `\0${pool.lot}\0${name}\0`, digest);
  const seed = await sha256(head, ...PARTIES.map((party) => nonces.get(party)));
  const same = hex(seed) === record.seed && record.seed === facts.draw.seed;
  ensure(same, "seed of the draw");
  const order = await shuffled(
    seed,
    eligible(pool).map(({ expert }) => expert),
  );
  ensure(canonical(order) === canonical(record.order), "order of the draw");
  return order;
}

/** @param {any} pool its lists in the order that its digest is over */
function sorted({ avoid, candidates }) {
  const tokens = candidates.map((/** @type {Candidate} */ each) => each.expert);
  return [avoid, tokens].every((list) => canonical([...list].sort()) === canonical(list));
}

/** @param {any} pool @returns {Candidate[]} whoever may be drawn, by token */
function eligible({ avoid, candidates, on, years }) {
  const since = yearsBefore(on, years);
  /** @type {(candidate: Candidate) => boolean} */
  const free = ({ declared, employer, past }) =>
    !declared &&
    !avoid.includes(employer) &&
    !past.some((each) => avoid.includes(each.employer) && each.until >= since);
  return candidates.filter(free);
}

/** @param {string} day YYYY-MM-DD @param {number} years 29 February becomes the 28th */
function yearsBefore(day, years) {
  const [year, month, date] = day.split("-").map(Number);
  const moved = new Date(Date.UTC(year - years, month - 1, date));
  if (moved.getUTCMonth() !== month - 1) moved.setUTCDate(0);
  return moved.toISOString().slice(0, 10);
}

/** @param {any} record @param {string[]} order @returns {(string | null)[]} the last seating */
function reseated({ pool, outs }, order) {
  /** @type {Set<string>} */
  const gone = new Set();
  /** @type {(string | null)[]} */
  let seating = Array.from({ length: pool.seats }, () => null);
  for (let seat = 0; seat < seating.length; seat++)
    seating[seat] = next(pool, order, seating, gone);
  for (const { seat, expert } of outs) {
    ensure(seating[seat - 1] === expert, "nobody of that name sat there");
    gone.add(expert);
    seating = [...seating];
    seating[seat - 1] = null;
    seating[seat - 1] = next(pool, order, seating, gone);
  }
  return seating;
}

/**
 * One member per employer, every site manned.
 * @param {any} pool @param {string[]} order @param {(string | null)[]} seating
 * @param {Set<string>} gone
 */
function next(pool, order, seating, gone) {
  const known = new Map(pool.candidates.map((/** @type {Candidate} */ c) => [c.expert, c]));
  const sitting = seating.flatMap((token) => (token === null ? [] : [known.get(token)]));
  const employers = new Set(sitting.map(({ employer }) => employer));
  const manned = new Set(sitting.map(({ site }) => site));
  const free = eligible(pool);
  const missing = new Set(free.map(({ site }) => site).filter((site) => !manned.has(site)));
  const empty = seating.length - sitting.length;
  for (const token of order) {
    const candidate = known.get(token);
    if (gone.has(token) || seating.includes(token) || employers.has(candidate.employer)) continue;
    const taken = new Set([...employers, candidate.employer]);
    const unmanned = [...missing].filter((site) => site !== candidate.site);
    const left = free.filter(({ expert, employer }) => !gone.has(expert) && !taken.has(employer));
    const sites = new Set(left.map(({ site }) => site));
    if (unmanned.length < empty && unmanned.every((site) => sites.has(site))) return token;
  }
  return null;
}

/** @param {Bundle} bundle @param {import("./bundle.js").Evaluation} told pool, then all, then all */
async function logged(bundle, { proofs, record }) {
  const base = { lot: bundle.lot, draw: record.name };
  /** @param {string} name */
  const proofOf = (name) => {
    if (!Object.hasOwn(proofs, name)) throw new Failed(`${name} has no place in the log`);
    return proofs[name];
  };
  const pool = proofOf("pool");
  await leafHolds(bundle, pool, "evaluation_pool", { ...base, pool: record.pool_digest });
  const committed = [];
  const revealed = [];
  for (const { party, commitment, nonce } of record.parties) {
    const promise = proofOf(`commitment/${party}`);
    const word = proofOf(`nonce/${party}`);
    await leafHolds(bundle, promise, "evaluation_commitment", { ...base, party, commitment });
    await leafHolds(bundle, word, "evaluation_nonce", { ...base, party, nonce });
    committed.push(promise.index);
    revealed.push(word.index);
  }
  const inOrder =
    pool.index < Math.min(...committed) && Math.max(...committed) < Math.min(...revealed);
  ensure(inOrder, "pool, commitments and nonces were not logged in this order");
}

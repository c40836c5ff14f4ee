// The step about draws: what every bid put in, and what was drawn from it.
import { fromHex, hex, sha256 } from "../sealing/bytes.js";
import { lotSeed, shuffled } from "../sealing/draws.js";
import { policyDigest } from "../sealing/header.js";
import { canonical } from "../sealing/jcs.js";
import { drawPart } from "../sealing/parts.js";
import { drawParameter } from "../sealing/parameters.js";
import { ensure } from "./failure.js";
import { closePoint, extended, included } from "./log.js";
import { rebuilt } from "./opening.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {Bundle} bundle */
export async function draws(bundle) {
  const { draws: told, live, lot, opened } = bundle;
  /** @type {Map<string, string | null>} */
  const parts = new Map(told.parts.map((/** @type {any} */ each) => [each.commitment, each.part]));
  const same = parts.size === live.length && live.every(({ commitment }) => parts.has(commitment));
  ensure(same, "there are draw parts of other bids than the live ones");
  for (const [named, part] of parts) await checkPart(bundle, named, part);
  const { root } = await closePoint(bundle);
  // Opened or not: whoever may choose not to decrypt must not choose what is drawn.
  const put = new Map(listed(bundle).map((named) => [named, parts.get(named) ?? null]));
  for (const { name, seed, options, order } of told.draws) {
    const own = await lotSeed({ lot, name, root, parts: put });
    const sorted = [...new Set(options)].sort();
    const right = hex(own) === seed && sorted.join() === options.join();
    ensure(right, `seed or options of ${name}`);
    const among = sorted.every((named) => opened.has(named));
    const again = await shuffled(own, sorted);
    ensure(among && again.join() === order.join(), `order of ${name}`);
  }
  await drawnAgain(bundle, root, put);
  await toldAlike(bundle, put);
}

/** @param {Bundle} bundle @returns {string[]} commitments of the opening's list, sorted */
const listed = ({ facts }) => facts.bids.map((/** @type {any} */ bid) => bid.commitment).sort();

/**
 * Each parameter from the same parts, in order: seed, options and value follow.
 * @param {Bundle} bundle @param {Bytes} root @param {Map<string, string | null>} parts
 */
async function drawnAgain({ lot, draws: told, opened, facts }, root, parts) {
  const prices = new Map([...opened].map(([named, { opening }]) => [named, opening.price_fen]));
  const inputs = { lot, root, parts, prices, ceiling: facts.lot.ceiling_fen };
  /** @type {Map<string, string | null>} */
  const earlier = new Map();
  for (const { parameter, seed, options, index, value } of told.parameters) {
    const { name } = parameter;
    const found = await drawParameter(parameter, inputs, earlier);
    ensure(found.seed === seed, `seed of parameter ${name}`);
    ensure(found.options?.join() === options.join(), `options of parameter ${name}`);
    ensure(found.index === index && found.value === value, `value of parameter ${name}`);
    earlier.set(name, value);
  }
}

/**
 * What was drawn is what the notice published, and what record and evaluation tell.
 * @param {Bundle} bundle @param {Map<string, string | null>} parts of the listed bids, sorted
 */
async function toldAlike(bundle, parts) {
  const { draws: told, facts, evaluation } = bundle;
  const published = told.notice ? await publishedBy(bundle, told.notice) : [];
  const drawn = told.parameters.map((/** @type {any} */ each) => each.parameter);
  const same = canonical(drawn) === canonical(published);
  ensure(same, "other parameters were drawn than the notice published");
  const bare = facts.draws.drawn.map((/** @type {any} */ { at, log_leaf, ...rest }) => {
    (void at, log_leaf);
    return rest;
  });
  const alike =
    canonical(bare) === canonical(told.parameters) &&
    canonical(facts.draws.published) === canonical(published);
  ensure(alike, "the record tells other draws");
  const put = published.length
    ? [...parts].map(([commitment, part]) => ({ commitment, part }))
    : [];
  const partsAlike = canonical(facts.draws.parts) === canonical(put);
  ensure(partsAlike, "the record tells other draw parts");
  if (!evaluation) return;
  const values = Object.fromEntries(
    told.parameters.map((/** @type {any} */ each) => [each.parameter.name, each.value]),
  );
  const handed =
    canonical(evaluation.facts.plan.draws ?? []) === canonical(published) &&
    canonical(evaluation.facts.drawn) === canonical(values);
  ensure(handed, "the evaluation was handed other parameters");
}

/**
 * The draws of the notice, which was logged before the close and is this lot's.
 * @param {Bundle} bundle @param {{body: any, proof: import("./papers.js").Proof}} notice
 * @returns {Promise<any[]>}
 */
async function publishedBy(bundle, { body, proof }) {
  const digest = hex(await sha256("sunbid notice/1", Uint8Array.of(0), canonical(body)));
  const about = { lot: bundle.lot, digest, policy_digest: body.policy_digest };
  const known = await Promise.all(bundle.policies.map(policyDigest));
  ensure(known.includes(body.policy_digest), "no bid was sealed under the notice");
  const point = await included(bundle, proof, "notice", about);
  await extended(point, await closePoint(bundle), bundle.close.consistency);
  const ceiling = body.ceiling_fen === bundle.facts.lot.ceiling_fen;
  ensure(ceiling, "the record names another ceiling than the notice");
  return body.evaluation_plan.draws ?? [];
}

/** @param {Bundle} bundle @param {string} named @param {string | null} part */
async function checkPart(bundle, named, part) {
  const header = bundle.envelopes.get(named)?.header;
  const hash = header?.draw_part_hash;
  ensure(part === null || hex(await sha256(fromHex(part, 32))) === hash, `draw part of ${named}`);
  if (header?.policy.holder_lock === "committee_only") return;
  const secret = await rebuilt(bundle, named, "open");
  const own = secret && (await drawPart(secret));
  const right = own && hex(await sha256(own)) === hash ? hex(own) : null;
  ensure(part === right, `draw part of ${named} is not what its shares rebuild`);
  ensure(part !== null || !bundle.opened.has(named), `${named} was opened without a draw part`);
}

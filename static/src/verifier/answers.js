// The last steps: what the members signed, and the award. docs/evaluation-bundle.md 4.
import { concat, fromHex, hex, sha256 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { certificate, pointOf } from "../sealing/certificates.js";
import { ensure } from "./failure.js";
import { checkpoint, closePoint, extended, included } from "./log.js";
import { p256Holds } from "./marks.js";
import { evaluationOf, extends_, leafHolds } from "./sheets.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */

/** @param {Bundle} bundle every seat answered once, with its own key, for exactly these facts */
export async function report(bundle) {
  const told = evaluationOf(bundle);
  const { facts, frozen, issued } = told;
  const { room } = facts;
  const digest = hex(await sha256(told.raw));
  await leafHolds(bundle, frozen, "evaluation_report", { room, facts: digest });
  const keys = new Map(facts.committee.map((/** @type {any} */ m) => [m.seat, m.key]));
  const seats = told.answers.map(({ seat }) => seat).sort((a, b) => a - b);
  const once = seats.join() === [...keys.keys()].sort((a, b) => a - b).join();
  ensure(once, "not every member has answered once");
  for (const { seat, answer, opinion, signature, proof } of told.answers) {
    const text = canonical({ answer, digest, opinion, room, seat });
    const deemed = answer === "deemed";
    const formed = deemed === !signature && (answer === "dissent") === Boolean(opinion);
    ensure(formed, `answer of seat ${seat}`);
    const message = concat("sunbid report/1\0", text);
    const key = fromHex(keys.get(seat), 65);
    const signed = deemed || (await p256Holds(key, message, fromHex(signature, 64)));
    ensure(signed, `signature of seat ${seat}`);
    const body = { room, facts: digest, seat, answer, signature: signature ?? "" };
    await leafHolds(bundle, proof, "evaluation_report_answer", body);
    const between = frozen.index < proof.index && proof.index < issued.index;
    ensure(between, `seat ${seat} did not answer between report and issue`);
  }
  await leafHolds(bundle, issued, "evaluation_report_issued", { room, facts: digest });
  await extends_(bundle, await closePoint(bundle));
}

/** @param {Bundle} bundle a candidate of this report, the first unless a ground is stated */
export async function award(bundle) {
  if (!bundle.award) return;
  const { facts: told, proof, consistency } = bundle.award;
  const judged = evaluationOf(bundle);
  const digest = hex(await sha256(judged.raw));
  const about = told.lot === bundle.lot && told.report === digest;
  ensure(about, "the award is of another lot or report");
  checkWinner(told, judged.facts.result);
  const { signature, certificate: der, ...body } = told;
  delete body.decided_at;
  const message = concat("sunbid award/1\0", canonical(body));
  const key = pointOf(certificate(fromHex(der)));
  const signed = await p256Holds(key, message, fromHex(signature, 64));
  ensure(signed, "the tenderee's signature over the award");
  const stated = {
    lot: bundle.lot,
    digest: hex(await sha256(message)),
    signature,
    certificate: der,
  };
  const point = await included(bundle, proof, "award", stated);
  const last = await checkpoint(bundle, judged.log.checkpoint);
  await extended(last, point, [{ old_size: last.size, path: consistency }]);
  ensure(proof.index > judged.issued.index, "the award does not come after the report in the log");
}

/** @param {any} told @param {any} result */
function checkWinner(told, result) {
  const shared = ["rank", "commitment", "price_fen", "total"];
  /** @param {any[]} rows */
  const kept = (rows) => canonical(rows.map((row) => shared.map((name) => row[name])));
  const places = result.ranking.slice(0, result.candidates.length);
  ensure(kept(told.candidates) === kept(places), "the candidates are not the report's");
  const winner = told.candidates.find((/** @type {any} */ c) => c.commitment === told.winner);
  const same = winner && told.rank === winner.rank && told.price_fen === winner.price_fen;
  ensure(same, "the winner is not a candidate");
  const first = winner.rank === 1 || told.ground;
  ensure(first, "the first candidate was passed over without a ground");
}

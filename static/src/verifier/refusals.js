// The step about what was refused: bidders' attempts, releases that did not hold, trustees' no.
import { hex, sha256 } from "../sealing/bytes.js";
import { canonical } from "../sealing/jcs.js";
import { manifestDigest } from "../sealing/manifest.js";
import { trusteeSigned } from "./acts.js";
import { ensure } from "./failure.js";
import { checkpoint, closePoint, cosignedAt, extended, included, platformSigned } from "./log.js";
import { deadline, moment, stampOf } from "./witnesses.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */

const LATE = ["BID-1402", "BID-1403"];
/** @type {Record<string, number>} */
const STAGES = { list: 1, open: 2 };

/** @param {Bundle} bundle */
export async function refusals(bundle) {
  const told = bundle.refusals;
  const last = await checkpoint(bundle, told.checkpoint);
  await extended(await closePoint(bundle), last, told.consistency);
  /** @type {(proof: any, kind: string, body: Record<string, unknown>) => Promise<void>} */
  const logged = async (proof, kind, body) =>
    extended(await included(bundle, proof, kind, body), last, told.consistency);
  for (const receipt of told.submissions) {
    const { at, code, commitment } = receipt;
    await logged(receipt, "bid.refusal", { at, code, commitment });
    await platformSigned(bundle, receipt);
    await cosignedAt(bundle, receipt);
    await stampOf(bundle, receipt);
    const early = moment(at) < deadline(bundle);
    ensure(
      !(LATE.includes(code) && early),
      `${commitment} was refused as late before the deadline`,
    );
  }
  const { lot } = bundle;
  for (const { trustee, code, proof } of told.releases) {
    await logged(proof, "release_refused", { lot, trustee, code });
  }
  const digest = await manifestDigest(bundle.manifest);
  for (const { refusal, proof } of told.declined) {
    const about = refusal.lot === lot && refusal.manifest === digest;
    ensure(about, "a trustee's refusal is about another lot or manifest");
    const { trustee } = refusal;
    ensure(await trusteeSigned(bundle, refusal), `the refusal of trustee ${trustee}`);
    const own = hex(await sha256(canonical(refusal)));
    await logged(proof, "release_declined", { lot, trustee, digest: own });
  }
  checkRecord(bundle);
}

/** @param {Bundle} bundle the record names the same refused releases */
function checkRecord({ facts, refusals: told }) {
  /** @type {(row: any, release: number) => string} */
  const key = ({ trustee, code, at }, release) => canonical([trustee, release, code, at]);
  const stated = facts.refused_releases.map((/** @type {any} */ row) => key(row, row.release));
  const shown = told.releases.map((/** @type {any} */ row) => key(row, STAGES[row.stage]));
  const same = stated.sort().join() === shown.sort().join();
  ensure(same, "the record tells other refused releases");
}

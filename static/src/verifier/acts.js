// What parties sign: headers, withdrawals, releases, statements; the step "signatures".
import { concat, fromHex, utf8 } from "../sealing/bytes.js";
import { commitmentOf, policyDigest } from "../sealing/header.js";
import { canonical } from "../sealing/jcs.js";
import { certificate, linksHold, pointOf } from "../sealing/certificates.js";
import { ensure } from "./failure.js";
import { closePoint, platformSigned } from "./log.js";
import { p256Holds } from "./marks.js";
import { allReceipts } from "./witnesses.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {string} label @param {Record<string, unknown>} value @param {...string} without */
function labelled(label, value, ...without) {
  const kept = Object.entries(value).filter(([name]) => !without.includes(name));
  return concat(label, canonical(Object.fromEntries(kept)));
}

/** @param {any} decision */
export const decisionMessage = (decision) =>
  labelled(decision.format, decision, "certificate_chain", "signature");

/**
 * @param {string[]} ders DER, leaf first @param {Bytes} message @param {Bytes} signature
 * @param {string} what
 */
export async function signedByChain(ders, message, signature, what) {
  const chain = ders.map((der) => certificate(fromHex(der)));
  ensure(await p256Holds(pointOf(chain[0]), message, signature), `signature under ${what}`);
  ensure(await linksHold(chain), `certificate chain of ${what}`);
}

/**
 * Whether a trustee's key of any policy signed an act of "format" and "signature".
 * @param {Bundle} bundle @param {any} act
 */
export async function trusteeSigned({ policies }, act) {
  const seats = policies.flatMap(({ trustees }) => trustees);
  const keys = seats.filter(({ index }) => index === act.trustee).map(({ key }) => key);
  const message = labelled(act.format, act, "signature");
  for (const key of new Set(keys)) {
    if (await p256Holds(fromHex(key, 65), message, fromHex(act.signature, 64))) return true;
  }
  return false;
}

/** @param {Bundle} bundle */
export async function signatures(bundle) {
  const { envelopes, facts, lot, manifest, policies, releases, statement } = bundle;
  const known = new Set(await Promise.all(policies.map(policyDigest)));
  const used = new Set();
  const keys = new Map();
  for (const [named, { text, header, signature }] of envelopes) {
    keys.set(header.context.pseudonym, fromHex(header.signing_key, 65));
    const key = fromHex(header.signing_key, 65);
    const held = await p256Holds(key, utf8(text), fromHex(signature, 64));
    ensure(held, `signature of envelope ${named}`);
    const same = (await commitmentOf(text, signature)) === named;
    ensure(same, `commitment of envelope ${named}`);
    const placed = known.has(header.context.policy_digest) && header.context.lot === lot;
    ensure(placed, `policy of envelope ${named}`);
    used.add(header.context.policy_digest);
  }
  ensure(used.size === known.size, "a policy that no envelope was sealed under");
  for (const entry of manifest.entries) {
    if (entry.kind !== "withdrawal") continue;
    const { commitment, pseudonym } = entry;
    const found = bundle.withdrawals.get(commitment);
    const message = labelled("SBE/1 withdrawal", { commitment, lot, pseudonym });
    const key = keys.get(pseudonym) ?? new Uint8Array(0);
    const held = found && (await p256Holds(key, message, fromHex(found.signature, 64)));
    ensure(held, `signature of the withdrawal of ${commitment}`);
  }
  for (const release of releases) {
    const held = await trusteeSigned(bundle, release);
    ensure(held, `release ${release.stage} of trustee ${release.trustee}`);
  }
  const signed = facts.openings_signature;
  ensure(signed, "the openings are not signed");
  const agency = pointOf(certificate(fromHex(signed.certificate)));
  const stated = await p256Holds(agency, statement.raw, fromHex(signed.signature, 64));
  ensure(stated, "the agency's signature over the openings");
  await closePoint(bundle);
}

/** @param {Bundle} bundle every receipt is the platform's word, with all that stands in it */
export async function receipts(bundle) {
  for (const receipt of allReceipts(bundle)) await platformSigned(bundle, receipt);
}

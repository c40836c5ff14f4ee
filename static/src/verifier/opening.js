// The steps about the bids themselves: manifest, shares, keys, tags, bindings, read-out.
import { concat, equal, fromHex, hex, sha256, utf8 } from "../sealing/bytes.js";
import { certificate, subjectOf } from "../sealing/certificates.js";
import { CHUNK, TAG, bindingMessage } from "../sealing/header.js";
import { canonical } from "../sealing/jcs.js";
import { manifestDigest } from "../sealing/manifest.js";
import { leafHash } from "../sealing/merkle.js";
import { nonce, partKeys } from "../sealing/parts.js";
import { combine } from "../sealing/shamir.js";
import { signedByChain } from "./acts.js";
import { Failed, ensure } from "./failure.js";
import { partOf } from "./headers.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("../sealing/header.js").Header} Header */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {"list" | "open"} Stage */

/** @param {Bundle} bundle @param {string} named @returns {import("./bundle.js").Envelope} */
function envelopeOf({ envelopes }, named) {
  const found = envelopes.get(named);
  if (!found) throw new Failed(`${named} is unknown`);
  return found;
}

/** @param {Bundle} bundle */
export async function manifest(bundle) {
  const { envelopes, withdrawals } = bundle;
  const { entries } = bundle.manifest;
  let sealed = 0;
  for (const entry of entries) {
    const { commitment, log_index, pseudonym } = entry;
    if (entry.kind === "withdrawal") {
      const taken = withdrawals.get(commitment);
      ensure(taken, "manifest and published withdrawals differ");
      const same = taken?.receipt.index === log_index;
      ensure(same, `manifest tells withdrawal of ${commitment} otherwise`);
      continue;
    }
    sealed += 1;
    const found = envelopes.get(commitment);
    if (!found) throw new Failed("manifest and published envelopes differ");
    const { context } = found.header;
    const same =
      found.receipt.index === log_index &&
      context.envelope_id === entry.envelope_id &&
      context.pseudonym === pseudonym &&
      context.sequence === entry.sequence;
    ensure(same, `manifest tells envelope ${commitment} otherwise`);
  }
  const whole = sealed === envelopes.size && entries.length - sealed === withdrawals.size;
  ensure(whole, "manifest and published envelopes differ");
  const floor = Math.max(1, ...bundle.policies.map((policy) => policy.floor));
  ensure(bundle.manifest.lot === bundle.lot, "the manifest is of another lot");
  ensure(bundle.live.length >= floor, "fewer live envelopes than the floor");
  const digest = await manifestDigest(bundle.manifest);
  const one = bundle.releases.every((release) => release.manifest === digest);
  ensure(one, "a release is for another manifest");
  ensure(bundle.facts.manifest === digest, "the record names another manifest");
}

/**
 * Released shares of one envelope and stage by trustee.
 * @param {Bundle} bundle @param {string} named @param {Stage} stage
 * @returns {Map<number, Bytes>}
 */
function sharesOf({ releases }, named, stage) {
  const held = new Map();
  for (const release of releases) {
    if (release.stage !== stage) continue;
    for (const { commitment, share } of release.shares) {
      if (commitment === named) held.set(release.trustee, fromHex(share, 32));
    }
  }
  return held;
}

/**
 * The secret that the shares rebuild; null for too few, or for another one than the header's.
 * @param {Bundle} bundle @param {string} named @param {Stage} stage
 * @returns {Promise<Bytes | null>}
 */
export async function rebuilt(bundle, named, stage) {
  const { header } = envelopeOf(bundle, named);
  const held = [...sharesOf(bundle, named, stage)].sort(([a], [b]) => a - b);
  const { m } = header.locks.committee;
  if (held.length < m) return null;
  const secret = combine(new Map(held.slice(0, m)));
  return hex(await sha256(secret)) === header.secrets[stage] ? secret : null;
}

/** @param {Bundle} bundle */
export async function shares(bundle) {
  const standing = new Set(bundle.live.map(({ commitment }) => commitment));
  const acts = bundle.releases.map(({ trustee, stage }) => `${trustee} ${stage}`);
  ensure(new Set(acts).size === acts.length, "a trustee released twice");
  for (const release of bundle.releases) {
    /** @type {string[]} */
    const given = release.shares.map((/** @type {any} */ share) => share.commitment);
    ensure(new Set(given).size === given.length, "a share is there twice");
    const stray = given.find((named) => !standing.has(named));
    ensure(!stray, `a share for ${stray}, which is not live`);
  }
  for (const named of standing) {
    await stageShares(bundle, named, "list");
    await stageShares(bundle, named, "open");
  }
}

/** @param {Bundle} bundle @param {string} named @param {Stage} stage */
async function stageShares(bundle, named, stage) {
  const { header } = envelopeOf(bundle, named);
  if (stage === "open" && header.policy.holder_lock === "committee_only") return;
  const held = sharesOf(bundle, named, stage);
  for (const [index, share] of held) {
    const wrap = header.locks.committee.wraps.find((each) => each.index === index);
    const expected = stage === "open" ? wrap?.open_share : wrap?.list_share;
    const right = hex(await sha256(share)) === expected;
    ensure(right, `share of trustee ${index} for ${named}`);
  }
  if (!bundle.opened.has(named)) return;
  ensure(held.size >= header.locks.committee.m, `too few shares for ${named}`);
  ensure(await rebuilt(bundle, named, stage), `the shares rebuild a wrong secret for ${named}`);
}

/** @param {Bundle} bundle @param {string} named keys that fit their commitment */
async function openingKeys(bundle, named) {
  const { header } = envelopeOf(bundle, named);
  const part = partOf(header, "opening");
  const cek = fromHex(bundle.opened.get(named)?.cek ?? "", 32);
  const found = await partKeys("opening", header.context, fromHex(part.salt, 32), cek);
  ensure(hex(found.commitment) === part.key_commitment, `content key of ${named}`);
  return { part, keys: found };
}

/** @param {Bundle} bundle */
export async function keys(bundle) {
  for (const named of bundle.opened.keys()) await openingKeys(bundle, named);
}

/** @param {Bundle} bundle */
export async function tags(bundle) {
  for (const [named, { opening, sealed }] of bundle.opened) {
    const { part, keys: found } = await openingKeys(bundle, named);
    const whole = part.chunk_count === 1 && sealed.length === part.size_class + TAG;
    ensure(whole, `sealed opening of ${named} has another length`);
    const root = hex(await leafHash(sealed));
    ensure(root === part.merkle_root, `sealed opening of ${named} is not the header's`);
    const plain = await decrypted(found, sealed);
    const content = utf8(canonical(opening));
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(content.length));
    const size = Math.min(CHUNK, part.size_class);
    const told = concat(length, content);
    const padded = concat(told, new Uint8Array(Math.max(0, size - told.length)));
    ensure(equal(plain, padded), `the opening of ${named} is not what was sealed`);
  }
}

/** @param {import("../sealing/parts.js").PartKeys} found @param {Bytes} sealed */
async function decrypted({ key, base }, sealed) {
  const way = { name: "AES-GCM", iv: nonce(base, 0, true) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(way, key, sealed));
  } catch {
    throw new Failed("a sealed part does not open under the published key");
  }
}

/** @param {Bundle} bundle */
export async function bindings(bundle) {
  const bound = new Set();
  for (const { commitment, certificate_chain, signature } of bundle.bindings) {
    const { header } = envelopeOf(bundle, commitment);
    const what = `the binding of ${commitment}`;
    const message = bindingMessage(header);
    await signedByChain(certificate_chain, message, fromHex(signature, 64), what);
    if (bundle.opened.has(commitment)) namesItsBidder(bundle, commitment, certificate_chain[0]);
    bound.add(commitment);
  }
  const bare = [...bundle.opened.keys()].find((named) => !bound.has(named));
  ensure(!bare, `${bare} was opened without a binding`);
}

/**
 * The record names the bidder of an opened bid as its certificate does.
 * @param {Bundle} bundle @param {string} commitment @param {string} der
 */
function namesItsBidder({ facts }, commitment, der) {
  const row = facts.bids.find((/** @type {any} */ one) => one.commitment === commitment);
  const { organisation, creditCode } = subjectOf(certificate(fromHex(der)));
  const same = !row || (row.organisation === organisation && row.credit_code === creditCode);
  ensure(same, `the record names another bidder than ${commitment} does`);
}

/** @param {Bundle} bundle */
export async function readOut(bundle) {
  const { bids, superseded } = bundle.facts;
  const toldOf = [...bids, ...superseded].map((row) => row.commitment).sort();
  const live = bundle.live.map(({ commitment }) => commitment).sort();
  const all = canonical(toldOf) === canonical(live);
  ensure(all, "the record tells of other bids than the live ones");
  const rows = new Map(bundle.facts.bids.map((/** @type {any} */ row) => [row.commitment, row]));
  const stated = new Map(
    bundle.statement.value.openings.map((/** @type {any} */ row) => [row.commitment, row.opening]),
  );
  const told = [...rows.values()].filter((row) => row.offer !== null);
  const same =
    told.length === bundle.opened.size && told.every((row) => bundle.opened.has(row.commitment));
  ensure(same, "record and published openings differ");
  for (const [named, { opening }] of bundle.opened) {
    const digest = hex(await sha256(canonical(opening)));
    const row = rows.get(named);
    const signed = stated.get(named) === digest && row.opening === digest;
    ensure(signed, `the agency signed another opening of ${named}`);
    for (const name of Object.keys(opening)) {
      if (!Object.hasOwn(row.offer, name)) continue;
      const equalText = canonical(row.offer[name]) === canonical(opening[name]);
      ensure(equalText, `${name} of ${named} was read out otherwise`);
    }
  }
}

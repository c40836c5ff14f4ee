// Headers and policies read as strictly as the server reads them: docs/sealed-bid-envelope.md 1, 7, 8.
import { fromHex, hex as toHex, sha256, utf8 } from "../sealing/bytes.js";
import {
  CHUNK,
  MAX_PART,
  PART_NAMES,
  chunkCount,
  policyDigest,
  sizeClass,
} from "../sealing/header.js";
import { parse } from "../sealing/jcs.js";
import { Failed, ensure } from "./failure.js";
import { onCurve } from "./marks.js";
import { any, hex, integer, list, nullOr, object, one, text, uuid } from "./shapes.js";

/** @typedef {import("../sealing/header.js").Header} Header */
/** @typedef {import("../sealing/header.js").Policy} Policy */

const SEATS = 15;
const MAX_HEADER = 64 * 1024;
const DEADLINE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

const seat = object({ index: integer(1, SEATS), key: hex(65) });
const seats = list(seat, 1, SEATS);
const POLICY = object({
  deadline: text(20, DEADLINE),
  documents: hex(32),
  floor: integer(1, 100),
  holder_lock: one("bidder", "committee_only"),
  lot: uuid,
  rescue: nullOr(object({ panel: seats, threshold: integer(1, SEATS) })),
  tender: uuid,
  threshold: integer(1, SEATS),
  trustees: seats,
  version: integer(1, 10_000),
});
const CONTEXT = object({
  envelope_id: hex(16),
  lot: uuid,
  policy_digest: hex(32),
  pseudonym: hex(32),
  sequence: integer(1, 100_000),
  stage: integer(1, 2),
  suite: integer(1, 1),
  tender: uuid,
});
const PART = object({
  chunk_count: integer(1, MAX_PART / CHUNK),
  key_commitment: hex(32),
  merkle_root: hex(32),
  name: one(...PART_NAMES),
  salt: hex(32),
  size_class: integer(1, MAX_PART),
});
const WRAP = object({
  ciphertext: hex(80),
  enc: hex(65),
  index: integer(1, SEATS),
  list_share: hex(32),
  open_share: hex(32),
});
const RESCUE_WRAP = object({
  ciphertext: hex(48),
  enc: hex(65),
  index: integer(1, SEATS),
  share: hex(32),
});
const HEADER = object({
  format: one("SBE/1"),
  context: CONTEXT,
  previous_commitment: nullOr(hex(32)),
  commitment_salt: hex(32),
  signing_key: hex(65),
  policy: any,
  secrets: object({ list: hex(32), open: hex(32), holder: hex(32) }),
  draw_part_hash: hex(32),
  parts: list(PART, 2, 5),
  locks: object({
    committee: object({ m: integer(1, SEATS), n: integer(1, SEATS), wraps: list(WRAP, 1, SEATS) }),
    holder: object({
      bid_key: nullOr(object({ key: hex(65), enc: hex(65), ciphertext: hex(48) })),
      recovery: nullOr(object({ salt: hex(32), ciphertext: hex(48) })),
      rescue: nullOr(
        object({ k: integer(1, SEATS), r: integer(1, SEATS), wraps: list(RESCUE_WRAP, 1, SEATS) }),
      ),
    }),
  }),
});

/** @param {any} value @returns {Policy} throws Failed */
export function readPolicy(value) {
  /** @type {Policy} */
  const policy = POLICY(value, "policy");
  const panel = policy.rescue?.panel ?? [];
  for (const each of [policy.trustees, panel]) {
    ensure(inOrder(each), "ENV-1003: seats of a policy are out of order");
  }
  ensure(policy.threshold <= policy.trustees.length, "ENV-1003: threshold of a policy");
  if (policy.rescue) {
    ensure(policy.rescue.threshold <= panel.length, "ENV-1003: threshold of the panel");
    ensure(policy.holder_lock === "bidder", "ENV-1011: a panel without a holder's lock");
  }
  const keys = [...policy.trustees, ...panel].map(({ key }) => key);
  ensure(new Set(keys).size === keys.length, "ENV-1011: one key in two seats");
  return policy;
}

/** @param {{index: number}[]} held */
const inOrder = (held) => held.every(({ index }, i) => index === i + 1);

/** @param {string} raw exact text @returns {Promise<Header>} throws Failed or SealingError */
export async function readHeader(raw) {
  ensure(utf8(raw).length <= MAX_HEADER, "ENV-1001: a header is too large");
  /** @type {Header} */
  const header = HEADER(parse(raw), "header");
  readPolicy(header.policy);
  const { context, policy } = header;
  const key = fromHex(header.signing_key, 65);
  ensure(toHex(await sha256(key)) === context.pseudonym, "ENV-1005: a pseudonym is not its key's");
  const same = policy.lot === context.lot && policy.tender === context.tender;
  const digest = await policyDigest(policy);
  ensure(same && digest === context.policy_digest, "ENV-1007: a policy is not its digest's");
  checkParts(header);
  await checkLocks(header);
  for (const point of points(header)) {
    ensure(onCurve(fromHex(point, 65)), "ENV-1012: a point is not on the curve");
  }
  const first = header.previous_commitment === null;
  ensure(first === (context.sequence === 1), "ENV-1010: sequence and previous envelope disagree");
  return header;
}

/** @param {Header} header */
function checkParts({ parts }) {
  const order = parts.map(({ name }) => PART_NAMES.indexOf(name));
  const sorted = order.every((place, i) => i === 0 || place > order[i - 1]);
  ensure(sorted && order[0] === 0 && order[1] === 1, "ENV-1008: parts of a header");
  for (const part of parts) {
    const fits = part.size_class >= 8 && sizeClass(part.size_class - 8, part.name);
    ensure(part.size_class === fits, `ENV-1008: size of ${part.name}`);
    ensure(part.chunk_count === chunkCount(part.size_class), `ENV-1008: chunks of ${part.name}`);
  }
}

/** @param {Header} header */
async function checkLocks({ locks, policy, secrets }) {
  const { committee, holder } = locks;
  const same = sameSeats(committee.wraps, policy.trustees) && committee.m === policy.threshold;
  ensure(same && committee.n === committee.wraps.length, "ENV-1009: locks of the committee");
  const alone = policy.holder_lock === "committee_only";
  const lone = holder.bid_key === null;
  ensure(alone === lone && !(alone && holder.recovery), "ENV-1009: locks of the holder");
  if (holder.rescue) {
    const { k, r, wraps } = holder.rescue;
    const panel = policy.rescue;
    const fits = panel && k === panel.threshold && r === wraps.length;
    ensure(fits && sameSeats(wraps, panel.panel), "ENV-1009: locks of the panel");
  }
  const empty = toHex(await sha256(new Uint8Array(32)));
  ensure(!alone || secrets.holder === empty, "ENV-1009: secret of the holder");
}

/** @param {{index: number}[]} wraps @param {{index: number}[]} held */
function sameSeats(wraps, held) {
  return wraps.length === held.length && wraps.every(({ index }, i) => index === held[i].index);
}

/** @param {Header} header @returns {Set<string>} */
function points({ signing_key, policy, locks }) {
  const { bid_key, rescue } = locks.holder;
  const keys = [...policy.trustees, ...(policy.rescue?.panel ?? [])].map(({ key }) => key);
  const wraps = [...locks.committee.wraps, ...(rescue?.wraps ?? [])].map(({ enc }) => enc);
  return new Set([signing_key, ...keys, ...wraps, ...(bid_key ? [bid_key.key, bid_key.enc] : [])]);
}

/** @param {Header} header @param {import("../sealing/header.js").PartName} name */
export function partOf(header, name) {
  const found = header.parts.find((part) => part.name === name);
  if (!found) throw new Failed(`a header without ${name}`);
  return found;
}

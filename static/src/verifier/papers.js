// The shapes of a bundle's papers: proofs, receipts, the close, refusals, draws; form alone.
// docs/sealed-bid-envelope.md 9 to 11, docs/evaluation-bundle.md 1.
import { ensure } from "./failure.js";
import * as shapes from "./shapes.js";

const { any, anyObject, hex, integer, list, nullOr, object, one, text, uuid } = shapes;

const TEXT = 16 * 1024 * 1024;
const MANY = 100_000;
const SAFE = Number.MAX_SAFE_INTEGER;
const SEATS = 15;

const hashes = list(hex(32), 0, 64);
const note = text(TEXT);
const proofFields = {
  leaf: text(TEXT),
  index: integer(0, SAFE),
  tree_size: integer(1, SAFE),
  path: hashes,
  checkpoint: note,
};
const witnessFields = {
  cosignatures: list(text(TEXT), 0, 16),
  stamp: nullOr(hex()),
};
const receiptFields = {
  commitment: hex(32),
  ...proofFields,
  ...witnessFields,
  platform_signature: hex(64),
};

/**
 * @typedef {object} Proof
 * @property {string} leaf
 * @property {number} index
 * @property {number} tree_size
 * @property {string[]} path
 * @property {string} checkpoint
 */
/** @typedef {{checkpoint: string, cosignatures: string[], stamp: string | null}} Witnessed */
/**
 * @typedef {Proof & Witnessed & {format: string, commitment: string, platform_signature: string,
 *   code?: string, at?: string}} Receipt
 */
/** @typedef {{old_size: number, path: string[]}[]} Consistency */

export const proof = object(proofFields);
export const receipt = object({ format: one("SBE/1 receipt"), ...receiptFields });
const refusal = object({
  format: one("SBE/1 refusal"),
  ...receiptFields,
  code: text(),
  at: text(),
});

/** @type {import("./shapes.js").Shape} each older size once */
export const consistency = (value, where) => {
  list(object({ old_size: integer(1, SAFE), path: hashes }), 0, MANY)(value, where);
  const sizes = value.map((/** @type {any} */ each) => each.old_size);
  ensure(new Set(sizes).size === sizes.length, `${where} proves one size twice`);
  return value;
};

export const chain = list(hex(), 1, 8);

const decision = object({
  format: one("SBE/1 late close"),
  lot: uuid,
  checkpoint: hex(32),
  manifest: hex(32),
  verdict: one("go_on", "return"),
  reason: text(1000),
  certificate_chain: chain,
  signature: hex(64),
});

export const close = object({
  checkpoint: note,
  ...witnessFields,
  delta: integer(0, 60),
  decision: nullOr(decision),
  consistency,
});

const declined = object({
  format: one("SBE/1 release refusal"),
  lot: uuid,
  manifest: hex(32),
  reason: text(500),
  stage: one("list", "open"),
  trustee: integer(1, SEATS),
  signature: hex(64),
});
const refusedRelease = object({
  trustee: integer(1, SEATS),
  stage: one("list", "open"),
  code: text(),
  at: text(),
  proof,
});

export const refusals = object({
  submissions: list(refusal, 0, MANY),
  releases: list(refusedRelease, 0, MANY),
  declined: list(object({ refusal: declined, proof }), 0, MANY),
  checkpoint: note,
  consistency,
});

const commitments = list(hex(32), 0, MANY);
const named = { name: text(32, /^[a-z][a-z0-9_]{0,31}$/), title: text(60) };
const decimal = text(12, /^(0|-?(0\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,3}(\.[0-9]{0,5}[1-9])?))$/);
const share = text(8, /^[0-9](\.[0-9]{0,5}[1-9])?$/);
const oneOf = object({ ...named, kind: one("set"), options: list(decimal, 0, 200) });
const oneBid = object({
  ...named,
  kind: one("bid"),
  delta: named.name,
  mean: share,
  ceiling: share,
  cut: share,
  upper: share,
});
const drawsForm = object({
  parts: list(object({ commitment: hex(32), part: nullOr(hex(32)) }), 0, MANY),
  draws: list(
    object({ name: text(), seed: hex(32), options: commitments, order: commitments }),
    0,
    MANY,
  ),
  parameters: list(
    object({
      parameter: (value, where) => (value?.kind === "bid" ? oneBid : oneOf)(value, where),
      options: list(text(64), 0, MANY),
      index: nullOr(integer(0, MANY)),
      value: nullOr(text(64)),
      seed: hex(32),
    }),
    0,
    12,
  ),
  notice: nullOr(object({ body: anyObject, proof })),
});

/** @type {import("./shapes.js").Shape} parts in the order of their commitments */
export const draws = (value, where) => {
  drawsForm(value, where);
  const named = value.parts.map((/** @type {any} */ part) => part.commitment);
  const ordered = named.every((/** @type {string} */ name, /** @type {number} */ i) => {
    return i === 0 || named[i - 1] < name;
  });
  ensure(ordered, "draw parts are out of order");
  return value;
};

export const bundle = object({
  format: one("SBE/1 bundle"),
  lot: uuid,
  log: object({
    name: text(),
    key: hex(32),
    cosigners: list(object({ name: text(), key: hex(32) }), 0, 16),
    stamping: list(hex(), 0, 16),
  }),
  platform: hex(32),
  record: hex(32),
});

export const envelope = object({ header: text(TEXT), signature: hex(64), receipt });
export const withdrawal = object({ signature: hex(64), receipt });
export const opening = object({ cek: hex(32), opening: anyObject });
export const binding = object({
  commitment: hex(32),
  certificate_chain: chain,
  signature: hex(64),
});

const entryFields = { commitment: hex(32), log_index: integer(0, SAFE), pseudonym: hex(32) };
const sealedEntry = object({
  ...entryFields,
  kind: one("envelope"),
  envelope_id: hex(16),
  sequence: integer(1, 100_000),
});
const withdrawnEntry = object({ ...entryFields, kind: one("withdrawal") });

export const manifest = object({
  manifest: object({
    format: one("SBE/1 manifest"),
    lot: uuid,
    entries: list(
      (value, where) => (value?.kind === "withdrawal" ? withdrawnEntry : sealedEntry)(value, where),
      0,
      20_000,
    ),
    live: commitments,
  }),
});

export const release = object({
  format: one("SBE/1 release"),
  lot: uuid,
  manifest: hex(32),
  stage: one("list", "open"),
  trustee: integer(1, SEATS),
  shares: list(object({ commitment: hex(32), envelope_id: hex(16), share: hex(32) }), 1, 1000),
  signature: hex(64),
});

export const evaluation = {
  draw: object({ record: anyObject, proofs: anyObject }),
  report: object({ facts: proof, issued: proof }),
  log: object({ checkpoint: note, consistency }),
  sheet: object({ text: text(TEXT), signature: hex(64), proof }),
  answers: list(
    object({
      seat: integer(1, 99),
      answer: one("agree", "dissent", "deemed"),
      opinion: nullOr(text(TEXT)),
      signature: nullOr(hex(64)),
      recorded_by: any,
      reason: any,
      at: any,
      proof,
    }),
    0,
    99,
  ),
  award: object({ proof, consistency: hashes }),
};

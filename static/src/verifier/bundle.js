// A bundle assembled from its files, each canonical and of its shape; the step "contents".
import { fromUtf8, hex, sha256 } from "../sealing/bytes.js";
import { parse } from "../sealing/jcs.js";
import { liveEntries } from "../sealing/manifest.js";
import { unpack } from "./archive.js";
import { Failed, ensure } from "./failure.js";
import { readHeader, readPolicy } from "./headers.js";
import * as papers from "./papers.js";
import { list } from "./shapes.js";

/** @typedef {import("./archive.js").Bytes} Bytes */
/** @typedef {import("../sealing/header.js").Header} Header */
/** @typedef {import("../sealing/manifest.js").Manifest} Manifest */
/** @typedef {import("./papers.js").Proof} Proof */
/** @typedef {import("./papers.js").Receipt} Receipt */
/** @typedef {{text: string, header: Header, signature: string, receipt: Receipt}} Envelope */
/** @typedef {{cek: string, opening: any, sealed: Bytes}} Opened */
/**
 * Everything published of one lot; maps are keyed by commitment.
 * @typedef {object} Bundle
 * @property {string} lot
 * @property {{name: string, key: string, cosigners: {name: string, key: string}[],
 *   stamping: string[]}} log
 * @property {string} platform
 * @property {import("../sealing/header.js").Policy[]} policies
 * @property {Map<string, Envelope>} envelopes
 * @property {Map<string, {signature: string, receipt: Receipt}>} withdrawals
 * @property {any} close
 * @property {Proof[]} scripts
 * @property {Manifest} manifest
 * @property {import("../sealing/manifest.js").SealedEntry[]} live
 * @property {any[]} releases
 * @property {Map<string, Opened>} opened
 * @property {{commitment: string, certificate_chain: string[], signature: string}[]} bindings
 * @property {{raw: Bytes, value: any}} statement
 * @property {string} record SHA-256 of the record's facts
 * @property {any} facts
 * @property {{raw: Bytes, value: any}[]} supplements
 * @property {any} refusals
 * @property {any} draws
 * @property {Evaluation | null} evaluation
 * @property {{facts: any, proof: Proof, consistency: string[]} | null} award
 */
/**
 * @typedef {object} Evaluation
 * @property {Bytes} raw
 * @property {any} facts
 * @property {any} record
 * @property {Record<string, Proof>} proofs
 * @property {Map<string, {text: string, signature: string, proof: Proof}>} sheets
 * @property {any[]} answers
 * @property {Proof} frozen
 * @property {Proof} issued
 * @property {{checkpoint: string, consistency: import("./papers.js").Consistency}} log
 */

const TOP =
  "bundle policies close scripts manifest releases bindings openings facts refusals draws";
const NAMES = new RegExp(
  `^((${TOP.replaceAll(" ", "|")})\\.json` +
    "|supplements/([2-9]|[1-9][0-9])\\.json" +
    "|(envelopes|withdrawals|openings)/[0-9a-f]{64}\\.json|openings/[0-9a-f]{64}\\.sealed" +
    "|evaluation/(facts|draw|answers|report|log)\\.json|evaluation/sheets/[0-9a-f]{64}\\.json" +
    "|award/(award|proof)\\.json)$",
);

class Files {
  /** @param {Map<string, Bytes>} files */
  constructor(files) {
    this.files = files;
  }

  /** @param {string} name @returns {Bytes} */
  raw(name) {
    const raw = this.files.get(name);
    if (!raw) throw new Failed(`${name} is missing`);
    return raw;
  }

  /** @param {string} name @param {import("./shapes.js").Shape} [shape] @returns {any} */
  json(name, shape) {
    const value = parse(fromUtf8(this.raw(name)));
    return shape ? shape(value, name) : value;
  }

  /** @param {string} folder @param {string} end @returns {[string, string][]} commitment, name */
  folder(folder, end) {
    const found = [...this.files.keys()].filter((n) => n.startsWith(folder) && n.endsWith(end));
    return found.sort().map((name) => [name.slice(folder.length, -end.length), name]);
  }
}

/** @param {Bytes} zip @returns {Promise<Bundle>} throws Failed, or whatever cannot be read */
export async function read(zip) {
  const files = new Files(unpack(zip, NAMES));
  const told = files.json("bundle.json", papers.bundle);
  const record = hex(await sha256(files.raw("facts.json")));
  ensure(record === told.record, "facts.json is not the record's");
  const { manifest } = files.json("manifest.json", papers.manifest);
  return {
    lot: told.lot,
    log: told.log,
    platform: told.platform,
    policies: list(
      (value) => readPolicy(value),
      0,
      10_000,
    )(files.json("policies.json"), "policies"),
    envelopes: await envelopes(files),
    withdrawals: each(files, "withdrawals/", papers.withdrawal),
    close: files.json("close.json", papers.close),
    scripts: files.json("scripts.json", list(papers.proof, 0, 10_000)),
    manifest,
    live: liveEntries(manifest),
    releases: files.json("releases.json", list(papers.release, 0, 1000)),
    opened: opened(files),
    bindings: files.json("bindings.json", list(papers.binding, 0, 100_000)),
    statement: { raw: files.raw("openings.json"), value: object(files, "openings.json") },
    record,
    facts: object(files, "facts.json"),
    supplements: supplements(files),
    refusals: files.json("refusals.json", papers.refusals),
    draws: files.json("draws.json", papers.draws),
    evaluation: evaluation(files),
    award: award(files),
  };
}

/** @param {Files} files @param {string} name */
function object(files, name) {
  const value = files.json(name);
  ensure(typeof value === "object" && value && !Array.isArray(value), `${name} is no object`);
  return value;
}

/** @param {Files} files @param {string} folder @param {import("./shapes.js").Shape} shape */
function each(files, folder, shape) {
  return new Map(
    files.folder(folder, ".json").map(([key, name]) => [key, files.json(name, shape)]),
  );
}

/** @param {Files} files @returns {Promise<Map<string, Envelope>>} */
async function envelopes(files) {
  const found = new Map();
  for (const [key, { header, signature, receipt }] of each(files, "envelopes/", papers.envelope)) {
    found.set(key, { text: header, header: await readHeader(header), signature, receipt });
  }
  return found;
}

/** @param {Files} files @returns {Map<string, Opened>} each opening with its sealed bytes */
function opened(files) {
  const sealed = new Map(files.folder("openings/", ".sealed"));
  const found = new Map();
  for (const [key, value] of each(files, "openings/", papers.opening)) {
    ensure(sealed.delete(key), "an opening without its sealed bytes");
    found.set(key, { ...value, sealed: files.raw(`openings/${key}.sealed`) });
  }
  ensure(sealed.size === 0, "sealed bytes without their opening");
  return found;
}

/** @param {Files} files in the order of their numbers, which have no gap */
function supplements(files) {
  return files.folder("supplements/", ".json").map((_, at) => {
    const name = `supplements/${at + 2}.json`;
    return { raw: files.raw(name), value: object(files, name) };
  });
}

/** @param {Files} files @returns {Evaluation | null} */
function evaluation(files) {
  const name = "evaluation/facts.json";
  if (!files.files.has(name)) {
    const stray = [...files.files.keys()].find((n) => /^(evaluation|award)\//.test(n));
    ensure(!stray, `${stray} without ${name}`);
    return null;
  }
  const draw = files.json("evaluation/draw.json", papers.evaluation.draw);
  const report = files.json("evaluation/report.json", papers.evaluation.report);
  for (const [at, proof] of Object.entries(draw.proofs)) papers.proof(proof, at);
  return {
    raw: files.raw(name),
    facts: object(files, name),
    record: draw.record,
    proofs: draw.proofs,
    sheets: each(files, "evaluation/sheets/", papers.evaluation.sheet),
    answers: files.json("evaluation/answers.json", papers.evaluation.answers),
    frozen: report.facts,
    issued: report.issued,
    log: files.json("evaluation/log.json", papers.evaluation.log),
  };
}

/** @param {Files} files */
function award(files) {
  if (!files.files.has("award/award.json")) return null;
  const proof = files.json("award/proof.json", papers.evaluation.award);
  return { facts: object(files, "award/award.json"), ...proof };
}

// Proofs of the public log as a visitor's browser checks them, each told as a step with its outcome.
import { el, icon } from "../kernel/dom.js";
import { thousands } from "../kernel/format.js";
import { getJson, Refused } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { equal, fromHex } from "../sealing/bytes.js";
import { leafHash, verifyConsistency, verifyInclusion } from "../sealing/merkle.js";
import { readCheckpoint } from "../sealing/receipts.js";

/** @typedef {import("../sealing/receipts.js").LogKey} LogKey */
/** @typedef {import("../sealing/receipts.js").Checkpoint} Checkpoint */
/** @typedef {{name: string, note: string, state: "done" | "refused" | "neutral"}} Step */
/** @typedef {{index: number, hash: string, leaf?: string | null, tree_size: number, path: string[], checkpoint: string}} Proof */

const MARKS = { done: "check-c", refused: "x-c", neutral: "dots" };

/** @param {Step[]} steps */
export function verification(steps) {
  const rows = steps.map((step) =>
    el(
      "li",
      { "data-s": step.state },
      icon(MARKS[step.state]),
      el("span", {}, step.name, el("small", {}, step.note)),
    ),
  );
  return el("ol", { class: "verify" }, ...rows);
}

/**
 * That a leaf stands in the tree of a signed checkpoint; its text is hashed here when it is known.
 * @param {Proof} proof @param {LogKey} log
 * @returns {Promise<Step>}
 */
export async function proved(proof, log) {
  const name = _("日志位置由你的浏览器核对");
  try {
    const checkpoint = await readCheckpoint(proof.checkpoint, log);
    const included = await verifyInclusion({
      leaf: proof.leaf ? await leafHash(proof.leaf) : fromHex(proof.hash, 32),
      index: proof.index,
      size: checkpoint.size,
      path: proof.path.map((step) => fromHex(step, 32)),
      root: checkpoint.root,
    });
    if (!included) throw new Error("not in the tree");
    const facts = { n: thousands(proof.index), size: thousands(checkpoint.size) };
    return { name, note: _("第 %(n)s 号，检查点 %(size)s，签名有效", facts), state: "done" };
  } catch {
    return { name, note: _("证明与检查点不符，请联系交易中心"), state: "refused" };
  }
}

/**
 * That the log of today extends a checkpoint that the visitor kept.
 * @param {string} note the kept signed note @param {LogKey} log
 * @returns {Promise<{steps: Step[], newest: string | null}>} the newest note when all held
 */
export async function extended(note, log) {
  /** @type {Step[]} */
  const steps = [];
  const kept = await readKept(note, log, steps);
  if (!kept) return { steps, newest: null };
  const name = _("今天的日志包含它的全部条目，次序未变");
  try {
    const told = await getJson(`/log/consistency?old=${kept.size}`);
    const newest = await readCheckpoint(told.checkpoint, log);
    const path = told.path.map((/** @type {string} */ step) => fromHex(step, 32));
    const holds = await verifyConsistency({
      oldSize: kept.size,
      oldRoot: kept.root,
      size: newest.size,
      root: newest.root,
      path,
    });
    if (!holds) throw new Error("another log");
    const facts = { n: thousands(newest.size - kept.size), size: thousands(newest.size) };
    const grown = _("此后新增 %(n)s 条，现为 %(size)s 条", facts);
    steps.push({ name, note: grown, state: "done" });
    return { steps, newest: told.checkpoint };
  } catch (error) {
    const lost = error instanceof Refused && error.code !== "LOG-3003";
    const found = _("对不上：日志被改过，或给你看过另一份。请保留这个文件，联系监督部门。");
    steps.push({ name, note: lost ? error.what : found, state: "refused" });
    return { steps, newest: null };
  }
}

/**
 * @param {string} note @param {LogKey} log @param {Step[]} steps
 * @returns {Promise<Checkpoint | null>}
 */
async function readKept(note, log, steps) {
  const name = _("你保存的检查点由本平台日志密钥签名");
  try {
    const kept = await readCheckpoint(note, log);
    const facts = { size: thousands(kept.size) };
    steps.push({ name, note: _("条目 %(size)s", facts), state: "done" });
    return kept;
  } catch {
    const why = _("签名不符，或不是检查点原文；也可能来自另一个平台");
    steps.push({ name, note: why, state: "refused" });
    return null;
  }
}

/**
 * Where the log has a leaf of this hash, proven here.
 * @param {string} hash 64 hex digits @param {LogKey} log
 * @returns {Promise<Step[]>}
 */
export async function located(hash, log) {
  const name = _("日志里有这一条");
  try {
    /** @type {Proof} */
    const proof = await getJson(`/log/inclusion?hash=${encodeURIComponent(hash)}`);
    if (!equal(fromHex(proof.hash, 32), fromHex(hash, 32))) throw new Error("another leaf");
    const at = _("第 %(n)s 号", { n: thousands(proof.index) });
    return [{ name, note: at, state: "done" }, await proved(proof, log)];
  } catch (error) {
    const note = error instanceof Error ? error.message : "";
    return [{ name: _("没有查到这一条"), note, state: "refused" }];
  }
}

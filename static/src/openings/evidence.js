// The gate's evidence for a trustee's eyes: every check by name, what it found, how far it is.
import { el, icon, svg } from "../kernel/dom.js";
import { clock, hashShort, thousands } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("../sealing/gate.js").Step} Step */
/** @typedef {{state: "neutral" | "progress" | "done" | "refused", note: string, done?: number, total?: number}} Finding */
/** @typedef {Map<Step, Finding>} Evidence */

const MARKS = { neutral: "dots", progress: "run", done: "check-c", refused: "x-c" };
/** @type {Step[]} */
const ALWAYS = ["close", "manifest", "envelopes", "floor"];

/** The checks of a release in their order. @param {"list" | "open"} stage @returns {Step[]} */
export const stepsOf = (stage) =>
  stage === "open" ? [...ALWAYS, "unlocked", "shares"] : [...ALWAYS, "shares"];

/** @returns {Record<Step, string>} */
const names = () => ({
  close: _("截止检查点：日志签名、见证人和时间戳"),
  manifest: _("截止清单：本机重算，一个标段只有一份"),
  envelopes: _("每份投标文件：签名、登记指纹、你的席位"),
  floor: _("有效投标够数"),
  unlocked: _("解密窗口已关闭，已解密的仍够数"),
  shares: _("你的每一份份额与封标时登记的指纹相符"),
});

/**
 * A watcher that writes into `evidence` and asks for a new drawing.
 * @param {Evidence} evidence @param {() => void} redraw
 * @returns {import("../sealing/gate.js").Watcher}
 */
export const watching = (evidence, redraw) => ({
  passed(step, facts) {
    evidence.set(step, { state: "done", note: noteOf(step, facts) });
    redraw();
  },
  failed(step, code) {
    evidence.set(step, { state: "refused", note: _("没有通过，代码 %(code)s", { code }) });
    redraw();
  },
  progress(step, done, total) {
    evidence.set(step, { state: "progress", note: `${done} / ${total}`, done, total });
    if (done === total || done % 10 === 1) redraw();
  },
});

/** @param {Step} step @param {Record<string, any>} facts */
function noteOf(step, facts) {
  switch (step) {
    case "close":
      return closeNote(facts);
    case "manifest":
      return _("清单 %(hash)s，登记 %(n)s 条，有效 %(live)s 份", {
        hash: hashShort(facts.digest),
        n: facts.entries,
        live: facts.live,
      });
    case "envelopes":
      return _("%(n)s 份逐一核对", { n: facts.count });
    case "shares":
      return facts.faults?.length
        ? _("%(n)s 份相符，%(bad)s 份由投标人封错，不影响其余", {
            n: facts.shares.length,
            bad: facts.faults.length,
          })
        : _("%(n)s 份全部相符", { n: facts.shares.length });
    default:
      return _("%(n)s 份，不少于 %(floor)s 份", { n: facts.count, floor: facts.floor });
  }
}

/** @param {Record<string, any>} facts */
function closeNote({ size, cosigned, stamped, late, decided, deadline, delta }) {
  const parts = [_("条目 %(size)s", { size: thousands(size ?? 0) })];
  for (const one of cosigned ?? []) {
    parts.push(_("见证 %(name)s %(at)s", { name: one.name, at: clock(one.at) }));
  }
  if (stamped) parts.push(_("时间戳 %(at)s", { at: clock(stamped.at) }));
  if (deadline) parts.push(_("须在 %(at)s 起 %(s)s 秒内", { at: clock(deadline), s: delta }));
  if (late && decided)
    parts.push(_("迟于时限，监督部门已签署决定：%(why)s", { why: decided.reason }));
  return parts.join("，");
}

/**
 * The list of checks as it stands.
 * @param {"list" | "open"} stage @param {Evidence} evidence
 */
export function drawEvidence(stage, evidence) {
  const rows = stepsOf(stage).map((step) => {
    const found = evidence.get(step) ?? { state: "neutral", note: waitingNote(step) };
    return el(
      "li",
      { "data-s": found.state, "data-step": step },
      icon(MARKS[found.state]),
      el("span", {}, names()[step], el("small", {}, found.note)),
      found.total ? bar(found.done ?? 0, found.total, names()[step]) : null,
    );
  });
  return el("ol", { class: "verify gate", "aria-label": _("释放前由本机核对") }, ...rows);
}

/** @param {Step} step */
const waitingNote = (step) => (step === "shares" ? _("按下释放时核对") : _("等候核对"));

/** @param {number} part @param {number} whole @param {string} label */
function bar(part, whole, label) {
  const percent = Math.round((100 * part) / whole);
  const shape = { class: "bar ink", viewBox: "0 0 100 6", preserveAspectRatio: "none" };
  const told = { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 };
  return svg(
    "svg",
    { ...shape, role: "progressbar", "aria-label": label, ...told },
    svg("rect", { width: percent, height: 6 }),
  );
}

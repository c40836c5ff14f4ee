// Who vouches for a receipt: the log that signed its checkpoint, witness and time stamp, each checked.
import { chip, el } from "../kernel/dom.js";
import { clock } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { verifyReceipt } from "../sealing/receipts.js";
import { isVouched } from "./vouched.js";

/** @typedef {import("../sealing/receipts.js").Receipt} Receipt */
/** @typedef {import("../sealing/receipts.js").LogKey} LogKey */
/** @typedef {import("../kernel/dom.js").State} State */

/** @type {Promise<LogKey | null> | null} */
let asked = null;

/** The log's key and whom this platform names as its witnesses. @returns {Promise<LogKey | null>} */
export function logKeys() {
  asked ??= fetch("/log/keys", { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  return asked;
}

/**
 * Three marks: log, witness, time stamp.
 * @param {Receipt} receipt
 * @returns {Promise<HTMLElement>}
 */
export async function marks(receipt) {
  const log = await logKeys();
  const list = el("dl", { class: "kv tiny", "data-vouched": isVouched(receipt) });
  for (const [term, state, word] of log ? await judged(receipt, log) : unknown()) {
    const mark = chip(state, word);
    mark.classList.add("bare");
    list.append(el("dt", {}, term), el("dd", {}, mark));
  }
  return list;
}

/** @returns {[string, State, string][]} */
const unknown = () => [[_("核验"), "neutral", _("没有连接，稍后再核验")]];

/** @param {Receipt} receipt @param {LogKey} log @returns {Promise<[string, State, string][]>} */
async function judged(receipt, log) {
  try {
    const { cosigned, stamped } = await verifyReceipt(receipt, log);
    const at = cosigned.map((each) => clock(new Date(each.at).toISOString()));
    return [
      [_("日志签名"), "done", _("相符")],
      [_("见证"), ...(at.length ? done(at.join("，")) : awaited())],
      [_("时间戳"), ...(stamped === null ? awaited() : done(clock(iso(stamped))))],
    ];
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return [[_("核验"), "refused", _("不相符，代码 %(code)s", { code })]];
  }
}

/** @param {number} at */
const iso = (at) => new Date(at).toISOString();

/** @param {string} at @returns {[State, string]} */
const done = (at) => ["done", at];

/** @returns {[State, string]} */
const awaited = () => ["progress", _("等候，稍后自动取回")];

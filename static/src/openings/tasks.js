// What the hall asks of the one who looks at it: one task per stage and role, as a plain value.
import { short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

export const ENDED = ["closed", "failed_too_few", "cancelled"];

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/** @typedef {import("../kernel/dom.js").State} State */
/**
 * @typedef {object} Act
 * @property {string} id what the page's script does
 * @property {string} text
 * @property {string} [icon]
 * @property {string} [kind] "primary", "danger", ""
 * @property {string} [why] disabled, and why
 * @property {string} [href]
 */
/**
 * @typedef {object} Task
 * @property {State} tone
 * @property {string} word the chip's word
 * @property {string} meta who I am here
 * @property {string} title
 * @property {string} text
 * @property {Act[]} acts the first is the primary one
 * @property {{ok: boolean, text: string}[]} [checks]
 * @property {"objection" | "recovery" | "replies" | null} [form] an input that the acts need
 */
/**
 * What a bidder's own browser knows; nothing of it comes from the public stream.
 * @typedef {object} Me
 * @property {boolean} ready the vault is open and holds this lot
 * @property {boolean} foreign the vault is open and has no bid for this lot
 * @property {string | null} pseudonym
 * @property {string | null} signedInAt
 * @property {boolean} busy
 */

/** @param {Hall} hall @param {Partial<Task>} task @returns {Task} */
export const plain = (hall, task) => ({
  tone: "progress",
  word: _("进行中"),
  meta: "",
  title: "",
  text: "",
  acts: [],
  checks: [],
  form: null,
  ...task,
  ...(hall.paused ? paused(hall) : {}),
});

/** @param {string} by */
export const pauser = (by) =>
  ({ supervisor: _("监督人员"), host: _("主持人"), system: _("平台") })[by] ?? by;

/** A quiet view of its own: who, why, since when, until when. @param {Hall} hall @returns {Partial<Task>} */
function paused(hall) {
  const { by = "", reason = "", at = "", resumes_at: until = null } = hall.paused ?? {};
  const told = { by: pauser(by), at: short(at), reason };
  return {
    tone: "neutral",
    word: _("已暂停"),
    title: _("开标已暂停"),
    text: _("%(by)s于 %(at)s 暂停。原因：%(reason)s。", told),
    acts: [],
    checks: [
      {
        ok: false,
        text: until ? _("预计 %(at)s 恢复", { at: short(until) }) : _("恢复时间另行通知"),
      },
      { ok: true, text: _("窗口停止计时，恢复后顺延同样长的时间") },
      { ok: true, text: _("已完成的步骤都有效，投标文件仍按原样密封") },
    ],
    form: null,
  };
}

/** Words for whoever only watches. @param {Hall} hall @returns {Task} */
export function watcherTask(hall) {
  /** @type {{[stage: string]: [string, string]}} */
  const words = {
    waiting: [_("等候开标"), _("截止前任何人都看不到谁投了标、有几家，包括平台。")],
    sign_in: [_("签到进行中"), _("截止前任何人都看不到谁投了标、有几家，包括平台。")],
    deadline_lock: whileLocked(hall),
    list_published: [_("名单已公布"), _("解密窗口即将开放。")],
    bidder_decryption: [_("投标人正在解密"), _("密钥与封标时登记的指纹逐份核对，报价此时仍密封。")],
    opening: [
      _("正在开启报价"),
      hall.openings
        ? _("报价已开启，等候招标代理签署开启清单。")
        : _("解密窗口已关闭，受托人释放报价份额后才能开启。"),
    ],
    verification: [_("正在核验"), _("开启的内容与截止前登记的指纹逐份核对。")],
    parameter_draw: [
      _("参数抽取"),
      _("按招标文件公布的备选当场抽取。输入在截止前已经封存，谁都改不了，每个值都由本机重算。"),
    ],
    read_out: [_("正在唱标"), _("报价逐家公布，大小写一并显示。")],
    record_confirmation: [_("投标人确认记录"), _("各投标人确认开标记录或当场提出异议。")],
    reconvened: [_("复会"), _("会议因新的事由重新召开。补充的内容另成一份记录，原记录不变。")],
    questions: [_("异议答复"), _("对开标的异议当场答复，写入记录。条例第 44 条")],
  };
  const [title, text] = words[hall.stage] ?? [_("开标进行中"), ""];
  if (hall.stage === "closed") return closed(hall);
  if (hall.stage === "failed_too_few") return failed(hall);
  if (hall.stage === "cancelled") return cancelled(hall);
  return plain(hall, { title, text });
}

/**
 * Why nothing opens yet: the close's witnesses, a decision, or trustees.
 * @param {Hall} hall @returns {[string, string]}
 */
function whileLocked(hall) {
  if (hall.manifest && hall.close === "awaited") {
    return [
      _("投标已截止，等候见证"),
      _("见证人和时间戳机构正在证明截止检查点，通常几秒钟。在此之前不释放任何份额。"),
    ];
  }
  if (hall.close === "late") {
    return [
      _("截止检查点未获及时见证"),
      _("监督部门作出签名的决定之前，受托人不释放任何份额，投标文件仍密封。"),
    ];
  }
  return [
    _("投标已截止，等候受托人"),
    _("够 %(m)s 位受托人释放份额，名单才会公布。", { m: hall.threshold }),
  ];
}

/** @param {Hall} hall @returns {Task} */
function closed(hall) {
  const record = hall.records.at(-1);
  const url = record?.url ?? hall.record?.url;
  const text = _("下载开标记录");
  const signed = record?.signed.length ?? 0;
  return plain(hall, {
    tone: "done",
    word: _("已结束"),
    title: hall.sitting > 1 ? _("复会结束") : _("开标结束"),
    text: url
      ? _("开标记录已由交易中心电子签章，扫码或拖到验证页即可核验。")
      : _("开标记录正在签发，通常在一分钟内。"),
    acts: url ? [{ id: "record", text, icon: "down", kind: "primary", href: url }] : [],
    checks: signed ? [{ ok: true, text: _("已有 %(n)s 方签署", { n: signed }) }] : [],
  });
}

/** @param {Hall} hall @returns {Task} */
function failed(hall) {
  return plain(hall, {
    tone: "refused",
    word: _("流标"),
    title: _("本次招标失败"),
    text: hall.caption || _("投标人不足，依法不开标。"),
  });
}

/** @param {Hall} hall @returns {Task} */
function cancelled(hall) {
  return plain(hall, {
    tone: "refused",
    word: _("不再开标"),
    title: _("开标不再进行"),
    text: hall.caption || _("本标段已经结束，投标文件原封退回。"),
  });
}

/** @param {number} seat */
export const seatNo = (seat) => String(seat).padStart(2, "0");

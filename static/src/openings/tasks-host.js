// What the hall asks of those who preside over it or watch over it: host and supervisor.
import { clock, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { drawing } from "./draw-task.js";
import { openObjections } from "./state-record.js";
import { tally } from "./state.js";
import { ENDED, watcherTask } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./tasks.js").Task} Task */

/** @param {Hall} hall @returns {Task} */
export function supervisorTask(hall) {
  const task = watcherTask(hall);
  if (ENDED.includes(hall.stage)) return task;
  const acts = hall.paused
    ? [{ id: "resume", text: _("恢复开标"), icon: "play", kind: "primary" }]
    : [{ id: "pause", text: _("下达暂停令"), icon: "pause", kind: "danger" }];
  return { ...task, meta: _("监督人员"), acts };
}

/** The host's one primary act at this stage. @param {Hall} hall @returns {Task} */
export function hostTask(hall) {
  const task = watcherTask(hall);
  if (hall.paused) return { ...task, acts: [resumption(hall.paused.by)] };
  if (hall.stage === "closed") return { ...task, meta: _("主持人"), ...afterwards(hall, task) };
  return { ...task, meta: _("主持人"), ...presiding(hall) };
}

/** @param {string} by who paused @returns {import("./tasks.js").Act} */
const resumption = (by) => ({
  id: "resume",
  text: _("恢复开标"),
  icon: "play",
  kind: "primary",
  ...(by === "supervisor" ? { why: _("监督人员下的暂停令，由监督人员恢复") } : {}),
});

/** After the end: the agency's signature on the record, the record, the session convened again. @param {Hall} hall @param {Task} task @returns {Partial<Task>} */
function afterwards(hall, task) {
  const record = hall.records.at(-1);
  const signed = record?.signed.some(({ role }) => role === "host");
  const again = { id: "reconvene", text: _("复会"), icon: "split", kind: "" };
  if (!record?.signUntil || record.unsigned || signed) return { acts: [...task.acts, again] };
  const sign = { id: "sign_record", text: _("签署开标记录"), icon: "pen", kind: "primary" };
  return {
    tone: "need",
    word: _("需要你操作"),
    title: _("签署开标记录"),
    text: _("请在 %(at)s 前用本单位的证书签署，投标人同时签署。", { at: short(record.signUntil) }),
    acts: [sign, ...task.acts.map((one) => ({ ...one, kind: "" })), again],
  };
}

/** @param {Hall} hall @param {number} left */
const missing = (hall, left) =>
  left
    ? _("还差 %(n)s 家，全部完成或 %(at)s 后可用", {
        n: left,
        at: hall.until ? clock(hall.until) : "—",
      })
    : "";

/** @param {Hall} hall @returns {Partial<Task>} */
function presiding(hall) {
  const count = tally(hall);
  const open = openObjections(hall).length;
  switch (hall.stage) {
    case "waiting":
    case "sign_in":
      return {
        title: _("等候投标截止"),
        text: _("截止由时钟执行，不由主持人操作。截止前没有人能看到投标人和家数。"),
      };
    case "deadline_lock":
      return hall.close === "late" || hall.close === "awaited"
        ? {}
        : { title: _("等候受托人释放份额"), text: stillNeeded(hall, hall.first.length) };
    case "list_published":
      return act(
        "start_decryption",
        _("开放解密窗口"),
        "unlock",
        _("名单已公布，可以开放解密窗口。"),
      );
    case "bidder_decryption": {
      const left = (count?.waiting ?? 0) + (count?.trouble ?? 0);
      const why = missing(hall, left);
      return act(
        "close_window",
        _("关闭解密窗口"),
        "lock",
        _("全部解密，或窗口到时，即可关闭。"),
        why,
      );
    }
    case "opening":
      return hall.openings
        ? act(
            "sign_manifest",
            _("核对并签署开启清单"),
            "pen",
            _("报价已由平台读出，用单位证书签署清单后进入核验。"),
          )
        : { title: _("等候受托人释放报价份额"), text: stillNeeded(hall, hall.second.length) };
    case "parameter_draw":
      return drawing(hall);
    case "read_out":
      return act("read_out", _("唱出其余报价"), "speak", _("可在列表中逐家唱标，也可一次唱完。"));
    case "record_confirmation": {
      const left = (count?.all ?? 0) - (count?.answered ?? 0);
      const why = missing(hall, left);
      return act("close_confirmation", _("关闭确认窗口"), "lock", _("未答复的视同确认。"), why);
    }
    case "reconvened":
    case "questions":
      return {
        ...act(
          "close",
          _("宣布开标结束"),
          "flag",
          open ? _("先答复异议，答复写入记录。") : _("没有待答复的异议，可以结束。"),
          open ? _("还有 %(n)s 条异议未答复", { n: open }) : "",
        ),
        form: open ? "replies" : null,
      };
    default:
      return {};
  }
}

/** @param {Hall} hall @param {number} have */
const stillNeeded = (hall, have) =>
  _("已释放 %(have)s 份，需要 %(m)s 份。缺席的受托人不影响其余受托人。", {
    have,
    m: hall.threshold,
  });

/** @param {string} id @param {string} title @param {string} icon @param {string} text @param {string} [why] */
function act(id, title, icon, text, why) {
  const one = { id, text: title, icon, kind: "primary", ...(why ? { why } : {}) };
  return { title, text, acts: [one] };
}

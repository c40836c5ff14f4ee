// What the hall asks of the one who looks at it: one task per stage and role, as a plain value.
import { _ } from "../kernel/words.js";
import { drawing } from "./draw-task.js";
import { openObjections } from "./state-record.js";
import { tally } from "./state.js";

const ENDED = ["closed", "failed_too_few", "cancelled"];

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
const plain = (hall, task) => ({
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

/** @param {Hall} hall @returns {Partial<Task>} */
function paused(hall) {
  const by = hall.paused?.by === "supervisor" ? _("监督人员") : _("主持人");
  return {
    tone: "neutral",
    word: _("已暂停"),
    title: _("开标已暂停"),
    text: _("%(by)s暂停。原因：%(reason)s。窗口停止计时，恢复后顺延，已完成的步骤仍然有效。", {
      by,
      reason: hall.paused?.reason ?? "",
    }),
    acts: [],
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
    questions: [_("异议答复"), _("对开标的异议当场答复，写入记录。条例第 44 条")],
  };
  const [title, text] = words[hall.stage] ?? ["", ""];
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
  const url = hall.record?.url;
  const download = {
    id: "record",
    text: _("下载开标记录"),
    icon: "down",
    kind: "primary",
    href: url,
  };
  return plain(hall, {
    tone: "done",
    word: _("已结束"),
    title: _("开标结束"),
    text: url
      ? _("开标记录已由交易中心电子签章，扫码或拖到验证页即可核验。")
      : _("开标记录正在签发，通常在一分钟内。"),
    acts: url ? [download] : [],
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

/** @param {Hall} hall @param {Me} me @returns {Bid | null} */
export const ownBid = (hall, me) =>
  hall.bids?.find((bid) => bid.pseudonym === me.pseudonym) ?? null;

/** @param {Hall} hall @param {Me} me @returns {Task} */
export function bidderTask(hall, me) {
  if (ENDED.includes(hall.stage)) return watcherTask(hall);
  if (!me.ready) return me.foreign ? noBid(hall) : locked(hall);
  const bid = ownBid(hall, me);
  const meta = bid
    ? _("%(seat)s 席　%(who)s", { seat: seatNo(bid.seat), who: bid.organisation })
    : _("你的身份在名单公布前不会出现");
  const task = ownTask(hall, me, bid);
  return plain(hall, { ...watcherTask(hall), meta, ...task });
}

/** @param {Hall} hall @returns {Task} */
function locked(hall) {
  return plain(hall, {
    tone: "need",
    word: _("需要你操作"),
    title: _("先打开保险柜"),
    text: _("你在这个标段的密钥锁在本单位的保险柜里。打开之后才能签到、解密和确认。"),
    form: hall.stage === "bidder_decryption" ? "recovery" : null,
  });
}

/** @param {Hall} hall @returns {Task} */
function noBid(hall) {
  const task = watcherTask(hall);
  return { ...task, meta: _("保险柜里没有这个标段的投标，你以公众身份观看") };
}

/** @param {Hall} hall @param {Me} me @param {Bid | null} bid @returns {Partial<Task>} */
function ownTask(hall, me, bid) {
  switch (hall.stage) {
    case "sign_in":
      return me.signedInAt ? signedIn() : signIn(me);
    case "bidder_decryption":
      return bid?.state === "listed" ? decrypt(hall, me, bid) : decrypted(bid);
    case "record_confirmation":
      return bid && !bid.answer ? confirm(me, bid) : {};
    default:
      return bid?.code ? out(bid) : {};
  }
}

/** @param {Me} me @returns {Partial<Task>} */
const signIn = (me) => ({
  tone: "need",
  word: _("需要你操作"),
  title: _("签到"),
  text: _("签到不公开，名单公布时才一并显示谁到场。不签到也不影响投标有效。"),
  acts: [{ id: "sign_in", text: _("签到"), icon: "pen", kind: "primary", ...busy(me) }],
});

/** @returns {Partial<Task>} */
const signedIn = () => ({
  tone: "done",
  word: _("已签到"),
  title: _("已签到，等候截止"),
  text: _("请保持页面打开。截止后由受托人释放份额，随后轮到你解密。"),
});

/** @param {Me} me */
const busy = (me) => (me.busy ? { why: _("正在办理") } : {});

/** @param {Hall} hall @param {Me} me @param {Bid} bid @returns {Partial<Task>} */
function decrypt(hall, me, bid) {
  return {
    tone: "need",
    word: _("需要你操作"),
    title: _("解密你的投标文件"),
    text: bid.trouble
      ? _("刚才没有成功，代码 %(code)s。窗口内可以反复尝试，或改用恢复码。", { code: bid.trouble })
      : _("密钥只在你的设备上打开，只交出这一份文件的解密密钥。与封标时登记的指纹一致才被接受。"),
    acts: [
      { id: "unlock", text: _("用保险柜里的密钥解密"), icon: "key", kind: "primary", ...busy(me) },
      { id: "recovery", text: _("用恢复码"), ...busy(me) },
    ],
    checks: [
      { ok: true, text: _("保险柜已打开") },
      { ok: true, text: _("受托人已释放 %(n)s 份名单份额", { n: hall.first.length }) },
    ],
    form: "recovery",
  };
}

/** @param {Bid | null} bid @returns {Partial<Task>} */
function decrypted(bid) {
  if (!bid) return {};
  if (bid.code) return out(bid);
  return {
    tone: "done",
    word: _("已解密"),
    title: _("你的投标文件已解密"),
    text: _("密钥与登记的指纹一致。窗口关闭前谁都看不到报价，请保持页面打开。"),
  };
}

/** @param {Bid} bid @returns {Partial<Task>} */
const out = (bid) => ({
  tone: "refused",
  word: bid.state.startsWith("withdrawn") ? _("撤回") : _("撤销"),
  title: _("你的投标文件没有开启"),
  text: _("%(word)s。代码 %(code)s。如有异议，可在确认记录时当场提出。", {
    word: bid.word ?? "",
    code: bid.code ?? "",
  }),
});

/** @param {Me} me @param {Bid} bid @returns {Partial<Task>} */
const confirm = (me, bid) => ({
  tone: "need",
  word: _("需要你操作"),
  title: _("确认开标记录"),
  text: bid.offer
    ? _("核对唱标内容：%(price)s。一致请确认，不一致请写明并提出异议，主持人当场答复。", {
        price: bid.offer.price_words,
      })
    : _("你的报价没有开启。你可以确认记录，也可以当场提出异议。"),
  acts: [
    { id: "agree", text: _("核对并确认"), icon: "check", kind: "primary", ...busy(me) },
    { id: "object", text: _("提出异议"), ...busy(me) },
  ],
  form: "objection",
});

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
  if (hall.paused) {
    return {
      ...task,
      acts: [{ id: "resume", text: _("恢复开标"), icon: "play", kind: "primary" }],
    };
  }
  return { ...task, meta: _("主持人"), ...presiding(hall) };
}

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
      const why = left ? _("还差 %(n)s 家，或等窗口到时", { n: left }) : "";
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
      const why = left ? _("还差 %(n)s 家答复，或等窗口到时", { n: left }) : "";
      return act("close_confirmation", _("关闭确认窗口"), "lock", _("未答复的视同确认。"), why);
    }
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

/** @param {number} seat */
export const seatNo = (seat) => String(seat).padStart(2, "0");

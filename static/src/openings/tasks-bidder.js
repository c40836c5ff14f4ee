// What the hall asks of a bidder, who alone knows which row is its own.
import { short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { ENDED, plain, seatNo, watcherTask } from "./tasks.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Bid} Bid */
/** @typedef {import("./tasks.js").Task} Task */
/** @typedef {import("./tasks.js").Me} Me */

/** @param {Hall} hall @param {Me} me @returns {Bid | null} */
export const ownBid = (hall, me) =>
  hall.bids?.find((bid) => bid.pseudonym === me.pseudonym) ?? null;

/** @param {Hall} hall @param {Me} me @returns {Task} */
export function bidderTask(hall, me) {
  if (hall.stage === "closed") return signing(hall, me);
  if (ENDED.includes(hall.stage)) return watcherTask(hall);
  if (!me.ready) return me.foreign ? noBid(hall) : locked(hall);
  const bid = ownBid(hall, me);
  const meta = bid
    ? _("%(seat)s 席　%(who)s", { seat: seatNo(bid.seat), who: bid.organisation })
    : _("你的身份在名单公布前不会出现");
  const task = ownTask(hall, me, bid);
  return plain(hall, { ...watcherTask(hall), meta, ...task });
}

/** The record's signature is asked of whoever is on the list. @param {Hall} hall @param {Me} me @returns {Task} */
function signing(hall, me) {
  const task = watcherTask(hall);
  const bid = ownBid(hall, me);
  const record = hall.records.at(-1);
  const done = record?.signed.some(({ seat }) => seat === bid?.seat);
  if (!bid || !record?.signUntil || record.unsigned || done) return task;
  return {
    ...task,
    tone: "need",
    word: _("需要你操作"),
    meta: _("%(seat)s 席　%(who)s", { seat: seatNo(bid.seat), who: bid.organisation }),
    title: _("签署开标记录"),
    text: _("请在 %(at)s 前用本单位的证书签署。逾期不签不影响开标结果，记录会注明未签署。", {
      at: short(record.signUntil),
    }),
    acts: [
      { id: "sign_record", text: _("签署开标记录"), icon: "pen", kind: "primary", ...busy(me) },
      ...task.acts.map((one) => ({ ...one, kind: "" })),
    ],
  };
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
    case "waiting":
      return early(hall);
    case "sign_in":
      return me.signedInAt ? signedIn() : signIn(me);
    case "list_published":
      return bid ? next(bid) : {};
    case "bidder_decryption":
      return bid?.state === "listed" ? decrypt(hall, me, bid) : decrypted(bid);
    case "record_confirmation":
      return bid && !bid.answer ? confirm(me, bid) : answered(bid);
    case "read_out":
      return bid?.offer ? read(bid) : bid?.code ? out(bid) : {};
    default:
      return bid?.code ? out(bid) : {};
  }
}

/** @param {Hall} hall @returns {Partial<Task>} */
const early = ({ signInFrom: from }) => ({
  tone: "neutral",
  word: _("等候"),
  title: _("还没到签到时间"),
  text: from
    ? _("签到从 %(at)s 开始。保险柜已经打开，页面开着就行，到时这里会提醒你。", { at: short(from) })
    : _("保险柜已经打开，页面开着就行，到时这里会提醒你。"),
});

/** @param {Bid} bid @returns {Partial<Task>} */
const next = (bid) => ({
  tone: "neutral",
  word: _("等候"),
  title: _("名单已公布，你在 %(seat)s 席", { seat: seatNo(bid.seat) }),
  text: _("主持人开放解密窗口之后轮到你，请保持页面打开。"),
});

/** @param {Bid} bid @returns {Partial<Task>} */
const read = (bid) => ({
  tone: "done",
  word: _("已唱标"),
  title: _("你的报价已经唱出"),
  text: _("唱标内容：%(price)s。唱标完毕后请你核对并确认，有出入可以提出异议。", {
    price: bid.offer?.price_words ?? "",
  }),
});

/** @param {Bid | null} bid @returns {Partial<Task>} */
function answered(bid) {
  if (!bid) return {};
  if (bid.answer === "objected") {
    return {
      tone: bid.waiting ? "progress" : "done",
      word: bid.waiting ? _("等候答复") : _("已答复"),
      title: bid.waiting ? _("你的异议已提出") : _("你的异议已答复"),
      text: _("异议和答复都写入开标记录，不影响其他投标人。"),
    };
  }
  return {
    tone: "done",
    word: _("已确认"),
    title: _("你已确认开标记录"),
    text: _("等候其余投标人。确认写入开标记录，不能改动。"),
  };
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

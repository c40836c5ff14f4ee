// What the room asks of whoever looks: the one thing to do now, in words. Pure.
import { _ } from "../kernel/words.js";
import { present } from "./state.js";
import { memberName, stageWord } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {"neutral" | "progress" | "need" | "done" | "refused"} Tone */
/** @typedef {{id: string, text: string, kind?: string, icon?: string, href?: string}} Act */
/**
 * @typedef {object} Task
 * @property {Tone} tone
 * @property {string} word
 * @property {string} title
 * @property {string} text
 * @property {Act[]} acts
 * @property {"key" | "vote" | null} form what is asked beside the acts
 */
/** @typedef {{ready: boolean, owes: number | null}} Me ready: the certificate is open; owes: sheets to submit */

/** @param {Partial<Task> & {title: string}} task @returns {Task} */
const task = (task) => ({
  tone: "neutral",
  word: _("等待"),
  text: "",
  acts: [],
  form: null,
  ...task,
});

/**
 * The task of the moment, null when the sheet itself is the task.
 * @param {Room} room @param {Me} me
 * @returns {Task | null}
 */
export function taskOf(room, me) {
  if (room.stage === "failed") return failed(room);
  if (room.paused) return paused(room);
  return room.role === "member" ? memberTask(room, me) : watching(room);
}

/** @param {Room} room */
const failed = (room) =>
  task({
    tone: "refused",
    word: _("评标终止"),
    title: _("本次评标已终止"),
    text: room.failed || _("原因写入评标记录。"),
  });

/** @param {Room} room */
const paused = (room) =>
  task({
    word: _("已暂停"),
    title: _("评标已暂停"),
    text: _("%(reason)s 暂停期间不能阅读和提交，已保存的内容都在。", {
      reason: room.paused?.reason ?? "",
    }),
    acts: room.role === "supervisor" ? [act("resume", _("恢复评标"), "primary", "play")] : [],
  });

/** @param {string} id @param {string} text @param {string} [kind] @param {string} [icon] @returns {Act} */
const act = (id, text, kind = "", icon = "") => ({ id, text, kind, icon });

/** @param {Room} room @param {Me} me @returns {Task | null} */
function memberTask(room, me) {
  if (room.state === "accepted") return checkIn(room, me);
  if (room.state === "checked_in") return pledge(room, me);
  if (room.stage === "election") return election(room);
  if (["drawing", "inviting", "check_in"].includes(room.stage)) return others(room);
  if (room.stage === "closed") return closed();
  if (!me.ready) return openKey();
  if (room.stage === "qualification" || room.stage === "technical") return scoring(room, me);
  if (room.stage === "price") return price(room);
  return null;
}

/** @param {Room} room @param {Me} me */
function checkIn(room, me) {
  const early = room.stage === "drawing" || room.stage === "inviting";
  if (early) {
    return task({
      title: _("等待委员会组成"),
      text: _("其余专家还在答复邀请。全部答复后开始签到，本页会自动更新。"),
    });
  }
  return task({
    tone: "need",
    word: _("需要你操作"),
    title: _("签到"),
    text: _("用你的证书在本机签名，证明到场的是受邀专家本人。证书不离开这台电脑。"),
    acts: me.ready ? [act("check-in", _("签名并签到"), "primary", "pen")] : [],
    form: me.ready ? null : "key",
  });
}

/** @param {Room} room @param {Me} me */
function pledge(room, me) {
  return task({
    tone: "need",
    word: _("需要你操作"),
    title: _("承诺，或申请回避"),
    text: room.pledge_text,
    acts: me.ready
      ? [
          act("pledge", _("承诺并签名"), "primary", "pen"),
          act("recuse", _("我须回避"), "danger", "x-c"),
        ]
      : [act("recuse", _("我须回避"), "danger", "x-c")],
    form: me.ready ? null : "key",
  });
}

/** @param {Room} room */
function others(room) {
  const here = room.members.filter(present).length;
  const pledged = room.members.filter(({ state }) => state === "pledged").length;
  return task({
    title: _("等待其他委员"),
    text: _("%(here)s 位已签到，%(pledged)s 位已承诺，共 %(all)s 席。全部承诺后推选组长。", {
      here,
      pledged,
      all: room.plan.seats,
    }),
  });
}

/** @param {Room} room */
function election(room) {
  const { round, rounds, votes, voted } = room.election;
  const facts = { round, rounds, votes, all: room.plan.seats };
  if (voted) {
    return task({
      tone: "progress",
      word: _("已投票"),
      title: _("推选组长"),
      text: _(
        "第 %(round)s 轮，已投 %(votes)s / %(all)s 票。票数相同则再投一轮，%(rounds)s 轮后抽签。",
        facts,
      ),
    });
  }
  return task({
    tone: "need",
    word: _("需要你操作"),
    title: _("推选组长"),
    text: _(
      "每人一票，可以投自己。第 %(round)s 轮，已投 %(votes)s / %(all)s 票；%(rounds)s 轮仍相同则抽签。",
      facts,
    ),
    acts: [act("vote", _("投票"), "primary", "vote")],
    form: "vote",
  });
}

const openKey = () =>
  task({
    tone: "need",
    word: _("需要你操作"),
    title: _("打开证书，继续评审"),
    text: _("评分草稿只有你的证书能打开，提交时也用它签名。"),
    form: "key",
  });

/** @param {Room} room @param {Me} me */
function scoring(room, me) {
  if (me.owes !== 0) return null;
  const done = room.progress.filter(({ submitted }) => submitted >= room.each).length;
  return task({
    tone: "done",
    word: _("已全部提交"),
    title: _("%(stage)s：你的评审已提交", { stage: stageWord(room.stage) }),
    text: _("%(done)s / %(all)s 位委员已全部提交。最后一份提交后，全部评定一同打开。", {
      done,
      all: room.plan.seats,
    }),
  });
}

/** @param {Room} room */
function price(room) {
  if (room.seat !== null && room.confirmed.includes(room.seat)) {
    return task({
      tone: "progress",
      word: _("已确认"),
      title: _("等待其他委员确认价格"),
      text: _("%(n)s / %(all)s 位已确认。", { n: room.confirmed.length, all: room.plan.seats }),
    });
  }
  return null;
}

const closed = () =>
  task({
    tone: "done",
    word: _("评标结束"),
    title: _("评标已结束，报告已签署"),
    text: _("投标文件不能再打开。评标过程在结果公布前须保密。"),
  });

/** @param {Room} room */
function watching(room) {
  if (room.stage === "closed") {
    return task({
      tone: "done",
      word: _("评标结束"),
      title: _("评标已结束，报告已签署"),
      text: "",
    });
  }
  const done = room.progress.filter(({ submitted }) => submitted >= room.each).length;
  const here = room.members.filter(present).length;
  const leader = room.leader
    ? _("组长：%(name)s。", { name: memberName(room.leader) })
    : _("%(here)s / %(all)s 席已签到。", { here, all: room.plan.seats });
  const sheets = ["qualification", "technical"].includes(room.stage)
    ? _("%(done)s / %(all)s 位委员已全部提交。", { done, all: room.plan.seats })
    : "";
  return task({
    tone: "progress",
    word: stageWord(room.stage),
    title: _("正在%(stage)s", { stage: stageWord(room.stage) }),
    text: `${leader}${sheets}${_("评定在全体提交之前，任何人都看不到，包括监督。")}`,
  });
}

// A row of the room's ledger: every number has its line, also those that are not spoken.
import { _ } from "../kernel/words.js";
import { memberName, stageWord } from "./words.js";

/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */
/** @typedef {import("../kernel/dom.js").State} State */

/** @type {{[kind: string]: [string, State]}} */
const MARKS = {
  convened: ["flag", "neutral"],
  stage_changed: ["next", "progress"],
  nonce_committed: ["lock", "neutral"],
  nonce_revealed: ["unlock", "done"],
  drawn: ["dice", "done"],
  draw_restarted: ["dice", "need"],
  invitation_accepted: ["check-c", "neutral"],
  invitation_declined: ["x-c", "neutral"],
  checked_in: ["user", "progress"],
  member_checked_in: ["user", "progress"],
  pledged: ["pen", "done"],
  member_pledged: ["pen", "done"],
  member_recused: ["x-c", "refused"],
  replacement_ordered: ["x-c", "refused"],
  member_replaced: ["user", "neutral"],
  voted: ["vote", "neutral"],
  vote_cast: ["vote", "neutral"],
  leader_elected: ["flag", "done"],
  sheet_submitted: ["seal", "neutral"],
  sheet_returned: ["warn", "need"],
  sheets_revealed: ["unlock", "done"],
  work_done: ["check-c", "done"],
  price_confirmed: ["check-c", "neutral"],
  report_ready: ["file", "progress"],
  report_signed: ["pen", "done"],
  paused: ["pause", "neutral"],
  resumed: ["play", "progress"],
  failed: ["x-c", "refused"],
  closed: ["flag", "done"],
};

/** @param {LiveEvent} event */
export function ledgerRow({ seq, kind, payload, at }) {
  const [icon, state] = MARKS[kind] ?? ["dots", "neutral"];
  return { seq, at, text: payload?.say ?? words(kind, payload ?? {}), icon, state };
}

/** @param {string} kind @param {any} payload */
function words(kind, payload) {
  const who = payload.seat ? memberName(payload.seat) : "";
  /** @type {{[kind: string]: () => string}} */
  const told = {
    stage_changed: () => _("进入「%(stage)s」", { stage: stageWord(payload.stage) }),
    sheet_submitted: () =>
      _("%(who)s已提交 %(n)s / %(all)s 份评分表", {
        who,
        n: payload.submitted,
        all: payload.of ?? "—",
      }),
    sheet_returned: () => _("一份评分表退回%(who)s更正", { who }),
    sheets_revealed: () =>
      _("全体已提交，%(stage)s的评定揭示", { stage: stageWord(payload.stage) }),
    price_confirmed: () => _("%(who)s已确认价格与排名", { who }),
    report_ready: () => _("评标报告已生成，等待签署"),
    report_signed: () => _("%(who)s已签署评标报告", { who }),
    work_done: () => _("「%(stage)s」已完成", { stage: stageWord(payload.stage ?? "") }),
    price_computed: () => _("价格与排名已计算"),
  };
  return told[kind]?.() ?? _("评标室的状态有更新");
}

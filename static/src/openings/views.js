// The hall as a page: trustees, proofs and ledger, each drawn from one state.
import { chip, el, replace } from "../kernel/dom.js";
import { clock, hashShort } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { LINE } from "./rail-view.js";
import { stageNames } from "./stage-names.js";
import { awaited } from "./state.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("../kernel/dom.js").State} State */
/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */

/**
 * The committee: who has released, refused or given wrongly, who is awaited and whom to call.
 * @param {HTMLElement} box @param {Hall} hall @param {string} phone the centre's
 */
export function drawCommittee(box, hall, phone) {
  const enough = (/** @type {import("./state.js").Share[]} */ given) =>
    given.length >= hall.threshold;
  const later = LINE.indexOf(hall.stage) >= LINE.indexOf("opening");
  const given = later ? hall.second : hall.first;
  const asked = ["deadline_lock", "opening"].includes(hall.stage);
  /** @type {State} */
  const state = enough(given) ? "done" : asked ? "progress" : "neutral";
  const rows = hall.trustees.map((seat) => {
    const share = given.find(({ trustee }) => trustee === seat.index);
    const wrong = hall.wrongShares.some((one) => one.name === seat.name) && !share;
    const no = hall.declined.find(
      (one) => one.trustee === seat.index && one.release === (later ? 2 : 1) && !share,
    );
    const word = share
      ? _("相符")
      : wrong
        ? _("份额不符")
        : no
          ? _("不释放")
          : enough(given)
            ? _("备用")
            : _("待释放");
    const mark = chip(share ? "done" : wrong || no ? "refused" : "neutral", word);
    mark.classList.add("bare");
    return el(
      "li",
      { title: no?.reason ?? null },
      el("span", {}, roleWord(seat.role)),
      el("span", { class: "muted num" }, share ? clock(share.at) : seat.name),
      mark,
    );
  });
  const wait = awaited(hall);
  const title = later ? _("报价份额") : _("名单份额");
  const have = `${given.length}/${hall.threshold} ${title}`;
  replace(
    box,
    el(
      "div",
      { class: "hd" },
      el("h2", {}, _("受托人")),
      el("span", { class: "end" }, chip(state, have, enough(given) ? "unlock" : "lock")),
    ),
    el(
      "div",
      { class: "bd" },
      el("ul", { class: "plain-kv small" }, ...rows),
      wait ? el("p", { class: "small awaited" }, waitingFor(wait, phone)) : null,
      proofs(hall),
    ),
  );
}

/**
 * @param {NonNullable<ReturnType<typeof awaited>>} wait @param {string} phone
 */
const waitingFor = ({ missing, names, since }, phone) =>
  _("还差 %(n)s 位。等候：%(names)s。自 %(at)s 起，电话 %(phone)s。", {
    n: missing,
    names: names.join("、"),
    at: since ? clock(since) : "—",
    phone,
  });

/** @param {Hall} hall */
function proofs(hall) {
  const pairs = [
    [_("截止检查点"), hall.checkpoint?.root],
    [_("截止清单"), hall.manifest],
    [_("开启清单"), hall.openings],
    [_("唱标表"), hall.recordDigest],
    [_("开标记录"), hall.record?.facts_hash],
  ].filter(([, hash]) => hash);
  if (pairs.length === 0) return null;
  const list = el("dl", { class: "kv small proofs" });
  for (const [term, digest] of pairs) {
    const hash = digest ?? "";
    const known = hash === hall.record?.facts_hash;
    const shown = known
      ? el("a", { class: "mono", href: `/check/${hash}`, title: hash }, hashShort(hash))
      : el("span", { class: "mono", title: hash }, hashShort(hash));
    list.append(el("dt", {}, term ?? ""), el("dd", {}, shown));
  }
  return list;
}

/** @param {string} role */
export function roleWord(role) {
  /** @type {{[role: string]: string}} */
  const words = {
    tenderee: _("招标人"),
    agency: _("招标代理"),
    centre: _("交易中心"),
    supervisor: _("监督部门"),
    notary: _("公证处"),
    association: _("行业协会"),
  };
  return words[role] ?? role;
}

/** @type {{[kind: string]: [string, State]}} */
const MARKS = {
  session_opened: ["info", "neutral"],
  sign_in_opened: ["pen", "progress"],
  deadline_locked: ["dawn", "neutral"],
  manifest_published: ["file", "neutral"],
  share_released: ["key", "done"],
  close_witnessed: ["shield", "done"],
  close_late: ["warn", "need"],
  close_decided: ["pen", "progress"],
  share_refused: ["x-c", "refused"],
  release_declined: ["x-c", "refused"],
  list_published: ["file", "done"],
  deposit_judged: ["bank", "neutral"],
  decryption_started: ["unlock", "progress"],
  bid_unlocked: ["check-c", "done"],
  bid_failed: ["x-c", "refused"],
  rescue_asked: ["shield", "need"],
  rescue_share: ["key", "done"],
  rescue_refused: ["x-c", "refused"],
  window_closed: ["lock", "neutral"],
  openings_unsealed: ["unlock", "progress"],
  manifest_signed: ["pen", "done"],
  verified: ["shield", "done"],
  bid_read_out: ["speak", "neutral"],
  read_out_done: ["speak", "done"],
  confirmation_started: ["pen", "progress"],
  bid_confirmed: ["check-c", "done"],
  bid_objected: ["warn", "need"],
  objection_answered: ["msg", "neutral"],
  paused: ["pause", "neutral"],
  resumed: ["play", "progress"],
  extended: ["clock", "progress"],
  announced: ["speak", "neutral"],
  stage_changed: ["flag", "neutral"],
  bid_opened: ["unlock", "done"],
  bytes_restored: ["shield", "done"],
  host_changed: ["user", "progress"],
  parameters_announced: ["dice", "progress"],
  parameter_drawn: ["dice", "done"],
  draws_done: ["dice", "done"],
  objection_raised: ["warn", "need"],
  reconvened: ["split", "progress"],
  record_signed: ["pen", "done"],
  signing_closed: ["lock", "neutral"],
  failed_too_few: ["x-c", "refused"],
  cancelled: ["x-c", "refused"],
  closed: ["flag", "done"],
  record_issued: ["seal", "done"],
};

/**
 * A row of the ledger: every number has its line, also those that are not spoken.
 * @param {LiveEvent} event
 */
export function ledgerRow({ seq, kind, payload, at }) {
  const [mark, state] = MARKS[kind] ?? ["dots", "neutral"];
  const stage = kind === "stage_changed" ? stageNames()[payload.stage] : null;
  const text =
    payload.say ??
    (stage
      ? _("进入「%(stage)s」", { stage })
      : _("%(seat)s 席已开启", { seat: String(payload.seat ?? "").padStart(2, "0") }));
  return { seq, at, text, icon: mark, state };
}

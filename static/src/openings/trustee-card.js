// One lot on a trustee's desk: what is asked, the evidence, the one act, and who else is awaited.
import { chip, el, icon } from "../kernel/dom.js";
import { clock, short } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { drawEvidence } from "./evidence.js";
import { roleWord } from "./views.js";

/** @typedef {{stage: "list" | "open", reason?: string, code?: string, at: string}} Said */
/** @typedef {{index: number, role: string, name: string, given: {list?: string, open?: string}, declined: Said[], wrong: Said[]}} Seat */
/**
 * @typedef {object} Request
 * @property {string} lot_id
 * @property {string} number
 * @property {string} name
 * @property {string} stage
 * @property {string} stage_name
 * @property {string} deadline
 * @property {number} index
 * @property {string} role
 * @property {number} of
 * @property {number} threshold
 * @property {"list" | "open" | null} release
 * @property {("list" | "open")[]} given
 * @property {("list" | "open")[]} declined
 * @property {{list: number, open: number}} have
 * @property {boolean} paused
 * @property {string} close_state
 * @property {Seat[]} committee
 * @property {string | null} since
 */
/**
 * @typedef {object} Desk what the page adds to a request
 * @property {boolean} open whether the key is open
 * @property {boolean} busy
 * @property {string} phone
 * @property {import("./evidence.js").Evidence} evidence
 * @property {(request: Request) => void} release
 * @property {(request: Request) => void} refuse
 */

const BEFORE = ["waiting", "sign_in"];

/** @param {Request} request @param {Desk} desk */
export function card(request, desk) {
  const { lot_id: lot, name, number, release: asked } = request;
  const role = _("第 %(n)s 席，%(role)s", { n: request.index, role: roleWord(request.role) });
  return el(
    "section",
    { class: asked && !refused(request) ? "panel task" : "panel", id: `lot-${lot}` },
    el(
      "div",
      { class: "task-in" },
      el(
        "div",
        { class: "grow" },
        el("div", { class: "row" }, state(request), el("span", { class: "small muted" }, role)),
        el("h2", {}, name),
        el("p", { class: "small muted" }, el("span", { class: "mono" }, number)),
        el("p", { class: "soft" }, ask(request)),
        asked ? buttons(request, desk) : null,
      ),
      facts(request),
    ),
    asked ? drawEvidence(asked, desk.evidence) : null,
    BEFORE.includes(request.stage) ? null : others(request, desk),
  );
}

/** @param {Request} request */
const refused = ({ release: asked, declined }) => asked !== null && declined.includes(asked);

/** @param {Request} request */
function facts({ deadline, stage_name: stage, have, threshold }) {
  return el(
    "dl",
    { class: "kv small" },
    el("dt", {}, _("投标截止")),
    el("dd", { class: "num" }, `${short(deadline)}:${clock(deadline).slice(-2)}`),
    el("dt", {}, _("阶段")),
    el("dd", {}, stage),
    el("dt", {}, _("名单份额")),
    el("dd", { class: "num" }, `${have.list} / ${threshold}`),
    el("dt", {}, _("报价份额")),
    el("dd", { class: "num" }, `${have.open} / ${threshold}`),
  );
}

/** @param {Request} request */
function state(request) {
  const { release: asked, given, paused, stage, close_state: close } = request;
  if (paused) return chip("neutral", _("已暂停"), "pause");
  if (refused(request)) return chip("refused", _("你已表示不释放"));
  if (asked) return chip("need", _("需要你操作"));
  if (given.includes("open")) return chip("done", _("两次份额都已释放"));
  if (given.includes("list")) return chip("done", _("名单份额已释放"));
  if (BEFORE.includes(stage)) return chip("neutral", _("未到截止"), "lock");
  if (stage === "deadline_lock" && close === "late") return chip("refused", _("等候监督部门决定"));
  if (stage === "deadline_lock") return chip("progress", _("等候见证"));
  return chip("neutral", _("无需释放"));
}

/** @param {Request} request */
function ask({ release: asked, stage, threshold, of, close_state: close }) {
  if (asked === "list") {
    return _("投标已截止。释放名单份额，只打开投标人身份，报价仍密封。一次操作对应全部投标文件。");
  }
  if (asked === "open") {
    return _("解密窗口已关闭。释放报价份额后，报价才能读出。一次操作对应全部投标文件。");
  }
  if (BEFORE.includes(stage)) {
    return _("截止前没有可释放的内容。够 %(m)s 位（共 %(n)s 位）受托人释放即可，缺席不误事。", {
      m: threshold,
      n: of,
    });
  }
  if (stage === "deadline_lock" && close === "late") {
    return _(
      "截止检查点没有在规定的秒数内得到见证和时间戳。监督部门作出签名的决定之前，任何份额都不释放。",
    );
  }
  if (stage === "deadline_lock" && close === "awaited") {
    return _("见证人和时间戳机构正在证明截止检查点，通常几秒钟。");
  }
  return _("现在没有要你做的事。");
}

/** @param {Request} request @param {Desk} desk */
function buttons(request, desk) {
  const text = request.release === "list" ? _("核对清单并释放名单份额") : _("核对并释放报价份额");
  const failed = [...desk.evidence.values()].some((each) => each.state === "refused");
  const off = !desk.open || desk.busy || failed;
  const give = button("key", text, off, `release-${request.release}`, () => desk.release(request));
  give.classList.add("primary");
  const not = button("x", _("不释放，说明理由"), !desk.open || desk.busy, "refuse", () =>
    desk.refuse(request),
  );
  const why = !desk.open ? _("先打开密钥") : failed ? _("核对没有通过，不能释放") : _("正在核对");
  return el(
    "div",
    { class: "row acts" },
    give,
    refused(request) ? null : not,
    off ? el("span", { class: "why-off" }, why) : null,
  );
}

/**
 * @param {string} mark @param {string} text @param {boolean} disabled @param {string} act
 * @param {() => void} click
 */
const button = (mark, text, disabled, act, click) =>
  el(
    "button",
    { class: "btn lg", type: "button", disabled, "data-act": act, on: { click } },
    icon(mark),
    text,
  );

/** Everyone of the committee by name; whoever is awaited, since when, and whom to call. @param {Request} request @param {Desk} desk */
function others(request, desk) {
  const stage = request.stage === "deadline_lock" ? "list" : "open";
  const rows = request.committee.map((seat) => seatRow(seat, stage));
  return el(
    "div",
    { class: "bd stack-2 small" },
    awaited(request, stage, desk.phone),
    el("ul", { class: "plain-kv small" }, ...rows),
  );
}

/** @param {Request} request @param {"list" | "open"} stage @param {string} phone */
function awaited({ committee, threshold, have, since, stage: now }, stage, phone) {
  const missing = threshold - have[stage];
  if (!["deadline_lock", "opening"].includes(now) || missing <= 0) return null;
  const open = committee.filter((seat) => !seat.given[stage]).map((seat) => seat.name);
  return el(
    "p",
    { class: "awaited" },
    _("还差 %(n)s 位。等候：%(names)s。自 %(at)s 起，电话 %(phone)s。", {
      n: missing,
      names: open.join("、"),
      at: since ? clock(since) : "—",
      phone,
    }),
  );
}

/** @param {Seat} seat @param {"list" | "open"} stage */
function seatRow(seat, stage) {
  const at = seat.given[stage];
  const no = seat.declined.find((one) => one.stage === stage);
  const wrong = seat.wrong.findLast((one) => one.stage === stage);
  const mark = at
    ? chip("done", _("已释放"))
    : wrong
      ? chip("refused", _("份额不符"))
      : no
        ? chip("refused", _("不释放"))
        : chip("neutral", _("待释放"));
  mark.classList.add("bare");
  const note = at
    ? clock(at)
    : no
      ? `${clock(no.at)} ${no.reason ?? ""}`
      : wrong
        ? clock(wrong.at)
        : "";
  return el(
    "li",
    {},
    el("span", {}, roleWord(seat.role)),
    el("span", { class: "muted" }, seat.name, note ? el("small", {}, ` ${note}`) : null),
    mark,
  );
}

// The report: what is signed, who has signed, one's own answer, and the sealed PDF in the end.
import { chip, el, icon } from "../kernel/dom.js";
import { clock, hashGroups } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { memberName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {{answer: "agree" | "dissent", opinion: string}} Word */

const OPINION_MAX = 2000;

/**
 * @param {Room} room @param {any} report GET …/report
 * @param {{sign: ((word: Word) => void) | null, ready: boolean}} by sign is null for who only looks
 */
export function signingPanel(room, report, { sign, ready }) {
  if (!report?.frozen) {
    return el(
      "section",
      { class: "panel", id: "report" },
      el("div", { class: "hd" }, el("h2", {}, _("评标报告"))),
      el("div", { class: "bd" }, el("p", { class: "soft" }, _("报告正在生成，本页会自动更新。"))),
    );
  }
  const mine = report.signatures.find((/** @type {any} */ one) => one.seat === room.seat);
  return el(
    "section",
    { class: mine || !sign || report.pdf ? "panel" : "panel task", id: "report" },
    el(
      "div",
      { class: "hd" },
      el("h2", {}, _("评标报告")),
      el("span", { class: "end" }, pdfLink(room, report)),
    ),
    el(
      "div",
      { class: "bd stack" },
      el(
        "dl",
        { class: "kv small" },
        el("dt", {}, _("报告指纹")),
        el("dd", { class: "mono", id: "report-digest" }, hashGroups(report.digest).join(" ")),
        el("dt", {}, _("签署")),
        el("dd", {}, answers(room, report)),
      ),
      sign && !mine && !report.pdf ? form(sign, ready) : null,
    ),
  );
}

/** @param {Room} room @param {any} report */
function pdfLink(room, report) {
  const href = report.pdf
    ? `/lots/${report.lot}/evaluation-report`
    : `/evaluations/${room.room}/report/draft`;
  const word = report.pdf ? _("评标报告 PDF") : _("阅读待签报告");
  return el(
    "a",
    { class: "btn sm", href, target: "_blank", rel: "noopener", id: "report-pdf" },
    icon("file"),
    word,
  );
}

/** @param {Room} room @param {any} report */
function answers(room, report) {
  const given = new Map(report.signatures.map((/** @type {any} */ one) => [one.seat, one]));
  return el(
    "ul",
    { class: "signers" },
    ...room.members.map(({ seat }) => {
      const answer = given.get(seat);
      const mark = answer ? answerChip(answer.answer) : chip("neutral", _("未签"));
      mark.classList.add("bare");
      return el(
        "li",
        { "data-seat": seat },
        memberName(seat),
        mark,
        answer ? el("time", { class: "muted num" }, clock(answer.at)) : null,
      );
    }),
  );
}

/** @param {string} answer */
function answerChip(answer) {
  if (answer === "agree") return chip("done", _("同意"));
  if (answer === "dissent") return chip("need", _("不同意见"), "pen");
  return chip("neutral", _("视为同意"));
}

/** @param {(word: Word) => void} sign @param {boolean} ready */
function form(sign, ready) {
  const opinion = el("textarea", {
    class: "area",
    id: "f-opinion",
    rows: 4,
    maxlength: OPINION_MAX,
  });
  const field = el(
    "div",
    { class: "field", hidden: true },
    el("label", { class: "lb", for: "f-opinion" }, _("不同意见和理由")),
    el(
      "p",
      { class: "hint" },
      _("附在报告之后。拒绝签字又不书面陈述意见的，视为同意。条例第 53 条"),
    ),
    opinion,
  );
  const radio = (/** @type {"agree" | "dissent"} */ value, /** @type {string} */ word) =>
    el(
      "label",
      { class: "check" },
      el("input", {
        type: "radio",
        name: "answer",
        value,
        checked: value === "agree",
        on: { change: () => (field.hidden = value === "agree") },
      }),
      el("span", {}, word),
    );
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const answer = data.get("answer") === "dissent" ? "dissent" : "agree";
    opinion.required = answer === "dissent";
    if (answer === "dissent" && !opinion.value.trim()) {
      opinion.focus();
      return;
    }
    sign({ answer, opinion: answer === "dissent" ? opinion.value.trim() : "" });
  };
  return el(
    "form",
    { class: "stack", id: "sign-form", on: { submit } },
    el(
      "fieldset",
      { class: "row" },
      el("legend", { class: "vh" }, _("我的意见")),
      radio("agree", _("同意报告结论")),
      radio("dissent", _("有不同意见")),
    ),
    field,
    el(
      "div",
      { class: "row" },
      el(
        "button",
        { class: "btn primary lg", type: "submit", disabled: !ready, "data-act": "sign-report" },
        icon("pen"),
        _("用证书签署"),
      ),
      ready ? null : el("span", { class: "why-off" }, _("先打开证书")),
      el("span", { class: "small muted" }, _("每位委员签署的是同一个指纹，签署后不能撤回。")),
    ),
  );
}

// Objections of the session for everybody: what was raised, with which files, and what was answered.
import { chip, el, find, icon, replace } from "../kernel/dom.js";
import { short } from "../kernel/format.js";
import { showRefusal } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { attachments, fileLinks } from "./attachments.js";
import { objectable, openObjections } from "./state-record.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state-record.js").Objection} Objection */
/** @typedef {import("./attachments.js").Kept} Kept */
/**
 * @typedef {object} By what this person may do
 * @property {(hall: Hall) => boolean} [mayRaise] a bidder with a seat whose task is not to answer
 * @property {() => Promise<unknown>} [raise] asks for text and files, then objects
 * @property {(no: number, text: string, files: Kept[]) => Promise<unknown>} [answer] the host's
 * @property {import("./attachments.js").Send} [send] keeps a file of the host
 */

/**
 * The panel; a form in which somebody types stays as it is while events come.
 * @param {HTMLElement} box
 * @param {By} by
 */
export function objectionsPanel(box, by) {
  /** @type {Map<number, {form: HTMLElement, done: boolean}>} */
  const forms = new Map();
  let shown = "";
  return {
    /** @param {Hall} hall */
    draw(hall) {
      const may = objectable(hall) && (by.mayRaise?.(hall) ?? false);
      box.hidden = hall.objections.length === 0 && !may;
      const running = objectable(hall);
      const key = JSON.stringify([hall.objections, may, running]);
      if (key === shown) return;
      shown = key;
      const focused = box.contains(document.activeElement) ? document.activeElement : null;
      const item = (/** @type {Objection} */ one) =>
        entry(one, running && by.answer ? formOf(one) : null);
      replace(box, head(hall, may ? raiseButton() : null), body(hall.objections.map(item)));
      if (focused instanceof HTMLElement && box.contains(focused)) focused.focus();
    },
  };

  function raiseButton() {
    const refusal = el("div", { "data-refusal": true, hidden: true });
    const click = () => void by.raise?.().catch((error) => showRefusal(refusal, error));
    const attributes = { class: "btn sm", type: "button", "data-act": "object", on: { click } };
    return [el("button", attributes, icon("pen"), _("提出异议")), refusal];
  }

  /** @param {Objection} one */
  function formOf(one) {
    const known = forms.get(one.no);
    if (known) return known.form;
    const form = answerForm(one, by);
    forms.set(one.no, { form, done: false });
    return form;
  }
}

/** @param {Hall} hall @param {(HTMLElement | null)[] | null} raise */
function head(hall, raise) {
  const open = openObjections(hall).length;
  const all = hall.objections.length;
  const count = open ? _("%(n)s 项待答复", { n: open }) : all ? _("已全部答复") : "";
  const tone = open ? "need" : "done";
  return el(
    "div",
    { class: "hd" },
    el("h2", { id: "objections-title", tabindex: -1 }, _("异议与答复")),
    count ? chip(tone, count) : null,
    el("span", { class: "small muted" }, _("条例第 44 条，当场答复")),
    raise ? el("span", { class: "end" }, ...raise) : null,
  );
}

/** @param {HTMLElement[]} items */
function body(items) {
  if (!items.length) {
    return el("div", { class: "bd" }, el("p", { class: "small muted" }, _("目前没有异议。")));
  }
  const list = { class: "bd objections", "aria-labelledby": "objections-title" };
  return el("ol", list, ...items);
}

/** @param {Objection} one @param {HTMLElement | null} form the host's, where it may answer */
function entry(one, form) {
  const title = el(
    "h3",
    {},
    _("第 %(no)s 号", { no: one.no }),
    "　",
    `${String(one.seat).padStart(2, "0")} ${one.organisation}`,
  );
  const waits = one.answer === null;
  return el(
    "li",
    { class: "objection stack-2", "data-objection": one.no },
    el(
      "div",
      { class: "row" },
      title,
      el("time", { class: "small muted num", datetime: one.at }, short(one.at)),
      waits ? chip("need", _("待答复")) : chip("done", _("已答复")),
    ),
    el("p", { class: "doc" }, one.text),
    fileLinks(one.attachments),
    one.answer ? reply(one.answer) : form,
  );
}

/** @param {import("./state-record.js").Reply} answer */
function reply(answer) {
  return el(
    "div",
    { class: "reply stack-2" },
    el(
      "p",
      { class: "small" },
      el("b", {}, _("当场答复")),
      " ",
      el("time", { class: "muted num", datetime: answer.at }, short(answer.at)),
    ),
    el("p", { class: "doc" }, answer.text),
    fileLinks(answer.attachments),
  );
}

/** @param {Objection} one @param {By} by */
function answerForm(one, by) {
  const id = `reply-${one.no}`;
  const area = el("textarea", {
    ...{ class: "input", id, name: "text", rows: 3, required: true, maxlength: 2000 },
  });
  const files = by.send ? attachments(`${id}-files`, by.send) : null;
  const refusal = el("div", { "data-refusal": true, hidden: true });
  const button = el("button", { class: "btn", type: "submit" }, icon("msg"), _("当场答复"));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    refusal.hidden = true;
    button.toggleAttribute("disabled", true);
    try {
      await by.answer?.(one.no, area.value, files ? await files.sent() : []);
    } catch (error) {
      showRefusal(refusal, error);
    } finally {
      button.toggleAttribute("disabled", false);
    }
  };
  return el(
    "form",
    { class: "stack-2 reply", on: { submit } },
    el(
      "div",
      { class: "field" },
      el(
        "label",
        { class: "lb", for: id },
        _("对第 %(no)s 号的答复，写入开标记录", { no: one.no }),
      ),
      area,
    ),
    files?.node ?? null,
    refusal,
    el("p", {}, button),
  );
}

/**
 * The bidder's dialog with its files; what it confirms is sent before the objection is signed.
 * @param {import("./attachments.js").Send} send
 */
export function objectionDialog(send) {
  const mount = find("dialog#objection [data-files]");
  const files = attachments("f-files", send);
  if (mount) replace(mount, files.node);
  return files;
}

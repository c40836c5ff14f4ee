// 救援小组: who asks, on what evidence, until when; one act gives this member's share.
import { watchCountdowns } from "../kernel/clock.js";
import { chip, el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { clock, hashShort } from "../kernel/format.js";
import { Refused, getJson, postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { desk, give, isOpen } from "../openings/rescue-desk.js";
import { roleWord } from "../openings/views.js";
import { SealingError } from "../sealing/errors.js";

/** @typedef {import("../openings/rescue-desk.js").Asked} Asked */
/** @typedef {import("../openings/rescue-desk.js").Desk} Desk */

const EVERY = 3000;
/** @type {Desk & {demo: boolean, words: Record<string, {what: string}>}} */
const page = pageData();
const account = { get: getJson, post: postJson };
/** @type {import("../kernel/keys.js").OpenKey | null} */
let key = null;
let shown = "";
/** @type {Desk} */
let last = page;
/** @type {string | null} commitment under way */
let under = null;

draw(page);
void openKey();
setInterval(() => void refresh(), EVERY);

async function openKey() {
  key = await askForKey(qs("#key"), { demo: page.demo });
  qs("#key-panel").hidden = true;
  draw(last);
  await refresh();
}

async function refresh() {
  const told = await desk(account).catch(() => null);
  if (told) draw(told);
}

/** @param {Desk} told */
function draw(told) {
  last = told;
  const { lots, requests } = told;
  const now = JSON.stringify([lots, requests, key !== null, under]);
  if (now === shown) return;
  shown = now;
  qs("#none").hidden = requests.length > 0;
  replace(qs("#requests"), ...requests.map(card));
  watchCountdowns(qs("#requests"));
  const named = lots.map(({ lot_id: id, name }) =>
    el("li", {}, el("a", { href: `/lots/${id}` }, name)),
  );
  replace(qs("#lots"), ...(named.length ? named : [el("li", {}, _("没有。"))]));
}

/** @param {Asked} asked */
function card(asked) {
  const facts = { n: asked.member.index, role: roleWord(asked.member.role) };
  return el(
    "section",
    { class: isOpen(asked) ? "panel task" : "panel" },
    el(
      "div",
      { class: "task-in" },
      el(
        "div",
        { class: "grow" },
        el(
          "div",
          { class: "row" },
          mark(asked),
          el("span", { class: "small muted" }, _("第 %(n)s 席，%(role)s", facts)),
        ),
        el("h2", {}, asked.organisation),
        el(
          "p",
          { class: "small muted" },
          asked.name,
          "　",
          el("span", { class: "mono" }, asked.number),
        ),
        evidence(asked),
        isOpen(asked) ? button(asked) : null,
        el("div", { "data-refusal": true, hidden: true }),
      ),
      asked.until && isOpen(asked) ? figure(asked.until) : null,
    ),
  );
}

/** @param {Asked} asked */
function mark(asked) {
  if (asked.state !== "listed") {
    const good = ["unlocked", "opened"].includes(asked.state);
    return chip(good ? "done" : "refused", good ? _("已解密") : _("窗口已关闭"));
  }
  if (asked.mine) return chip("done", _("我已放行"));
  return isOpen(asked) ? chip("need", _("需要你操作")) : chip("neutral", _("暂不能放行"));
}

/** @param {Asked} asked */
function evidence({ asked_at: at, attempts, request, given, threshold, of, credit_code: code }) {
  const tried = attempts.filter((one) => one.code && one.via !== "rescue");
  const why = page.words[request.cause]?.what ?? request.cause;
  /** @type {[string, string][]} */
  const pairs = [
    [_("信用代码"), code],
    [_("申请时间"), clock(at)],
    [_("原因"), `${why} ${request.cause}`],
    [_("试过"), _("%(n)s 次，均未成功", { n: tried.length })],
    [_("事先同意"), _("封标时写入文件头，由投标代号签名")],
    [_("申请签名"), _("单位证书有效，本机放行前再核对一次")],
    [_("投标指纹"), hashShort(request.commitment)],
    [_("已放行"), _("%(given)s / %(threshold)s，小组共 %(of)s 位", { given, threshold, of })],
  ];
  const list = el("dl", { class: "kv small mt" });
  for (const [term, value] of pairs) list.append(el("dt", {}, term), el("dd", {}, value));
  return list;
}

/** @param {Asked} asked */
function button(asked) {
  const busy = under === asked.request.commitment;
  const click = (/** @type {Event} */ event) =>
    void release(asked, /** @type {HTMLElement} */ (event.currentTarget));
  const attributes = {
    class: "btn lg primary",
    type: "button",
    disabled: !key || busy,
    on: { click },
  };
  return el(
    "div",
    { class: "row acts" },
    el("button", attributes, icon("key"), _("核对并放行我的份额")),
    key ? null : el("span", { class: "why-off" }, _("先在右侧打开密钥")),
  );
}

/** @param {string} until */
function figure(until) {
  return el(
    "div",
    { class: "count big", "data-s": "need", "data-until": Date.parse(until), "data-over": "00:00" },
    el("span", { class: "lab" }, _("解密窗口关闭还有")),
    el("span", { class: "fig", role: "timer" }),
    el("span", { class: "at" }, _("%(at)s 关闭，全场同一时钟", { at: clock(until) })),
  );
}

/** @param {Asked} asked @param {HTMLElement} from */
async function release(asked, from) {
  if (!key) return;
  const box = /** @type {HTMLElement} */ (from.closest("section")?.querySelector("[data-refusal]"));
  under = asked.request.commitment;
  try {
    const { given, threshold, unlocked } = await give(account, asked, key.keys);
    qs("#done").textContent = unlocked
      ? _("%(who)s的投标已解密。", { who: asked.organisation })
      : _("已放行，%(given)s / %(threshold)s。", { given, threshold });
    under = null;
    await refresh();
  } catch (error) {
    under = null;
    showRefusal(box, error instanceof SealingError ? inWords(error) : error);
  }
}

/** @param {SealingError} error */
function inWords({ code }) {
  /** @type {Record<string, string>} */
  const whats = {
    "ENV-3104": _("这份投标没有同意救援，没有放行。"),
    "ENV-3105": _("封给我的那一份打不开或与登记的指纹不符，属投标人封装的错误，没有放行。"),
    "ENV-6101": _("打开的不是公告里我这一席的密钥，没有放行。"),
    "ENV-6102": _("申请不是由它写明的证书签名的，没有放行。"),
    "ENV-6103": _("申请、投标文件和标段对不上，没有放行。"),
  };
  return new Refused({ code, what: whats[code] ?? code }, 0);
}

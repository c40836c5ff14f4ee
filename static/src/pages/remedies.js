// 解密不了怎么办: three ways in their order, what is left of the time, what each attempt said.
import { watchCountdowns } from "../kernel/clock.js";
import { chip, el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { clock } from "../kernel/format.js";
import { Refused, getJson, postJson, send, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import {
  KEY_LOST,
  askPanel,
  causeOf,
  giveBack,
  need,
  recover,
  report,
} from "../openings/remedies.js";
import { SealingError } from "../sealing/errors.js";
import { roleWord } from "../openings/views.js";

/** @typedef {import("../openings/remedies.js").Need} Need */
/** @typedef {import("../openings/remedies.js").OwnBid} OwnBid */
/** @typedef {{what: string, why: string, next: string}} Words */

const EVERY = 3000;
/** @type {Need & {demo: boolean, phone: string, words: Record<string, Words>}} */
const page = pageData();
const account = { get: getJson, post: postJson };
/** @type {Need} */
let told = page;
let shown = "";
let asking = false;

draw();
setInterval(() => void refresh(), EVERY);
qs("#key-lost").addEventListener("click", () => void keyLost());
qs("#file-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void byFile();
});
qs("#code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void byCode();
});

async function refresh() {
  told = await need(account, page.lot).catch(() => told);
  draw();
}

/** @returns {OwnBid | null} the bid, while something may still be tried */
function waiting() {
  const { bid, stage, paused } = told;
  return bid?.state === "listed" && stage === "bidder_decryption" && !paused ? bid : null;
}

function draw() {
  const now = JSON.stringify(told);
  if (now === shown) return;
  shown = now;
  drawNow();
  drawWays();
  drawAttempts(told.bid?.attempts ?? []);
}

function drawNow() {
  const { tone, word, title, text } = situation();
  const box = qs("#now");
  box.classList.toggle("task", tone === "need");
  const count = waiting() && told.until ? figure(told.until) : null;
  const tel = `tel:${page.phone.replace(/\s/g, "")}`;
  const words = el(
    "div",
    { class: "grow" },
    el("div", { class: "row" }, chip(tone, word), meta()),
    el("h2", {}, title),
    el("p", { class: "soft" }, text),
    el("p", {}, _("求助电话"), " ", el("a", { class: "num strong", href: tel }, page.phone)),
  );
  replace(box, el("div", { class: "task-in" }, words, count));
  watchCountdowns(box);
}

/** @returns {HTMLElement | null} */
function meta() {
  if (!told.bid) return null;
  const facts = { seat: String(told.bid.seat).padStart(2, "0"), who: told.bid.organisation };
  return el("span", { class: "small muted" }, _("%(seat)s 席　%(who)s", facts));
}

/** @returns {{tone: import("../kernel/dom.js").State, word: string, title: string, text: string}} */
function situation() {
  const { bid, stage, paused } = told;
  if (!bid) return before(stage);
  if (bid.code) return over(bid);
  if (bid.state !== "listed") {
    const text = _("不用再做什么。请回开标大厅等候唱标。");
    return { tone: "done", word: _("已解密"), title: _("投标文件已经解密"), text };
  }
  if (paused) {
    const text = _("窗口停止计时，恢复后顺延。不会因为暂停少一分钟。");
    return { tone: "neutral", word: _("已暂停"), title: _("开标已暂停"), text };
  }
  if (stage !== "bidder_decryption") {
    const text = _("解密窗口还没有开放。先把恢复码和证书找出来。");
    return { tone: "neutral", word: _("稍候"), title: _("还没有轮到解密"), text };
  }
  if (bid.rescue?.asked_at) return rescuing(bid.rescue);
  if (!bid.has_recovery && !bid.rescue && bid.attempts.length > 0) {
    const only = _(
      "封标时没有设恢复码，也没有救援小组。继续找封标时的电脑和证书；若因平台或证书服务故障，现在就打电话，由监督人员认定。",
    );
    return { tone: "need", word: _("需要你操作"), title: _("只剩投标密钥这一条路"), text: only };
  }
  const text = _("按下面三项的顺序来，前一项不行就换下一项。窗口关闭前解密成功，一切照常。");
  return { tone: "need", word: _("需要你操作"), title: _("还来得及"), text };
}

/** @param {NonNullable<OwnBid["rescue"]>} rescue @returns {ReturnType<typeof situation>} */
function rescuing({ given, threshold }) {
  const facts = { given, threshold };
  return {
    tone: "progress",
    word: _("已申请"),
    title: _("救援小组正在办理，%(given)s / %(threshold)s", facts),
    text: _(
      "申请已送到每一位成员，够 %(threshold)s 位放行即自动解密，请保持页面打开。等待时仍可以试密钥和恢复码。",
      facts,
    ),
  };
}

/** @param {OwnBid} bid @returns {ReturnType<typeof situation>} */
function over(bid) {
  const words = page.words[bid.code ?? ""];
  const withdrawn = bid.state.startsWith("withdrawn");
  return {
    tone: "refused",
    word: withdrawn ? _("撤回") : _("撤销"),
    title: words?.what ?? _("投标文件没有开启"),
    text: _("%(why)s%(next)s代码 %(code)s。", {
      why: words?.why ?? "",
      next: words?.next ?? "",
      code: bid.code ?? "",
    }),
  };
}

/** @param {string} stage @returns {ReturnType<typeof situation>} */
function before(stage) {
  const early = ["waiting", "sign_in", "deadline_lock"].includes(stage);
  return early
    ? {
        tone: "neutral",
        word: _("稍候"),
        title: _("现在还不用解密"),
        text: _("名单公布之后才轮到解密。趁现在把恢复码和证书找出来，保险柜也先打开试一试。"),
      }
    : {
        tone: "neutral",
        word: _("没有投标"),
        title: _("名单上没有本单位"),
        text: _("这个标段的名单里没有本单位的投标。如果有回执，请立即打电话。"),
      };
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

function drawWays() {
  const bid = waiting();
  qs("#ways").hidden = told.bid !== null && bid === null;
  for (const id of ["key-lost", "code-go"]) {
    /** @type {HTMLButtonElement} */ (qs(`#${id}`)).disabled = bid === null;
  }
  const codeless = told.bid !== null && !told.bid.has_recovery;
  qs("#no-code").hidden = !codeless;
  qs("#code-form").hidden = codeless;
  drawPanel(told.bid, bid);
}

/** @param {OwnBid | null} own @param {OwnBid | null} open */
function drawPanel(own, open) {
  const none = qs("#no-panel");
  none.hidden = own === null || own.rescue !== null;
  if (!none.hidden) none.textContent = `${wordsOf("OPN-2106").what}${wordsOf("OPN-2106").next}`;
  qs("#panel-words").hidden = !none.hidden;
  replace(qs("#members"), ...(own?.rescue?.members ?? []).map(memberLine));
  if (!open?.rescue || open.rescue.asked_at || asking) {
    if (!asking) replace(qs("#panel-key"));
    return;
  }
  const click = () => void ask();
  const button = { class: "btn primary", type: "button", id: "ask-panel", on: { click } };
  replace(qs("#panel-key"), el("button", button, icon("shield"), _("用单位证书申请救援")));
}

/** @param {import("../openings/remedies.js").Member} member */
function memberLine({ role, name, given }) {
  const mark = given ? chip("done", _("已放行")) : chip("neutral", _("待放行"));
  mark.classList.add("bare", "end");
  return el("li", {}, el("span", { class: "tag" }, roleWord(role)), el("span", {}, name), mark);
}

/** @param {import("../openings/remedies.js").Attempt[]} attempts */
function drawAttempts(attempts) {
  /** @type {Record<string, string>} */
  const ways = { bid_key: _("投标密钥"), recovery: _("恢复码"), rescue: _("救援小组") };
  const lines = attempts.map(({ via, code, at }) =>
    el(
      "li",
      {},
      el("span", { class: "num muted" }, `${clock(at)} `),
      el("b", {}, ways[via] ?? via),
      " ",
      code ? `${wordsOf(code).what} ${code}` : _("成功"),
    ),
  );
  replace(qs("#attempts"), ...(lines.length ? lines : [el("li", {}, _("还没有。"))]));
}

/** @param {string} code @returns {Words} */
function wordsOf(code) {
  return page.words[code] ?? { what: "", why: "", next: "" };
}

async function keyLost() {
  const refusal = qs("#key-refusal");
  refusal.hidden = true;
  try {
    await report(account, page.lot, KEY_LOST, "bid_key");
    await refresh();
    showRefusal(refusal, explained(KEY_LOST));
    qs(told.bid?.has_recovery ? "#way-code" : "#way-panel").scrollIntoView({ block: "nearest" });
  } catch (error) {
    showRefusal(refusal, error);
  }
}

async function byFile() {
  const refusal = qs("#file-refusal");
  const state = qs("#file-state");
  const file = /** @type {HTMLInputElement} */ (qs("#f-backup")).files?.[0];
  if (!file) return;
  refusal.hidden = true;
  state.textContent = _("正在核对每一个字节，请不要关闭页面。");
  try {
    const parts = await giveBack(send, page.lot, file);
    state.textContent = parts.length
      ? _("已补回 %(n)s 个部分，与登记的指纹一致。", { n: parts.length })
      : _("平台保存的内容与登记的指纹一致，不需要补回。");
  } catch (error) {
    state.textContent = "";
    showRefusal(refusal, error);
  }
}

async function byCode() {
  const refusal = qs("#code-refusal");
  refusal.hidden = true;
  if (!waiting()) return;
  const typed = /** @type {HTMLTextAreaElement} */ (qs("#f-code"));
  const go = /** @type {HTMLButtonElement} */ (qs("#code-go"));
  go.disabled = true;
  try {
    told = await recover(account, told, typed.value);
    typed.value = "";
    qs("#now").scrollIntoView({ block: "nearest" });
  } catch (error) {
    const code = causeOf(error);
    await refresh();
    showRefusal(refusal, code ? explained(code) : error);
  }
  draw();
  go.disabled = waiting() === null;
}

async function ask() {
  const refusal = qs("#panel-refusal");
  refusal.hidden = true;
  asking = true;
  const key = await askForKey(qs("#panel-key"), { demo: page.demo });
  try {
    const certificate = { keys: key.keys, chain: key.chain };
    told = await askPanel(account, told, certificate);
  } catch (error) {
    showRefusal(refusal, error instanceof SealingError ? explained("OPN-2106") : error);
  }
  asking = false;
  shown = "";
  draw();
}

/** @param {string} code */
function explained(code) {
  return new Refused({ code, ...wordsOf(code), phone: page.phone }, 0);
}

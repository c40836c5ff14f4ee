// 专家抽取: this party's number is made and kept here, and revealed by itself when all committed.
import { carriedOut } from "../kernel/dialog.js";
import { chip, el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { Offline, getJson, postJson, showRefusal } from "../kernel/http.js";
import { follow } from "../kernel/live.js";
import { _ } from "../kernel/words.js";
import { drawState, fits, seedOf, step } from "../evaluation/draw.js";
import {
  drawCheck,
  drawEarlier,
  drawOrder,
  drawParties,
  drawPool,
} from "../evaluation/draw-view.js";

const ASK_AFTER_MS = 150;
const POLL_MS = 2500;
const account = { get: getJson, post: postJson };
/** @type {any} */
let state = pageData();
let shown = "";
let lost = false;
let working = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;
/** @type {ReturnType<typeof setInterval> | undefined} */
let polling;

void show();
void proceed();
const line = follow(state.live_id, {
  after: state.seq,
  kept: _("承诺和随机数都留在本机，连上后自动继续。"),
  onEvent: askSoon,
  onState(held) {
    if (held === "live") askSoon();
    // The agency may see the draw and nothing else of the room: its stream is closed to it.
    if (held !== "refused") return;
    line.stop();
    polling ??= setInterval(() => void ask(), POLL_MS);
  },
});

function askSoon() {
  clearTimeout(asking);
  asking = setTimeout(() => void ask(), ASK_AFTER_MS);
}

async function ask() {
  state = await drawState(account, state.room).catch(() => state);
  await show();
  await proceed();
}

/** The reveal needs nobody at the keyboard; the commitment is a person's act. */
async function proceed() {
  const mine = state.parties.find((/** @type {any} */ one) => one.party === state.role);
  if (state.stage === "revealing" && mine && !mine.nonce && !state.paused) await act();
}

async function act() {
  if (working) return;
  working = true;
  try {
    const done = await step(account, state.room, localStorage);
    lost = done === "lost";
    if (done && done !== "lost") state = await drawState(account, state.room);
  } catch (error) {
    if (!(error instanceof Offline)) showRefusal(qs("[data-refusal]", qs("#task")), error);
  } finally {
    working = false;
  }
  await show();
}

async function show() {
  const key = JSON.stringify([state, lost]);
  if (key === shown) return;
  shown = key;
  const [fit, seed] = [await fits(state), await seedOf(state)];
  drawTask(fit, seed);
  drawParties(qs("#parties"), state, fit);
  drawPool(qs("#pool"), state);
  drawOrder(qs("#order"), state);
  drawCheck(qs("#check"), state, fit, seed);
  drawEarlier(qs("#earlier"), state);
  qs("#order-sub").textContent = state.order
    ? _("前 %(n)s 位就座，其余依次候补", { n: state.seats })
    : "";
}

/** @param {Record<string, boolean | null>} fit @param {string | null} seed */
function drawTask(fit, seed) {
  const mine = state.parties.find((/** @type {any} */ one) => one.party === state.role);
  const words = taskWords(mine, fit, seed);
  const button = el(
    "button",
    {
      class: "btn primary lg",
      type: "button",
      "data-act": "commit",
      on: { click: () => void act() },
    },
    icon("lock"),
    _("生成随机数并提交承诺"),
  );
  const restart = el(
    "button",
    { class: "btn danger", type: "button", on: { click: () => void redraw() } },
    icon("dice"),
    _("重新抽取"),
  );
  const commits = state.stage === "committing" && mine && !mine.commitment;
  qs("#task").classList.toggle("task", Boolean(commits) || lost);
  replace(
    qs("#task"),
    el(
      "div",
      { class: "task-in" },
      el(
        "div",
        { class: "grow" },
        el("div", { class: "row" }, chip(words.tone, words.word)),
        el("h2", {}, words.title),
        el("p", { class: "soft" }, words.text),
        commits || mayRestart()
          ? el("div", { class: "row acts" }, commits ? button : null, mayRestart() ? restart : null)
          : null,
        state.stage === "drawn" && state.role !== "agency"
          ? el(
              "div",
              { class: "row acts" },
              el(
                "a",
                { class: "btn primary lg", href: `/evaluations/${state.room}` },
                _("进入评标室"),
              ),
            )
          : null,
        el("div", { "data-refusal": true, hidden: true }),
      ),
    ),
  );
}

const mayRestart = () =>
  state.role === "supervisor" && ["committing", "revealing"].includes(state.stage);

/**
 * @param {any} mine @param {Record<string, boolean | null>} fit @param {string | null} seed
 * @returns {{tone: import("../kernel/dom.js").State, word: string, title: string, text: string}}
 */
function taskWords(mine, fit, seed) {
  if (state.stage === "failed") {
    return { tone: "refused", word: _("已终止"), title: _("本次评标已终止"), text: "" };
  }
  if (state.stage === "drawn") {
    const sound = seed === state.seed && Object.values(fit).every(Boolean);
    return {
      tone: sound ? "done" : "refused",
      word: sound ? _("已抽取，重算一致") : _("重算不一致"),
      title: _("专家已抽取"),
      text: _("通知已发给被抽中的专家。谁被抽中，招标代理和其他人都看不到。"),
    };
  }
  if (lost) {
    return {
      tone: "need",
      word: _("需要你操作"),
      title: _("随机数不在这台电脑上"),
      text: _(
        "你是在另一个浏览器里提交承诺的。请在那里打开本页，随机数会自动公开；找不回来时由监督部门下令重新抽取。",
      ),
    };
  }
  if (state.stage === "revealing") {
    return {
      tone: "progress",
      word: _("公开中"),
      title: _("三方都已承诺，正在公开随机数"),
      text: _("不需要操作，保持页面打开即可。"),
    };
  }
  if (mine && !mine.commitment) {
    return {
      tone: "need",
      word: _("需要你操作"),
      title: _("提交我方随机数的承诺"),
      text: _(
        "随机数在本机生成并留在本机，先只提交它的指纹。三方都提交后自动公开，种子由三方共同决定。",
      ),
    };
  }
  return {
    tone: "progress",
    word: _("已承诺"),
    title: _("等待其他方提交承诺"),
    text: _("请保持本页打开，或稍后用同一个浏览器回来；全部承诺后随机数自动公开。"),
  };
}

async function redraw() {
  const done = await carriedOut("restart", async (data) => {
    const reason = String(data.get("reason"));
    state = await postJson(`/evaluations/${state.room}/draw/restart`, { reason });
  });
  if (done) await show();
}

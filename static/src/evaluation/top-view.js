// The head of the room: sites with their members and presence, the stage, the time it has taken.
import { serverNow } from "../kernel/clock.js";
import { chip, el, find, icon, replace } from "../kernel/dom.js";
import { clock } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { LINE, bySite, station } from "./state.js";
import { memberName, stageWord } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {import("./state.js").Member} Member */
/** @typedef {import("../kernel/dom.js").State} State */

/** @type {{[state: string]: State}} */
const TONES = {
  pledged: "done",
  checked_in: "progress",
  recused: "refused",
  replaced: "refused",
  declined: "refused",
};

/** @param {string} state */
function presenceWord(state) {
  /** @type {{[state: string]: string}} */
  const words = {
    invited: _("已邀请"),
    accepted: _("未签到"),
    checked_in: _("已签到"),
    pledged: _("在场"),
    recused: _("已回避"),
    declined: _("已谢绝"),
    replaced: _("已更换"),
  };
  return words[state] ?? state;
}

/** @param {HTMLElement} box @param {Room} room */
export function drawSites(box, room) {
  const sites = bySite(room).map(({ name, kind, members }) =>
    el(
      "section",
      { class: "site" },
      el(
        "h2",
        {},
        icon("pin", "muted"),
        kind === "home" ? _("主场") : _("副场"),
        el("span", { class: "muted" }, name),
      ),
      el("ul", { class: "tiles" }, ...members.map((one) => tile(room, one))),
    ),
  );
  replace(box, ...(sites.length ? sites : [vacant(room)]));
}

/** @param {Room} room @param {Member} member */
function tile(room, member) {
  const mine = member.seat === room.seat;
  const state = chip(TONES[member.state] ?? "neutral", presenceWord(member.state));
  state.classList.add("bare");
  return el(
    "li",
    { class: mine ? "tile me" : "tile", "data-seat": member.seat },
    el(
      "b",
      {},
      memberName(member.seat),
      mine ? el("span", { class: "muted" }, _("（我）")) : null,
      room.leader === member.seat ? el("span", { class: "tag" }, _("组长")) : null,
    ),
    state,
  );
}

/** Before the draw there is nobody yet. @param {Room} room */
const vacant = (room) =>
  el(
    "p",
    { class: "small muted" },
    _("评标委员会 %(n)s 席，尚未抽取。", { n: room.plan?.seats ?? 5 }),
  );

/** @param {HTMLElement} box @param {Room} room */
export function drawStage(box, room) {
  const { at, of } = station(room);
  /** @type {State} */
  const tone = room.stage === "closed" ? "done" : room.stage === "failed" ? "refused" : "progress";
  const mark = room.paused
    ? chip("neutral", _("已暂停"), "pause")
    : chip(tone, stageWord(room.stage));
  const from = room.stage === "closed" ? room.began : room.since;
  replace(
    box,
    el(
      "span",
      { class: "row tight" },
      mark,
      at > 0
        ? el("span", { class: "tiny muted" }, _("第 %(n)s 步，共 %(all)s 步", { n: at, all: of }))
        : null,
    ),
    el(
      "div",
      { class: "count sm" },
      el("span", {
        class: "fig",
        "data-from": from ? Date.parse(from) : null,
        "data-to": room.ended ? Date.parse(room.ended) : null,
      }),
      el("span", { class: "at" }, elapsedWord(room)),
    ),
  );
  tick(box);
}

/** @param {Room} room */
function elapsedWord(room) {
  if (room.stage === "closed") return _("评标历时");
  return room.since ? _("本步骤自 %(at)s 起已用", { at: clock(room.since) }) : "";
}

/** Moves the elapsed time on. @param {ParentNode} root */
export function tick(root) {
  const figure = find(".fig[data-from]", root);
  if (!figure) return;
  const until = Number(figure.dataset.to) || serverNow();
  const seconds = Math.max(0, Math.floor((until - Number(figure.dataset.from)) / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  figure.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** The line of stages. @param {HTMLElement} box @param {Room} room @param {boolean} need */
export function drawRail(box, room, need) {
  const at = LINE.indexOf(room.stage);
  const ended = room.stage === "closed";
  /** @type {State} */
  const now = room.paused ? "neutral" : need ? "need" : "progress";
  const items = LINE.map((stage, index) => {
    const state = index < at || ended ? "done" : index === at ? now : "next";
    return el(
      "li",
      { "data-s": state, "aria-current": index === at && !ended ? "step" : null },
      el("i", {}, state === "done" ? icon("check") : null),
      el("b", {}, stageWord(stage)),
    );
  });
  replace(
    box,
    el(
      "div",
      { class: "rail-now" },
      el("span", { class: `fg-${ended ? "done" : now}` }, stageWord(room.stage)),
      el("small", {}, _("第 %(n)s 步，共 %(all)s 步", { n: at + 1, all: LINE.length })),
    ),
    el("ol", { class: "rail", "aria-label": _("评标阶段") }, ...items),
  );
}

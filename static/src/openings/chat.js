// 会场消息: the list with roles, one line to write, silence and order for those who keep it.
import { carriedOut } from "../kernel/dialog.js";
import { chip, el, icon, replace } from "../kernel/dom.js";
import { clock } from "../kernel/format.js";
import { showRefusal } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { mayspeak, moderates, seatKey } from "./sitting-state.js";

/** @typedef {import("./sitting-state.js").Sitting} Sitting */
/** @typedef {import("./sitting-state.js").Line} Line */
/**
 * @typedef {object} Who
 * @property {string | null} speaks host, bidder, supervisor, witness; null only reads
 * @property {string | null} me my person's id
 * @property {string} name mine, to find my own lines
 * @property {string | null} lot of my seat
 * @property {number | null} seat mine
 */
/**
 * @typedef {object} Acts
 * @property {(text: string, key: string) => Promise<unknown>} say
 * @property {(seat: number | null, lot: string | null, reason: string | null) => Promise<unknown>} mute a reason silences, null lifts
 * @property {(no: number, reason: string) => Promise<unknown>} remove
 */

const NEAR_END = 48; // px from the end that still count as reading the newest

/** @returns {Record<string, string>} */
const roles = () => ({
  host: _("主持"),
  bidder: _("投标人"),
  supervisor: _("监督"),
  witness: _("见证"),
});

/** @returns {Record<string, string>} why somebody cannot write now */
const reasons = () => ({
  watch: _("旁听，只能阅读"),
  early: _("名单公布后开放"),
  over: _("开标结束，不再接收发言"),
  no_seat: _("打开保险柜后可以发言"),
  muted: _("已禁言"),
});

/** @param {number} seat */
const two = (seat) => String(seat).padStart(2, "0");

/** How a line's speaker is called. @param {Line} line */
export const speakerOf = (line) =>
  line.seat === null ? line.name : `${two(line.seat)} ${line.organisation}`;

/** Whether the reader said it. @param {Line} line @param {Who} who */
export const isMine = (line, who) =>
  line.by_role === "bidder"
    ? who.seat !== null && line.seat === who.seat && line.lot === who.lot
    : line.by_role === who.speaks && line.name === who.name;

/**
 * @param {HTMLElement} box `#chat`
 * @param {Acts} acts
 */
export function chatPanel(box, acts) {
  const list = el("ol", { class: "chat" });
  const log = el(
    "div",
    { class: "chat-log", role: "log", "aria-live": "polite", tabindex: 0 },
    list,
  );
  log.setAttribute("aria-label", _("会场消息"));
  const empty = el("p", { class: "small muted chat-shut" }, _("还没有人发言"));
  const state = el("span", { class: "chat-state" });
  const order = el("button", { class: "btn sm quiet end", type: "button", hidden: true });
  const newer = el("button", { class: "btn sm chat-new", type: "button", hidden: true });
  const ask = _("写一句话，全场可见");
  const entry = el("textarea", { class: "input", rows: 1, maxlength: 300, placeholder: ask });
  entry.id = "chat-words";
  const send = el("button", { class: "btn sm", type: "submit" }, icon("up"), _("发送"));
  const refusal = el("div", { hidden: true });
  const label = el("label", { class: "vh", for: "chat-words" }, ask);
  const form = el("form", { class: "chat-say" }, label, entry, send);
  const shut = el("p", { class: "small muted chat-shut", hidden: true });
  const heading = el("h2", {}, _("会场消息"));
  replace(
    box,
    el("div", { class: "hd" }, heading, state, order),
    el("div", { class: "chat-box" }, log, empty, newer),
    form,
    shut,
    refusal,
  );
  /** @type {{sitting: Sitting, who: Who} | null} */
  let now = null;
  /** @type {Map<number, {row: HTMLElement, shown: string}>} */
  const rows = new Map();
  let unread = 0;
  let key = "";

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
    unread = 0;
    newer.hidden = true;
  };
  log.addEventListener("scroll", () => {
    if (atEnd()) toEnd();
  });
  newer.addEventListener("click", () => {
    toEnd();
    log.focus();
  });
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void speak();
  });
  order.addEventListener("click", () => void silence(null, null));
  log.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const no = Number(button?.closest("li")?.dataset.no);
    const line = now?.sitting.lines.find((one) => one.no === no);
    if (!button || !line) return;
    if (button.dataset.do === "remove") void remove(no);
    else void silence(line.lot, line.seat);
  });

  /** The same words keep their key, so that a repetition after a lost answer says them once. */
  async function speak() {
    const words = entry.value.trim();
    if (!words || send.disabled) return;
    key ||= crypto.randomUUID();
    send.disabled = true;
    refusal.hidden = true;
    try {
      await acts.say(words, key);
      key = "";
      entry.value = "";
    } catch (error) {
      if (error instanceof Error && error.name !== "Offline") key = "";
      showRefusal(refusal, error);
    } finally {
      send.disabled = false;
      entry.focus();
    }
  }

  /** @param {string | null} lot @param {number | null} seat none for all */
  async function silence(lot, seat) {
    const { sitting } = /** @type {{sitting: Sitting}} */ (now);
    const is = seat === null ? sitting.muted : sitting.mutedSeats[seatKey(lot, seat)];
    refusal.hidden = true;
    try {
      if (is) await acts.mute(seat, lot, null);
      else {
        const ask = (/** @type {FormData} */ typed) =>
          acts.mute(seat, lot, String(typed.get("reason")));
        await carriedOut(seat === null ? "chat-mute-all" : "chat-mute", ask);
      }
    } catch (error) {
      showRefusal(refusal, error);
    }
  }

  /** @param {number} no */
  const remove = (no) =>
    carriedOut("chat-remove", (typed) => acts.remove(no, String(typed.get("reason"))));

  return {
    /**
     * @param {Sitting} sitting
     * @param {Who} who
     * @param {{bids: unknown, stage: string}} hall
     */
    show(sitting, who, hall) {
      const first = now === null;
      now = { sitting, who };
      const may = mayspeak(sitting, who, hall);
      box.hidden = may === "early" && sitting.lines.length === 0;
      const keeps = moderates(sitting, who) && may !== "over" && may !== "early";
      empty.hidden = sitting.lines.length > 0;
      const followed = first || atEnd();
      let added = 0;
      for (const line of sitting.lines) if (draw(line, keeps)) added += 1;
      if (added && followed) toEnd();
      else if (added) {
        unread += added;
        newer.hidden = false;
        replace(newer, icon("down"), _("%(n)s 条新消息", { n: unread }));
      }
      replace(state, sitting.muted ? chip("neutral", _("全体禁言"), "mute") : null);
      order.hidden = !keeps;
      replace(
        order,
        icon(sitting.muted ? "mic" : "mute"),
        sitting.muted ? _("解除禁言") : _("全体禁言"),
      );
      form.hidden = may !== "may";
      shut.hidden = may === "may";
      const mute =
        sitting.mutedSeats[seatKey(who.lot, who.seat)] ?? (may === "muted" ? sitting.muted : null);
      const why = reasons()[may] ?? "";
      shut.textContent = mute ? _("已禁言：%(reason)s", { reason: mute.reason }) : why;
    },
  };

  /** Draws a line once, and again when something about it changed. @param {Line} line @param {boolean} keeps */
  function draw(line, keeps) {
    const { sitting, who } = /** @type {{sitting: Sitting, who: Who}} */ (now);
    const muted = line.seat !== null && Boolean(sitting.mutedSeats[seatKey(line.lot, line.seat)]);
    const shown = JSON.stringify([line.removed, keeps, muted, isMine(line, who)]);
    const known = rows.get(line.no);
    if (known?.shown === shown) return false;
    const row = known?.row ?? el("li", { "data-no": line.no, "data-role": line.by_role });
    row.classList.toggle("mine", isMine(line, who));
    replace(row, by(line, keeps, muted), words(line));
    rows.set(line.no, { row, shown });
    if (!known) list.append(row);
    return !known;
  }
}

/** @param {Line} line */
const words = (line) =>
  line.removed
    ? el("p", { class: "gone" }, _("已移除：%(reason)s", { reason: line.removed.reason }))
    : el("p", { class: "words" }, line.text);

/** @param {Line} line @param {boolean} keeps @param {boolean} muted */
function by(line, keeps, muted) {
  const role = line.seat === null ? roles()[line.by_role] : "";
  const tools = keeps && [
    line.seat !== null && tool("mute", muted ? _("解除禁言") : _("禁言"), line),
    !line.removed && tool("remove", _("移除"), line),
  ];
  const named = el("b", {}, role ? `${role} ${speakerOf(line)}` : speakerOf(line));
  const organisation = line.seat === null ? line.organisation : _("投标人");
  return el(
    "p",
    { class: "by" },
    named,
    el("span", {}, organisation),
    el("time", { datetime: line.at }, clock(line.at)),
    ...(tools || []),
  );
}

/** @param {string} what @param {string} word @param {Line} line */
function tool(what, word, line) {
  const label = _("%(act)s：%(who)s，第 %(no)s 句", {
    act: word,
    who: speakerOf(line),
    no: line.no,
  });
  return el(
    "button",
    { class: "chat-tool", type: "button", "data-do": what, "aria-label": label },
    word,
  );
}

// 录像回看: every recording of a sitting, with the ledger's events as chapters; gaps are named.
import { el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { clock, duration, short } from "../kernel/format.js";
import { showRefusal } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { shownBy } from "../media/frame.js";
import { replayer } from "../media/replayer.js";
import { ledgerRow } from "../openings/views.js";

/** @typedef {{id: string, kind: string, name: string, organisation: string, mime: string, began_at: string, ended_at: string | null, state: string, parts: number, milliseconds: number, root: string}} Recording */
/** @typedef {{since: string, until: string, cause: string}} Gap */
/** @typedef {import("../kernel/stream.js").LiveEvent} LiveEvent */

/** @type {{recordings: Recording[], gaps: Gap[], events: Record<string, LiveEvent[]>, sitting: {lots: {id: string, number: string}[]}}} */
const page = pageData();
const video = /** @type {HTMLVideoElement} */ (qs("#replay-video"));
const wrong = qs("#replay-wrong");
/** @type {{recording: Recording, player: Awaited<ReturnType<typeof replayer>>} | null} */
let playing = null;

/** @param {Recording} recording */
const end = (recording) => Date.parse(recording.began_at) + recording.milliseconds;

/** @param {Recording} recording @param {number} [at] a moment to begin at */
async function play(recording, at) {
  wrong.hidden = true;
  try {
    if (playing?.recording.id !== recording.id) {
      playing?.player.close();
      playing = { recording, player: await replayer(video, recording) };
      replace(qs("#replay-what"), shownBy(recording));
    }
    const second = at === undefined ? 0 : playing.player.secondOf(at);
    if (second !== null) video.currentTime = second;
    for (const row of document.querySelectorAll("[data-recording]")) {
      row.toggleAttribute("aria-current", row.getAttribute("data-recording") === recording.id);
    }
    await video.play().catch(() => {});
  } catch (error) {
    showRefusal(wrong, error);
  }
}

/** @param {Recording} recording */
function recordingRow(recording) {
  /** @type {Record<string, [import("../kernel/dom.js").State, string]>} */
  const words = {
    running: ["progress", _("录制中")],
    ended: ["done", _("正常结束")],
    broken_off: ["need", _("中断，到此为止")],
  };
  const [state, word] = words[recording.state];
  const press = () => void play(recording);
  return el(
    "li",
    { "data-recording": recording.id },
    el(
      "button",
      { class: "btn sm", type: "button", on: { click: press } },
      icon("play"),
      clock(recording.began_at),
    ),
    el("span", {}, shownBy(recording)),
    el("span", { class: "small muted num" }, duration(recording.milliseconds / 1000)),
    el("span", { class: "chip", "data-s": state }, word),
    el("a", { class: "small", href: `/pictures/${recording.id}/file` }, _("下载")),
    el("a", { class: "small", href: `/pictures/${recording.id}/manifest` }, _("指纹清单")),
    el("code", { class: "tiny mono pic-root" }, recording.root),
  );
}

/** @param {Gap} gap */
function gapRow({ since, until, cause }) {
  /** @type {Record<string, string>} */
  const words = {
    stalled: _("录制的电脑停顿"),
    stopped: _("主持人停止了画面"),
    broken_off: _("画面中断"),
  };
  const span = duration((Date.parse(until) - Date.parse(since)) / 1000);
  const text = _("%(a)s 至 %(b)s 没有录像（%(span)s）：%(why)s", {
    a: clock(since),
    b: clock(until),
    span,
    why: words[cause],
  });
  return el("li", {}, icon("warn", "fg-need"), el("span", {}, text));
}

/** @param {LiveEvent & {lot: string}} event */
function chapter(event) {
  const at = Date.parse(event.at);
  const shown = page.recordings.find(
    (one) => Date.parse(one.began_at) - 2000 <= at && at <= end(one) + 2000,
  );
  const row = ledgerRow(event);
  const text = page.sitting.lots.length > 1 ? `${event.lot} ${row.text}` : row.text;
  const today = page.recordings.some(
    (one) => short(one.began_at).slice(0, 5) === short(event.at).slice(0, 5),
  );
  const when = el("time", { datetime: event.at }, today ? clock(event.at) : short(event.at));
  if (!shown) {
    return el(
      "li",
      { class: "muted" },
      when,
      el("span", {}, text),
      el("span", { class: "tiny" }, _("未录")),
    );
  }
  const press = () => void play(shown, at);
  return el(
    "li",
    {},
    when,
    el("button", { class: "link", type: "button", on: { click: press } }, text),
  );
}

const events = page.sitting.lots.flatMap((lot) =>
  (page.events[lot.id] ?? []).map((event) => ({ ...event, lot: lot.number })),
);
events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
replace(qs("#replay-list"), ...page.recordings.map(recordingRow));
replace(qs("#replay-gaps"), ...page.gaps.map(gapRow));
qs("#replay-gaps").hidden = page.gaps.length === 0;
replace(qs("#replay-chapters"), ...events.map(chapter));
if (page.recordings.length > 0) await play(page.recordings[0]);
video.pause();

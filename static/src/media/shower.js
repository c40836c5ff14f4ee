// The host's side: choose camera or screen, preview, show, mute, stop; always said that it records.
import { all, csrfToken, el, icon, replace } from "../kernel/dom.js";
import { duration } from "../kernel/format.js";
import { Refused, getJson, postJson, showRefusal } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { BITS, close, inWords, open } from "./devices.js";
import { frame, relabel, tool } from "./frame.js";
import { meshHost } from "./mesh.js";
import { MIME, Recorder } from "./recorder.js";
import { consent } from "./viewer.js";

/** @typedef {import("./viewer.js").Picture} Picture */
/** @typedef {import("./devices.js").Kind} Kind */
/** @typedef {{recorder: Recorder, mesh: ReturnType<typeof meshHost>, id: string, since: number, kind: Kind}} Show */

/** A new chain goes on where the old one could not. */
const ANEW = ["MED-1203", "MED-1205", "MED-1207", "backlog"];

/**
 * @param {HTMLElement} box
 * @param {string} sitting
 */
export function shower(box, sitting) {
  const picture = frame(_("本机预览"));
  const state = el("span", { class: "chip", "data-s": "neutral", "data-pic": "state" });
  const tally = el("span", { class: "small muted num" });
  const wrong = el("div", { hidden: true });
  const camera = el("input", { type: "radio", name: "pic-kind", value: "camera", checked: true });
  const screen = el("input", { type: "radio", name: "pic-kind", value: "screen" });
  const mic = el("input", { type: "checkbox", checked: true });
  const choose = el(
    "fieldset",
    { class: "pic-choice" },
    el("legend", { class: "lb" }, _("画面来源")),
    el("label", { class: "check" }, camera, el("span", {}, _("摄像头"))),
    el("label", { class: "check" }, screen, el("span", {}, _("屏幕"))),
    el("label", { class: "check" }, mic, el("span", {}, _("带麦克风"))),
  );
  /** @type {Picture | null} */
  let now = null;
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {Show | null} */
  let show = null;
  let busy = false;
  let late = "";

  const kind = () => /** @type {Kind} */ (screen.checked ? "screen" : "camera");
  const guarded = (/** @type {() => Promise<void>} */ act) => () => {
    if (busy) return;
    busy = true;
    wrong.hidden = true;
    draw();
    act()
      .catch((error) => {
        const words = error instanceof Refused ? error : new Error(inWords(error));
        showRefusal(wrong, words);
      })
      .finally(() => {
        busy = false;
        draw();
      });
  };
  const look = tool("preview", "eye", _("预览"), guarded(preview));
  const start = tool("start", "play", _("开始直播"), guarded(begin));
  const quiet = tool("quiet", "mic", _("麦克风静音"), () => mute());
  const stop = tool("end", "x-c", _("停止直播"), guarded(finish));
  start.classList.add("primary");

  async function preview() {
    if (stream) return shut();
    await use();
  }

  async function use() {
    close(stream);
    stream = await open(kind(), mic.checked);
    // The browser's own "stop sharing" is a stop like ours.
    stream.getVideoTracks()[0].addEventListener("ended", guarded(finish));
    picture.video.srcObject = stream;
    await picture.video.play().catch(() => {});
  }

  async function begin() {
    if (!MediaRecorder.isTypeSupported(MIME)) throw new DOMException("", "NotSupportedError");
    if (!stream) await use();
    const shown = /** @type {MediaStream} */ (stream);
    const begun = await postJson(`/sittings/${sitting}/picture`, { kind: kind(), mime: MIME });
    const mesh = meshHost(shown, {
      recording: begun.recording,
      kind: kind(),
      ice: now?.ice ?? [],
    });
    const recorder = new Recorder(
      shown,
      { recording: begun.recording, root: begun.root, bits: BITS[kind()] },
      {
        offers: (offers) => mesh.offers(offers),
        progress: (told) => {
          late = told.late ? told.reason : "";
          draw();
        },
        over: (code) => void over(code),
      },
    );
    show = { recorder, mesh, id: begun.recording, since: performance.now(), kind: kind() };
  }

  async function finish() {
    const ending = show;
    ending?.mesh.close();
    // What was recorded is uploaded to its end before the picture counts as stopped.
    await ending?.recorder.finish();
    show = null;
    shut();
  }

  /** The house has ended the chain: go on in a new one where that helps. @param {string} code */
  async function over(code) {
    show?.mesh.close();
    show = null;
    if (ANEW.includes(code)) return guarded(begin)();
    const words = new Error(_("这段画面已经结束。需要画面时请重新开始；开标不受影响。"));
    showRefusal(wrong, words);
    shut();
  }

  function shut() {
    close(stream);
    stream = null;
    picture.video.srcObject = null;
    draw();
  }

  function mute() {
    for (const track of stream?.getAudioTracks() ?? []) track.enabled = !track.enabled;
    draw();
  }

  function draw() {
    const may = now?.may_show === true;
    box.hidden = now === null || !may;
    choose.disabled = show !== null || busy;
    picture.box.hidden = stream === null;
    picture.say(late ? _("录像暂存在本机，正在续传：%(why)s", { why: late }) : "");
    look.hidden = show !== null;
    relabel(look, "eye", stream ? _("关闭预览") : _("预览"));
    start.hidden = show !== null;
    start.toggleAttribute("disabled", busy || !now?.open);
    look.toggleAttribute("disabled", busy);
    stop.hidden = show === null;
    stop.toggleAttribute("disabled", busy);
    const tracks = stream?.getAudioTracks() ?? [];
    const silent = tracks.length > 0 && !tracks[0].enabled;
    quiet.hidden = tracks.length === 0;
    relabel(quiet, silent ? "mute" : "mic", silent ? _("打开麦克风") : _("麦克风静音"));
    quiet.setAttribute("aria-pressed", String(silent));
    state.dataset.s = show ? (late ? "need" : "progress") : "neutral";
    const word = show ? running() : whyNot();
    if (state.textContent !== word) replace(state, show ? icon("run") : null, word);
    // Another lot's page beside this one: leaving it would end the picture.
    for (const tab of all("#lot-tabs a")) tab.toggleAttribute("target", show !== null);
    for (const tab of all("#lot-tabs a[target]")) tab.setAttribute("target", "_blank");
    count();
  }

  function running() {
    if (busy) return _("正在保存最后一段");
    return late ? _("录制中，上传延迟") : _("正在直播并录制");
  }

  function whyNot() {
    if (now?.over) return _("开标已结束");
    if (now?.recording) return _("另一页面正在直播");
    return now?.open ? _("未开启") : _("名单公布后才能开始直播");
  }

  function count() {
    if (!show) return replace(tally, "");
    const span = duration((performance.now() - show.since) / 1000);
    const many = { span, n: show.recorder.no, lines: show.mesh.open() };
    return replace(tally, _("%(span)s，已存 %(n)s 段，直连 %(lines)s 人", many));
  }

  replace(
    box,
    el("div", { class: "hd" }, el("h2", {}, _("直播画面")), state, tally),
    el(
      "div",
      { class: "bd stack-2" },
      choose,
      picture.box,
      wrong,
      el("div", { class: "pic-bar" }, start, look, quiet, stop),
      el("p", { class: "pic-note tiny muted" }, icon("info"), consent()),
    ),
  );
  for (const input of [camera, screen, mic]) {
    input.addEventListener("change", () => stream && guarded(use)());
  }
  setInterval(count, 1000);
  addEventListener("beforeunload", (event) => show && event.preventDefault());
  addEventListener("pagehide", () => {
    if (!show) return;
    const form = new FormData();
    form.set("csrf_token", csrfToken());
    navigator.sendBeacon(`/pictures/${show.id}/end`, form);
  });

  const refresh = async () => {
    now = /** @type {Picture} */ (await getJson(`/sittings/${sitting}/picture`));
    draw();
  };
  return { refresh: () => void refresh().catch(() => {}) };
}

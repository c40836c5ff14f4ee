// The picture as everybody but the host sees it: a direct line where one is to be had, else parts.
import { el, icon, replace } from "../kernel/dom.js";
import { getJson } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { frame, relabel, shownBy, tool } from "./frame.js";
import { meshViewer } from "./mesh.js";
import { watchParts } from "./parts.js";

/** @typedef {import("./parts.js").Running & {kind: "camera" | "screen", name: string, organisation: string}} Running */
/**
 * @typedef {object} Picture
 * @property {boolean} open
 * @property {boolean} over
 * @property {boolean} may_show
 * @property {Running | null} recording
 * @property {boolean} mesh
 * @property {RTCIceServer[]} ice
 * @property {boolean} replay
 */
/** @typedef {{recording: string, close: () => void}} Watching */

const OFF = "sunbid.picture";
const RETRY_MS = 2500;

/**
 * @param {HTMLElement} box
 * @param {string} sitting
 */
export function viewer(box, sitting) {
  const picture = frame(_("主持人的现场画面"), { captions: true });
  const { video } = picture;
  const way = el("span", { class: "chip", "data-s": "neutral", "data-pic": "way" });
  const by = el("span", { class: "small muted" });
  const sound = tool("sound", "mute", _("开声音"), () => {
    video.muted = !video.muted;
    draw();
  });
  const screen = tool("full", "fit", _("全屏"), () => void full(picture.box));
  const small = tool("small", "split", _("画中画"), () => void float(video));
  const stop = tool("stop", "pause", _("停止画面"), () => turn(!off()));
  const replay = el("a", { class: "small", href: `/sittings/${sitting}/replay` }, _("录像回看"));
  const parts = [
    el("div", { class: "hd" }, el("h2", {}, _("现场画面")), way, by),
    picture.box,
    el("div", { class: "pic-bar" }, sound, screen, small, stop, replay),
    el("p", { class: "pic-note tiny muted" }, icon("info"), consent()),
  ];
  /** @type {Picture | null} */
  let now = null;
  /** @type {Watching | null} */
  let watching = null;
  let turnNo = 0;

  const draw = () => {
    const running = now?.recording ?? null;
    box.hidden = running === null && !now?.replay;
    picture.box.hidden = running === null;
    for (const button of [sound, screen, small, stop]) button.hidden = running === null;
    replay.hidden = !now?.replay;
    small.hidden ||= !document.pictureInPictureEnabled;
    relabel(sound, video.muted ? "mute" : "speak", video.muted ? _("开声音") : _("静音"));
    relabel(stop, off() ? "play" : "pause", off() ? _("看画面") : _("停止画面"));
    replace(by, running ? shownBy(running) : _("现在没有画面。"));
    if (running && off()) picture.say(_("画面已停止，以节省流量。开标内容不受影响。"));
    if (!running) told("neutral", _("未开启"));
  };
  const told = (/** @type {string} */ state, /** @type {string} */ text) => {
    way.dataset.s = state;
    if (way.textContent !== text) way.textContent = text;
  };
  const leave = () => {
    turnNo += 1;
    watching?.close();
    watching = null;
    video.srcObject = null;
  };
  const turn = (/** @type {boolean} */ toOff) => {
    localStorage.setItem(OFF, toOff ? "1" : "0");
    leave();
    void refresh();
  };

  const again = (/** @type {number} */ mine) => {
    if (mine !== turnNo) return;
    picture.say(_("主持画面中断，正在恢复。开标照常进行。"));
    told("need", _("画面中断"));
    leave();
    setTimeout(() => void refresh(), RETRY_MS * (1 + Math.random() / 2));
  };

  const watch = async (/** @type {Running} */ running) => {
    const mine = (turnNo += 1);
    picture.say(_("正在接入画面…"));
    told("progress", _("接入中"));
    watching = { recording: running.id, close: () => {} };
    if (now?.mesh && "RTCPeerConnection" in window) {
      try {
        const line = await meshViewer(running.id, now.ice, () => again(mine));
        if (mine !== turnNo) return line.close();
        watching.close = line.close;
        video.srcObject = line.stream;
        await video.play().catch(() => {});
        picture.say("");
        told("done", _("直播"));
        return;
      } catch {
        if (mine !== turnNo) return;
      }
    }
    if (!("MediaSource" in window)) {
      picture.say(_("这个浏览器不能播放直播画面。开标内容不受影响。"));
      return;
    }
    const held = watchParts(
      video,
      now?.recording?.id === running.id ? now.recording : running,
      (state) => {
        if (mine !== turnNo) return;
        if (state === "playing") {
          picture.say("");
          told("done", _("直播，晚几秒"));
        }
        if (state === "interrupted") {
          picture.say(_("主持画面中断，正在恢复。开标照常进行。"));
          told("need", _("画面中断"));
        }
        if (state === "over") again(mine);
      },
    );
    watching.close = held.close;
  };

  const refresh = async () => {
    now = /** @type {Picture} */ (await getJson(`/sittings/${sitting}/picture`));
    const running = now.recording;
    // A recorder that has just begun has no part yet; a moment later it has.
    if (running && running.parts === 0) setTimeout(() => void refresh(), RETRY_MS);
    const wanted = running && running.parts > 0 && !off() ? running : null;
    if (watching && watching.recording !== wanted?.id) leave();
    draw();
    if (wanted && !watching) await watch(wanted);
  };

  replace(box, ...parts);
  addEventListener("pagehide", leave);
  return { refresh: () => void refresh().catch(() => {}) };
}

/** Whether this reader wants no picture; by default whoever saves data. */
function off() {
  const chosen = localStorage.getItem(OFF);
  const line = /** @type {{connection?: {saveData?: boolean}}} */ (navigator).connection;
  return chosen === null ? line?.saveData === true : chosen === "1";
}

export const consent = () =>
  _("画面由主持人开启，全程录制并随开标记录保存；观看者的画面和声音不采集。");

/** @param {HTMLElement} box */
async function full(box) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await box.requestFullscreen().catch(() => {});
}

/** @param {HTMLVideoElement} video */
async function float(video) {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else await video.requestPictureInPicture().catch(() => {});
}

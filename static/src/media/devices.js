// Cameras, microphones and screens: what is asked of them, and their refusals in words.
import { _ } from "../kernel/words.js";

/** @typedef {"camera" | "screen"} Kind */

const SIZE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 20 } };
const SCREEN = { width: { max: 1280 }, height: { max: 720 }, frameRate: { ideal: 5, max: 10 } };

/** Bits a second of the picture; a direct line and the recording take as much each. */
export const BITS = { camera: 450_000, screen: 700_000 };

/**
 * Opens what is to be shown. Throws what `inWords` explains.
 * @param {Kind} kind
 * @param {boolean} withSound the microphone too
 * @returns {Promise<MediaStream>}
 */
export async function open(kind, withSound) {
  if (!navigator.mediaDevices) throw new DOMException("", "NotSupportedError");
  if (kind === "camera") {
    return navigator.mediaDevices.getUserMedia({ video: SIZE, audio: withSound });
  }
  const screen = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: false });
  if (!withSound) return screen;
  try {
    const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new MediaStream([...screen.getVideoTracks(), ...sound.getAudioTracks()]);
  } catch (error) {
    close(screen);
    throw error;
  }
}

/** @param {MediaStream | null} stream */
export function close(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @param {unknown} error @returns {string} */
export function inWords(error) {
  const name = error instanceof Error ? error.name : "";
  /** @type {{[name: string]: string}} */
  const words = {
    NotAllowedError: _(
      "浏览器没有得到使用摄像头、麦克风或屏幕的许可。请点地址栏旁的图标允许，再试一次。",
    ),
    NotFoundError: _("这台电脑上没有找到摄像头或麦克风。请接好设备，或改选「屏幕」，或不带声音。"),
    NotReadableError: _("设备被别的程序占用。请关闭其他会议软件，再试一次。"),
    OverconstrainedError: _("这个摄像头不支持所需的画质。请换一个设备。"),
    AbortError: _("设备中途停止。请重新接好设备，再试一次。"),
    NotSupportedError: _(
      "这个浏览器不能直播。请改用新版 Chrome、Edge 或 Firefox，并用 https 打开本页。",
    ),
  };
  return words[name] ?? (error instanceof Error ? error.message : String(error));
}

// The banner about the line: how long it has been down, what is kept, what is being tried.
import { el, icon, qs, replace } from "./dom.js";
import { duration } from "./format.js";
import { _ } from "./words.js";

const SAY_AFTER_MS = 1500; // a blink is not worth a banner
const RESTORED_MS = 6000;

/**
 * @param {string} kept what is safe meanwhile, e.g. 已上传的 194.1 MB 和草稿都已保存。
 */
export function connection(kept) {
  /** @type {number | null} */
  let since = null;
  let attempts = 0;
  let shown = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  const show = (
    /** @type {string} */ state,
    /** @type {string} */ mark,
    /** @type {string} */ strong,
    text = "",
  ) => {
    const banner = el(
      "div",
      { class: "banner", "data-s": state || null, role: "status" },
      icon(mark),
      el("span", {}, el("b", {}, strong), text),
    );
    replace(qs("#connection"), banner);
  };
  const tell = () => {
    if (since === null || performance.now() - since < SAY_AFTER_MS) return;
    shown = true;
    const span = duration((performance.now() - since) / 1000);
    const strong = _("连接中断 %(span)s，正在第 %(n)s 次重连。", {
      span,
      n: Math.max(1, attempts),
    });
    show("", "wifi-off", strong, kept || _("页面上的内容都还在，请不要关闭。"));
  };

  return {
    down() {
      if (since !== null) return;
      since = performance.now();
      attempts = 0;
      timer = setInterval(tell, 1000);
    },
    attempt() {
      attempts += 1;
    },
    up() {
      clearInterval(timer);
      since = null;
      if (!shown) return;
      shown = false;
      show("done", "wifi", _("连接已恢复。"), _("没有丢失任何内容。"));
      setTimeout(() => {
        if (!shown) replace(qs("#connection"));
      }, RESTORED_MS);
    },
  };
}

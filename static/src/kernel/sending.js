// A file on its way, byte by byte. `fetch` cannot say how far it is; an older call can.
import { el } from "./dom.js";
import { _ } from "./words.js";

/** @typedef {(bytes: number) => void} OnSent told how many bytes of the body have left */

/**
 * As `fetch`, for a request by account: its cookies go along whatever is asked, so nothing under a
 * ticket may ever be sent by it.
 * @param {string} url
 * @param {RequestInit & {headers: Headers}} request
 * @param {OnSent} onSent
 * @returns {Promise<Response>} rejects as `fetch` does
 */
export function fetchTelling(url, { method = "GET", headers, body, signal }, onSent) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const lost = () => reject(signal?.aborted ? signal.reason : new TypeError("no answer"));
    call.open(method, url);
    call.responseType = "arraybuffer";
    for (const [name, value] of headers) call.setRequestHeader(name, value);
    call.upload.addEventListener("progress", ({ loaded }) => onSent(loaded));
    call.addEventListener("load", () => resolve(answerOf(call)));
    for (const end of ["error", "abort", "timeout"]) call.addEventListener(end, lost);
    signal?.addEventListener("abort", () => call.abort());
    call.send(/** @type {XMLHttpRequestBodyInit | undefined} */ (body));
  });
}

/** @param {XMLHttpRequest} call */
function answerOf(call) {
  const { status } = call;
  const headers = new Headers();
  for (const line of call.getAllResponseHeaders().trim().split("\r\n")) {
    const [name = "", ...value] = line.split(": ");
    if (name) headers.append(name, value.join(": "));
  }
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : call.response, { status, headers });
}

/**
 * A bar for a file on its way: it moves once something has left, and says so to a screen reader.
 * @param {string} name
 * @param {number} size bytes
 * @returns {{bar: HTMLProgressElement, onSent: OnSent}}
 */
export function sendingBar(name, size) {
  const bar = el("progress", { "aria-label": _("正在上传 %(name)s", { name }) });
  const onSent = (/** @type {number} */ bytes) => {
    bar.max = Math.max(size, 1);
    bar.value = Math.min(bytes, size);
  };
  return { bar, onSent };
}

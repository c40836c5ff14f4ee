// Files for an objection or its answer: chosen, checked for size and kind, sent one by one with
// what is happening said aloud, named by hash in what is signed.
import { el, replace } from "../kernel/dom.js";
import { size } from "../kernel/format.js";
import { sendingBar } from "../kernel/sending.js";
import { _ } from "../kernel/words.js";

/** @typedef {{name: string, size: number, sha256: string}} Kept what the server says it keeps */
/**
 * @callback Send
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {import("../kernel/sending.js").OnSent} onSent may be told how far it is
 * @returns {Promise<Kept>}
 */

export const ACCEPTED = ".pdf,.png,.jpg,.jpeg";

/**
 * A file chooser of a form with the progress of each file.
 * @param {string} id
 * @param {Send} send
 */
export function attachments(id, send) {
  const input = el("input", { class: "input", type: "file", id, accept: ACCEPTED, multiple: true });
  const hint = el(
    "p",
    { class: "tiny muted", id: `${id}-hint` },
    _("PDF、PNG、JPEG，随文字公开，任何人可下载，指纹写入开标记录。"),
  );
  const list = el("ul", { class: "files" });
  const status = el("div", { role: "status" }, list);
  input.setAttribute("aria-describedby", hint.id);
  /** @type {Map<File, Kept>} */
  const kept = new Map();
  const chosen = () => [...(input.files ?? [])];
  /** @param {File} [going] @param {Element} [bar] how far that one is */
  const draw = (going, bar) =>
    replace(
      list,
      ...chosen().map((file) => row(file, kept.has(file), file === going ? bar : undefined)),
    );
  input.addEventListener("change", () => draw());
  return {
    node: el(
      "div",
      { class: "field" },
      el("label", { class: "lb", for: id }, _("附件")),
      input,
      hint,
      status,
    ),
    /** Sends what was chosen and not sent yet. @returns {Promise<Kept[]>} in their order */
    async sent() {
      for (const file of chosen()) {
        if (kept.has(file)) continue;
        const { bar, onSent } = sendingBar(file.name, file.size);
        draw(file, bar);
        kept.set(file, await send(file.name, new Uint8Array(await file.arrayBuffer()), onSent));
        draw();
      }
      return chosen().map((file) => /** @type {Kept} */ (kept.get(file)));
    },
    clear() {
      input.value = "";
      kept.clear();
      draw();
    },
  };
}

/** @param {File} file @param {boolean} done @param {Element} [bar] while it is on its way */
function row(file, done, bar) {
  const word = done ? _("已上传") : bar ? _("正在上传") : _("待上传");
  return el(
    "li",
    { class: "row" },
    el("span", {}, file.name),
    el("span", { class: "small muted num" }, size(file.size)),
    el("span", { class: "small" }, word),
    bar ?? null,
  );
}

/** Links to files that are public. @param {import("./state-record.js").Attachment[]} files */
export function fileLinks(files) {
  if (!files.length) return null;
  const item = (/** @type {import("./state-record.js").Attachment} */ file) =>
    el(
      "li",
      {},
      el("a", { href: file.url, download: file.name }, file.name),
      " ",
      el("span", { class: "tiny muted num" }, size(file.size)),
      " ",
      el("span", { class: "tiny mono muted", title: file.sha256 }, file.sha256.slice(0, 16)),
    );
  return el("ul", { class: "files", "aria-label": _("附件") }, ...files.map(item));
}

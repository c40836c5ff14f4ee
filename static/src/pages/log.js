// The public log: a kept checkpoint, a receipt or a leaf's hash, each checked by this browser alone.
import { el, pageData, qs, replace } from "../kernel/dom.js";
import { thousands } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { extended, located, verification } from "../portal/proofs.js";
import { hex } from "../sealing/bytes.js";
import { leafHash } from "../sealing/merkle.js";
import { verifyReceipt } from "../sealing/receipts.js";

/** @typedef {import("../portal/proofs.js").Step} Step */

const KEPT = "sunbid.checkpoint";
const MAX = 256 * 1024;
/** @type {{logKey: string, logName: string, note: string}} */
const page = pageData();
const log = { name: page.logName, key: page.logKey };

void lastVisit();

/** Every visit keeps a checkpoint; the next one asks whether the log still extends it. */
async function lastVisit() {
  const box = qs("#last-visit");
  const note = localStorage.getItem(KEPT);
  if (!note) {
    if (page.note) localStorage.setItem(KEPT, page.note);
    box.textContent = _("本浏览器已保存当前检查点，下次访问时自动核对。");
    return;
  }
  const { steps, newest } = await extended(note, log);
  replace(box, verification(steps));
  if (newest) localStorage.setItem(KEPT, newest);
}

/** @param {string} title @param {Step[]} steps */
function show(title, steps) {
  replace(
    qs("#log-result"),
    el(
      "section",
      { class: "panel" },
      el("div", { class: "hd" }, el("h3", {}, title)),
      verification(steps),
    ),
  );
}

/** @param {File} file */
async function checkFile(file) {
  if (file.size > MAX) {
    show(file.name, [unreadable()]);
    return;
  }
  const text = await file.text();
  if (text.trimStart().startsWith("{")) show(file.name, await receiptSteps(text));
  else show(file.name, (await extended(text, log)).steps);
}

/** @param {string} text @returns {Promise<Step[]>} */
async function receiptSteps(text) {
  try {
    const receipt = JSON.parse(text);
    const { index, size } = await verifyReceipt(receipt, log);
    const facts = { n: thousands(index), size: thousands(size) };
    const name = _("回执成立：承诺、日志位置和检查点签名相符");
    const note = _("第 %(n)s 号，检查点 %(size)s", facts);
    const now = await located(hex(await leafHash(receipt.leaf)), log);
    const later = await extended(receipt.checkpoint, log);
    return [{ name, note, state: "done" }, ...now, ...later.steps];
  } catch {
    return [unreadable()];
  }
}

/** @returns {Step} */
const unreadable = () => ({
  name: _("不成立"),
  note: _("不是本平台的回执或检查点，或者内容、位置、签名不符"),
  state: "refused",
});

qs("#log-drop").addEventListener("files", (event) => {
  const [file] = /** @type {CustomEvent<File[]>} */ (event).detail;
  // Choosing the same file again, altered meanwhile, must count as a choice.
  /** @type {HTMLInputElement} */ (qs("#log-drop input")).value = "";
  void checkFile(file);
});

qs("#log-leaf").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const shown = String(new FormData(form).get("hash") ?? "");
  const plain = shown.replaceAll(/\s/g, "").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(plain)) {
    show(_("按指纹查条目"), [
      { name: _("不是指纹"), note: _("须为 64 位十六进制"), state: "refused" },
    ]);
    return;
  }
  void located(plain, log).then((steps) => show(_("按指纹查条目"), steps));
});

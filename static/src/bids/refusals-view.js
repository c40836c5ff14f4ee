// Refusals as instruments beside the receipts: what was refused, when by the server's clock, why,
// what to do, and the proof to download or print.
import { chip, el, icon, replace } from "../kernel/dom.js";
import { clock, day, thousands } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { download, groups, qr, ribbon } from "./receipts-view.js";

/** @typedef {import("./refusals.js").KeptRefusal} KeptRefusal */

/** Refusals that the browser mended by itself: a bad line, a busy moment. */
const HEALED = new Set(["BID-1201", "BID-1203", "BID-1205", "BID-1208", "BID-1209"]);

/** @returns {Record<KeptRefusal["act"], string>} */
const acts = () => ({ submit: _("提交投标"), upload: _("上传"), withdraw: _("撤回投标") });

/**
 * @param {HTMLElement} container
 * @param {KeptRefusal[]} refusals oldest first
 * @param {string} lotId
 */
export async function showRefusals(container, refusals, lotId) {
  const newest = [...refusals].reverse();
  const grave = newest.filter(({ code }) => !HEALED.has(code));
  const healed = newest.filter(({ code }) => HEALED.has(code));
  const cards = await Promise.all(grave.map((each) => card(each, lotId)));
  replace(container, ...cards, healed.length > 0 ? folded(healed) : null);
}

/** @param {KeptRefusal} refusal @param {string} lotId */
async function card(refusal, lotId) {
  const { act, code, at, what, why, next, receipt } = refusal;
  const facts = el("dl", { class: "kv tiny" });
  for (const [term, value] of [
    [_("代码"), code],
    [_("登记号"), `#${thousands(receipt.index)}`],
    [_("服务器时间"), clock(at)],
  ]) {
    facts.append(el("dt", {}, term), el("dd", { class: "num" }, value));
  }
  const words = el("dl", { class: "kv small" });
  if (why) words.append(el("dt", {}, _("原因")), el("dd", {}, why));
  if (next) words.append(el("dt", {}, _("现在")), el("dd", {}, next));
  const head = _("%(act)s，%(at)s", { act: acts()[act], at: `${day(at)} ${clock(at)}` });
  return el(
    "section",
    { class: "receipt", "data-state": "refused", "data-code": code },
    el(
      "div",
      { class: "bd stack-2" },
      el(
        "div",
        { class: "row between up tight" },
        el("div", {}, el("h3", {}, _("拒收回执")), el("p", { class: "small muted" }, head)),
        chip("refused", _("未接收"), "x-c"),
      ),
      el("p", { class: "small strong" }, what),
      words,
      el(
        "div",
        { class: "rc" },
        el("div", { class: "stack-2" }, facts, ribbon(receipt.commitment)),
        await qr(receipt, lotId, _("扫码核验拒收回执")),
      ),
      groups(receipt.commitment),
      acting(refusal),
    ),
  );
}

/** @param {KeptRefusal} refusal */
function acting(refusal) {
  const print = () => globalThis.print();
  return el(
    "div",
    { class: "row rc-a no-print" },
    saving(refusal),
    el("button", { class: "btn sm quiet", type: "button", on: { click: print } }, _("打印")),
  );
}

/** @param {KeptRefusal} refusal */
function saving({ code, receipt }) {
  const save = () =>
    download(`refusal-${code}-${receipt.index}.json`, JSON.stringify(receipt, null, 2));
  const button = { class: "btn sm", type: "button", on: { click: save } };
  return el("button", button, icon("down"), _("下载"));
}

/** @param {KeptRefusal[]} refusals */
function folded(refusals) {
  const rows = refusals.map((refusal) =>
    el(
      "li",
      { class: "row between tight" },
      el("span", { class: "small" }, `${clock(refusal.at)} ${refusal.what} ${refusal.code}`),
      saving(refusal),
    ),
  );
  const count = { n: refusals.length };
  return el(
    "details",
    { class: "panel" },
    el("summary", { class: "small" }, _("传输中自动重试的 %(n)s 次，各有回执", count)),
    el("ul", { class: "bd stack-2" }, ...rows),
  );
}

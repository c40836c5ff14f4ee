// Receipts as instruments: drawn from the vault, downloadable, printable with a code to scan.
import { chip, el, icon, replace } from "../kernel/dom.js";
import { clock, day, hashGroups, ribbonPath, thousands } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { hex } from "../sealing/bytes.js";
import { leafHash } from "../sealing/merkle.js";
import { marks } from "./vouching.js";

/** @typedef {import("./vault-session.js").KeptReceipt} KeptReceipt */
/** @typedef {"live" | "superseded" | "withdrawn" | "returned" | "unknown"} State */

const SVG = "http://www.w3.org/2000/svg";
/** @returns {Record<State, ["done" | "neutral" | "refused", string, string]>} */
const words = () => ({
  live: ["done", _("有效"), "check-c"],
  superseded: ["neutral", _("已被代替"), "run"],
  withdrawn: ["refused", _("已撤回"), "x-c"],
  returned: ["neutral", _("已退回"), "down"],
  unknown: ["neutral", _("回执在手"), "file"],
});

/**
 * @param {HTMLElement} container
 * @param {{receipt: KeptReceipt, state: State}[]} items newest first
 * @param {{lotId: string, actions?: (state: State) => HTMLElement[]}} options acts of the newest
 */
export async function showReceipts(container, items, { lotId, actions }) {
  const cards = items.map(({ receipt, state }, index) =>
    card(receipt, state, lotId, index === 0 ? (actions?.(state) ?? []) : []),
  );
  replace(container, ...(await Promise.all(cards)));
}

/**
 * @param {KeptReceipt} kept @param {State} state @param {string} lotId
 * @param {HTMLElement[]} actions
 */
async function card(kept, state, lotId, actions) {
  const { receipt, sequence, admitted_at: at } = kept;
  const [tone, word, mark] = words()[state];
  const when = `${day(at)} ${clock(at)}`;
  const label = _("扫码核验投标回执");
  const save = () => download(`receipt-${sequence}.json`, JSON.stringify(receipt, null, 2));
  return el(
    "section",
    { class: "receipt", "data-sequence": sequence, "data-state": state },
    el(
      "div",
      { class: "bd" },
      el(
        "div",
        { class: "row between up tight" },
        el(
          "div",
          {},
          el("h3", {}, _("投标回执")),
          el("p", { class: "small muted" }, _("第 %(n)s 版，%(at)s", { n: sequence, at: when })),
        ),
        chip(tone, word, mark),
      ),
      el("div", { class: "rc" }, facts(receipt, at), await qr(receipt, lotId, label)),
      await marks(receipt),
      groups(receipt.commitment),
      el(
        "div",
        { class: "row rc-a no-print" },
        el(
          "button",
          { class: "btn sm", type: "button", on: { click: save } },
          icon("down"),
          _("下载"),
        ),
        el("button", { class: "btn sm quiet", type: "button", on: { click: print } }, _("打印")),
        ...actions,
      ),
    ),
  );
}

/** @param {import("../sealing/receipts.js").Receipt} receipt @param {string} at */
function facts(receipt, at) {
  const pairs = [
    [_("登记号"), `#${thousands(receipt.index)}`],
    [_("登记时间"), clock(at)],
    [_("日志"), _("%(n)s 条的检查点", { n: thousands(receipt.tree_size) })],
  ];
  const list = el("dl", { class: "kv tiny" });
  for (const [term, value] of pairs) {
    list.append(el("dt", {}, term ?? ""), el("dd", { class: "num" }, value ?? ""));
  }
  return el("div", { class: "stack-2" }, list, ribbon(receipt.commitment));
}

/** @param {string} digest */
export function ribbon(digest) {
  const label = _("指纹图形");
  return drawing("ribbon", "0 0 128 16", ribbonPath(digest), label);
}

/**
 * The code names the log's leaf, which the public check page finds.
 * @param {import("../sealing/receipts.js").Receipt} receipt @param {string} lotId
 * @param {string} label
 */
export async function qr(receipt, lotId, label) {
  const leaf = hex(await leafHash(receipt.leaf));
  try {
    const response = await fetch(`/lots/${lotId}/bid/code/${leaf}`, { credentials: "omit" });
    const { size, path } = await response.json();
    return drawing("qr", `-2 -2 ${size + 4} ${size + 4}`, path, label);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} box @param {string} path @param {string} label */
function drawing(name, box, path, label) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("class", name);
  svg.setAttribute("viewBox", box);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  line.setAttribute("fill", "currentColor");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** @param {string} digest */
export function groups(digest) {
  const parts = hashGroups(digest);
  const strong = (/** @type {number} */ i) => i === 0 || i === parts.length - 1;
  return el(
    "span",
    { class: "hash" },
    ...parts.map((part, i) => el("span", {}, strong(i) ? el("b", {}, part) : part)),
  );
}

/** @param {string} name @param {string | Blob} content */
export function download(name, content) {
  const blob =
    content instanceof Blob ? content : new Blob([content], { type: "application/json" });
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

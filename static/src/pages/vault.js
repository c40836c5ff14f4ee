// 保险柜: who can open it, letting a colleague in, printing a code, renewing the key without someone.
import { carriedOut } from "../kernel/dialog.js";
import { chip, el, find, qs, replace, toast } from "../kernel/dom.js";
import { clock, day } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { inWords, showCode, startDesk, tell } from "../bids/desk.js";
import { fingerprint } from "../bids/unlock.js";
import { entrants, grant, printCode, renew } from "../bids/vault-keys.js";
import { fromHex } from "../sealing/bytes.js";

/** @typedef {import("../bids/vault-keys.js").Entrant} Entrant */
/** @typedef {{name: string, tail: string, public_key: string, mine: boolean}} Colleague */

const { page, vault } = await startDesk();
/** @type {Colleague[]} every valid certificate of the organisation */
const colleagues = /** @type {any} */ (page).certificates;
const refusal = qs("#vault-refusal");
/** @type {Set<string>} public keys marked to be left out */
const leaving = new Set();

qs("#code-button").addEventListener("click", () => void attempt(newCode));
qs("#renew-button").addEventListener("click", () => void attempt(leaveOut));
await attempt(draw);

/** @param {() => Promise<unknown>} act */
async function attempt(act) {
  refusal.hidden = true;
  try {
    await act();
  } catch (error) {
    tell(refusal, error);
  }
}

/** @param {Promise<unknown>} act */
function worded(act) {
  return act.catch((error) => {
    throw inWords(error);
  });
}

async function draw() {
  const inside = (await entrants(vault)).sort((a, b) => a.kind.localeCompare(b.kind));
  const known = new Set(inside.map(({ key }) => key));
  for (const key of leaving) if (!known.has(key)) leaving.delete(key);
  const rows = await Promise.all(inside.map(row));
  const words = [_("持有人"), _("指纹"), _("授权"), _("停用")];
  replace(qs("#inside"), table(_("谁能打开"), words, rows));
  const outside = colleagues.filter((one) => !known.has(one.public_key));
  const others = await Promise.all(outside.map(offer));
  const head = [_("姓名"), _("指纹"), _("证书尾号"), _("操作")];
  replace(qs("#outside"), others.length > 0 ? table(_("为同事授权"), head, others) : nobody());
  counted();
}

/** @param {string} label @param {string[]} words @param {HTMLElement[]} rows */
function table(label, words, rows) {
  const head = words.map((word) => el("th", { scope: "col" }, word));
  const whole = el(
    "table",
    { class: "table cards" },
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...rows),
  );
  return el("div", { class: "tw", tabindex: 0, role: "region", "aria-label": label }, whole);
}

/** @param {Entrant} one */
async function row(one) {
  const { key, note, kind, mine } = one;
  const who = note?.name || colleagues.find((each) => each.public_key === key)?.name || "—";
  const name = kind === "recovery" ? _("恢复码") : who;
  const gone = kind === "certificate" && !colleagues.some((each) => each.public_key === key);
  const told = note ? _("%(by)s，%(at)s", { by: note.by, at: when(note.at) }) : null;
  return el(
    "tr",
    { "data-key": key, "data-kind": kind },
    el(
      "td",
      { "data-l": _("持有人") },
      el(
        "span",
        { class: "row tight" },
        name,
        mine ? chip("progress", _("本次打开"), "key") : null,
      ),
      gone ? el("span", { class: "sub" }, _("证书已过期或吊销")) : null,
    ),
    el("td", { "data-l": _("指纹"), class: "mono" }, await fingerprint(fromHex(key, 65))),
    el("td", { "data-l": _("授权") }, told ?? chip("refused", _("来历不明，更换时去掉"), "x-c")),
    el("td", { "data-l": _("停用") }, mine ? "—" : mark(key, name)),
  );
}

/** @param {string} at */
function when(at) {
  return `${day(at)} ${clock(at)}`;
}

/** @param {string} key @param {string} name */
function mark(key, name) {
  const change = (/** @type {Event} */ event) => {
    if (/** @type {HTMLInputElement} */ (event.target).checked) leaving.add(key);
    else leaving.delete(key);
    counted();
  };
  const label = _("停用%(name)s", { name });
  const box = el("input", { type: "checkbox", "aria-label": label, on: { change } });
  box.checked = leaving.has(key);
  return el("label", { class: "check" }, box, el("span", {}, _("停用")));
}

function counted() {
  qs("#renew-button").toggleAttribute("disabled", leaving.size === 0);
  qs("#renew-why").textContent =
    leaving.size === 0 ? _("勾选要停用的证书或恢复码") : _("将停用 %(n)s 项", { n: leaving.size });
}

/** @param {Colleague} one */
async function offer(one) {
  const print = await fingerprint(fromHex(one.public_key, 65));
  const open = () => void attempt(() => letIn(one, print));
  return el(
    "tr",
    {},
    el("td", { "data-l": _("姓名") }, one.name),
    el("td", { "data-l": _("指纹"), class: "mono" }, print),
    el("td", { "data-l": _("证书尾号"), class: "mono" }, one.tail),
    el("td", {}, el("button", { class: "btn sm", type: "button", on: { click: open } }, _("授权"))),
  );
}

function nobody() {
  return el(
    "div",
    { class: "empty" },
    el("h3", {}, _("本单位的证书都已授权")),
    el("p", {}, _("同事申请证书后会列在这里。")),
  );
}

/** @param {Colleague} one @param {string} print */
async function letIn(one, print) {
  qs("#grant-name").textContent = one.name;
  qs("#grant-fingerprint").textContent = print;
  const done = await carriedOut("grant", () =>
    worded(grant(vault, { publicKey: fromHex(one.public_key, 65), name: one.name })),
  );
  if (!done) return;
  await draw();
  toast(_("已为%(name)s授权。", { name: one.name }));
}

async function newCode() {
  const { printed, key } = await printCode(vault);
  await showCode(printed, key);
  await draw();
}

async function leaveOut() {
  const names = [...leaving].map((key) => {
    const line = find(`#inside tr[data-key="${key}"] td`);
    return el("li", {}, line?.textContent ?? key.slice(0, 8));
  });
  replace(qs("#renew-list"), ...names);
  if (!(await carriedOut("renew", () => worded(renew(vault, leaving))))) return;
  leaving.clear();
  await draw();
  toast(_("钥匙已更换。停用的证书和恢复码打不开以后存入的内容。"));
}

// 准备投标: files and opening form are checked, sealed in a Worker and uploaded as they are sealed;
// nothing counts as submitted before the receipt is here.
import { all, el, find, icon, qs, replace } from "../kernel/dom.js";
import { confirmed } from "../kernel/dialog.js";
import { size } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { guardLeaving, startDesk, tell } from "../bids/desk.js";
import { depositStatus } from "../bids/deposit.js";
import { verdictChip } from "../bids/deposit-view.js";
import { guaranteeStanding } from "../bids/guarantee.js";
import { guaranteeChip } from "../bids/guarantee-view.js";
import { DocumentsForm } from "../bids/documents-form.js";
import { OpeningForm } from "../bids/opening-form.js";
import { RemediesForm } from "../bids/remedies-form.js";
import { download, showReceipts } from "../bids/receipts-view.js";
import { isVouched } from "../bids/vouched.js";
import { keepRefusals, keptRefusals } from "../bids/refusals.js";
import { showRefusals } from "../bids/refusals-view.js";
import { SealingJob } from "../bids/sealing-job.js";
import {
  fetchBackup,
  handIn,
  identityOf,
  keepReceipt,
  nextPlace,
  ownBids,
  withdrawBid,
} from "../bids/submit.js";
import { enterLot } from "../bids/ticket.js";

/** @typedef {import("../bids/receipts-view.js").State} State */

const { page, wire, vault, key } = await startDesk();
const { terms, organisation } = page;
const form = /** @type {HTMLFormElement} */ (qs("#bid-form"));
const button = /** @type {HTMLButtonElement} */ (qs("#seal-button"));
const refusal = qs("#bid-refusal");
const documents = new DocumentsForm(form, check);
const opening = new OpeningForm(form, terms.ceiling_fen, check);
const remedies = new RemediesForm(form, terms, check);
const sealing = new SealingJob(page.worker ?? "");
/** @type {import("../bids/submit.js").OwnBid[]} */
let bids = [];
let working = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
step(1, "done");
if (!terms.accepts_bids) qs("#closed-note").hidden = false;
await begin();
addEventListener("focus", () => void lookAgain());

/** Until a receipt's witnesses have spoken. */
const ASK_AGAIN = 5000;

/** A colleague may have acted on another machine: his version and receipt are shown here too. */
async function lookAgain() {
  if (working) return;
  try {
    await vault.refresh();
    await begin();
  } catch {
    // Offline, or left out of the vault meanwhile: the next act says so.
  }
}

async function begin() {
  check();
  try {
    if (vault.lot(terms.lot_id)) {
      const bidder = await enterLot(wire, vault, terms);
      bids = await ownBids(wire, bidder);
      await adoptReceipts(bidder);
      void showDeposit(bidder);
      void adoptRefusals();
    }
    qs("#deposit-panel").hidden = terms.deposit_fen === 0;
    await drawReceipts();
  } catch (error) {
    tell(refusal, error);
  }
  check();
}

/** What was refused, here or on another machine: fetched once the log has it, kept and shown. */
async function adoptRefusals() {
  const shown = qs("#refusals");
  try {
    await showRefusals(shown, keptRefusals(vault, terms.lot_id), terms.lot_id);
    const bidder = await enterLot(wire, vault, terms);
    await showRefusals(shown, await keepRefusals(wire, vault, bidder), terms.lot_id);
  } catch {
    // Offline: the platform keeps the list, and the page asks again when it is looked at.
  }
}

/**
 * A receipt that this machine was cut off from, or that lacks its witnesses, is fetched now.
 * @param {import("../bids/ticket.js").Bidder} bidder
 */
async function adoptReceipts(bidder) {
  const kept = vault.lot(terms.lot_id)?.receipts ?? [];
  const known = new Map(kept.map((each) => [each.envelope_id, each.receipt]));
  for (const bid of bids) {
    const held = known.get(bid.envelope_id);
    if (held && isVouched(held)) continue;
    await keepReceipt(wire, vault, bidder, bid, { better: held !== undefined });
  }
}

/** @param {import("../bids/ticket.js").Bidder} bidder */
async function showDeposit(bidder) {
  const known = vault.lot(terms.lot_id);
  const account = known?.guaranteeAsked ? null : known?.subAccount;
  const number = known?.guarantee?.number ?? account?.number ?? "—";
  qs("#deposit-account").textContent = number;
  qs("#deposit-means").textContent = known?.guaranteeAsked ? _("电子保函") : _("子账户");
  qs("#deposit-link").textContent = secured(known) ? _("查看办理情况") : _("缴纳保证金或申请保函");
  replace(qs("#deposit-chip"));
  if (known?.guaranteeAsked) {
    const standing = await guaranteeStanding(wire, vault, bidder, terms);
    if (standing) replace(qs("#deposit-chip"), guaranteeChip(standing.word));
    qs("#deposit-account").textContent = vault.lot(terms.lot_id)?.guarantee?.number ?? "—";
    check();
  }
  if (!account) return;
  const payer = {
    name: organisation.account_name ?? organisation.name,
    account: organisation.account_number ?? "",
  };
  const verdict = await depositStatus(wire, bidder, account.token, payer);
  replace(qs("#deposit-chip"), verdictChip(verdict));
}

/** @param {import("../bids/vault-lots.js").KnownLot | null} known */
function secured(known) {
  return Boolean(known?.subAccount ?? known?.guaranteeAsked);
}

/** @param {string} id */
function stateOf(id) {
  return /** @type {State} */ (bids.find((bid) => bid.envelope_id === id)?.state ?? "unknown");
}

async function drawReceipts() {
  const kept = [...(vault.lot(terms.lot_id)?.receipts ?? [])].reverse();
  const items = kept.map((receipt) => ({ receipt, state: stateOf(receipt.envelope_id) }));
  await showReceipts(qs("#receipts"), items, { lotId: terms.lot_id, actions: withdrawal });
  const waits = (/** @type {typeof items[number]} */ { receipt, state }) =>
    state === "live" && !isVouched(receipt.receipt);
  if (items.some(waits)) setTimeout(() => void lookAgain(), ASK_AGAIN);
  step(6, items[0]?.state === "live" ? "done" : "next");
}

/** @param {State} state @returns {HTMLElement[]} */
function withdrawal(state) {
  if (state !== "live") return [];
  const save = { class: "btn sm", type: "button", id: "backup-button" };
  const keep = el("button", { ...save, on: { click: () => void backup() } }, _("下载备份文件"));
  if (!terms.accepts_bids) return [keep];
  const open = () => void takeBack();
  const attributes = { class: "btn sm danger", type: "button", id: "withdraw-button" };
  return [keep, el("button", { ...attributes, on: { click: open } }, _("撤回投标"))];
}

/** The sealed bid in one file: it replaces nothing, but what our disk may lose. */
async function backup() {
  const live = bids.at(-1);
  if (!live) return;
  try {
    const bidder = await enterLot(wire, vault, terms);
    const file = await fetchBackup(wire, bidder, live.envelope_id);
    download(`bid-${terms.number}-${live.sequence}.sbe`, file);
  } catch (error) {
    tell(refusal, error);
  }
}

async function takeBack() {
  const live = bids.at(-1);
  if (!live || !(await confirmed("withdraw"))) return;
  const dialog = /** @type {HTMLDialogElement} */ (qs("dialog#withdraw"));
  try {
    const bidder = await enterLot(wire, vault, terms);
    const token = vault.lot(terms.lot_id)?.subAccount?.token;
    const told = await withdrawBid(wire, bidder, live.commitment, token);
    await vault.append({ type: "withdrawal", lot: terms.lot_id, ...told });
    bids = await ownBids(wire, bidder);
    await drawReceipts();
    await showDeposit(bidder);
    check();
  } catch (error) {
    tell(refusal, error);
    void adoptRefusals();
  } finally {
    dialog.close();
  }
}

/** Draws the checks and says why the button is off. */
function check() {
  const wrong = opening.problems();
  const files = documents.documents();
  const total = files.reduce((sum, { source }) => sum + source.size, 0);
  const known = vault.lot(terms.lot_id);
  const ready = known?.guaranteeAsked ? known.guarantee : known?.subAccount;
  const listed = Object.values(wrong).filter((problem) => problem !== null);
  const items = [
    checked(_("证书已打开"), key !== null, key ? organisation.name : codeOnly()),
    checked(
      _("必备文件齐全，均为 PDF"),
      documents.complete(),
      files.length > 0 ? _("%(n)s 份，%(size)s", { n: files.length, size: size(total) }) : "",
    ),
    checked(_("开标一览表完整"), listed.length === 0, listed[0] ?? ""),
    checked(_("标段正在接收投标文件"), terms.accepts_bids, ""),
    checked(
      known?.guaranteeAsked ? _("保函已出具") : _("保证金子账户或保函已取得"),
      terms.deposit_fen === 0 || Boolean(ready),
      ready ? "" : _("子账户或保函写在标书里，须先取得；款项在截止前到账即可。"),
    ),
    ...remedyChecks(),
  ];
  replace(qs("#checks"), ...items.map(({ node }) => node));
  const missing = items.filter(({ ok }) => !ok).length;
  button.disabled = working || missing > 0;
  qs("#seal-why").textContent = missing > 0 ? _("还差 %(n)s 项检查", { n: missing }) : "";
  const replacing = bids.at(-1)?.state === "live";
  const word = replacing ? _("封装并更换") : _("封装并上传");
  qs("#seal-button > span").textContent = word;
  step(2, documents.complete() ? "done" : "now");
  step(3, listed.length === 0 ? "done" : "next");
  step(4, missing === 0 ? "done" : "next");
  if (!working) guardLeaving(opening.touched || files.length > 0);
}

/** What a recovery code alone is good for. */
function codeOnly() {
  return _("只用恢复码打开时可以查看、撤回和解密；封装要用证书签名，请重新打开并选择证书。");
}

function remedyChecks() {
  const { alone, recovery, rescue } = remedies.settled();
  if (terms.holder_lock === "committee_only") {
    return [checked(_("知道本标段不设投标人锁"), alone, "")];
  }
  const code = checked(
    _("投标恢复码已选定"),
    recovery,
    recovery ? "" : _("选「打印」的，照着打印件输入最后一组。"),
  );
  return terms.rescue ? [code, checked(_("是否同意救援小组已选定"), rescue, "")] : [code];
}

/** @param {string} name @param {boolean} ok @param {string} note */
function checked(name, ok, note) {
  return { ok, node: line(ok ? "done" : "neutral", ok ? "check-c" : "dots", name, note) };
}

/** @param {string} state @param {string} mark @param {string} name @param {string} note */
function line(state, mark, name, note) {
  return el(
    "li",
    { "data-s": state },
    icon(mark),
    el("span", {}, name, note ? el("small", {}, note) : null),
  );
}

async function submit() {
  const content = opening.opening();
  for (const name of Object.keys(opening.problems())) opening.showProblem(name);
  if (working || !content || !documents.complete()) return;
  const replacing = bids.at(-1)?.state === "live";
  const dialogId = replacing ? "replace" : "seal";
  if (!(await confirmed(dialogId))) return;
  /** @type {HTMLDialogElement} */ (qs(`dialog#${dialogId}`)).close();
  setWorking(true);
  refusal.hidden = true;
  try {
    await sealAndHandIn(content);
    opening.touched = false;
  } catch (error) {
    sealing.state("refused", _("没有完成"), "x-c");
    step(5, "next");
    tell(refusal, error);
    void adoptRefusals();
  } finally {
    setWorking(false);
  }
  if (!refusal.hidden) await lookAgain();
}

/** @param {import("../bids/opening-form.js").Opening} content */
async function sealAndHandIn(content) {
  if (!key) return;
  const bidder = await enterLot(wire, vault, terms);
  bids = await ownBids(wire, bidder);
  const place = nextPlace(bids);
  const known = vault.lot(terms.lot_id);
  step(5, "now");
  const sealed = await sealing.run(
    {
      wire: { baseUrl: wire.baseUrl, uploadUrl: wire.uploadUrl },
      bidder: { lotId: bidder.lotId, keys: bidder.pseudonym.keys, ticket: bidder.ticket },
      place,
      content: {
        policy: terms.policy,
        documents: documents.documents(),
        opening: content,
        identity: identityOf(organisation, key.certificates(), known),
        certificate: key.keys.signing,
        ...remedies.values(),
      },
    },
    _("封装并上传第 %(n)s 版", { n: place.sequence }),
  );
  documents.markSealed();
  sealing.state("progress", _("已传完，等待登记"), "run");
  const kept = await handIn(wire, vault, bidder, sealed);
  remedies.renew();
  bids = await ownBids(wire, bidder);
  await drawReceipts();
  const facts = { n: kept.sequence, index: kept.receipt.index };
  sealing.state("done", _("第 %(n)s 版已登记为 #%(index)s", facts), "check-c");
  step(5, "done");
  find("#receipts .receipt")?.scrollIntoView({ block: "nearest" });
}

/** @param {boolean} now */
function setWorking(now) {
  working = now;
  documents.lock(now);
  opening.lock(now);
  remedies.lock(now);
  guardLeaving(now);
  check();
}

/** @param {number} number from 1 @param {"done" | "now" | "next"} state */
function step(number, state) {
  const item = all("#steps li")[number - 1];
  if (!item) return;
  item.setAttribute("data-s", state);
  if (state === "now") item.setAttribute("aria-current", "step");
  else item.removeAttribute("aria-current");
  const mark = qs("i", item);
  replace(mark, state === "done" ? icon("check") : String(number));
}

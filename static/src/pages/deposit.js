// 保证金: the sub-account of one lot and what has arrived on it, for its owner only.
import { serverNow } from "../kernel/clock.js";
import { all, el, qs, replace } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { startDesk, tell } from "../bids/desk.js";
import { depositStatus, followDeposit, subAccountOf } from "../bids/deposit.js";
import { showPayments, showVerdict, verdictChip } from "../bids/deposit-view.js";
import { applyForGuarantee, dropGuarantee, guaranteeStanding } from "../bids/guarantee.js";
import { guaranteeChip, showGuarantee } from "../bids/guarantee-view.js";
import { enterLot } from "../bids/ticket.js";

const EVERY = 3000;
const { page, wire, vault } = await startDesk();
const { terms, organisation } = page;
const payer = {
  name: organisation.account_name ?? organisation.name,
  account: organisation.account_number ?? "",
};
const form = /** @type {HTMLFormElement} */ (qs("#claim-form"));
qs("#print").addEventListener("click", () => print());
const known = vault.lot(terms.lot_id);

qs("#guarantee-drop").addEventListener("click", async () => {
  try {
    await dropGuarantee(vault, terms.lot_id);
    location.reload();
  } catch (error) {
    tell(qs("#deposit-refusal"), error);
  }
});

if (known?.guaranteeAsked) await followGuarantee();
else if (known?.subAccount) await show(known.subAccount);
else {
  qs("#claim-panel").hidden = false;
  form.addEventListener("change", showMeans);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    if (chosen.get("means") === "guarantee") void apply(String(chosen.get("issuer")));
    else void claim(String(chosen.get("bank")));
  });
}

/** The part of the form that belongs to what is chosen. */
function showMeans() {
  const means = new FormData(form).get("means");
  for (const part of all("[data-means]", form)) part.hidden = part.dataset.means !== means;
}

/** @param {string} code of an issuer */
async function apply(code) {
  const button = /** @type {HTMLButtonElement} */ (qs("button[type=submit]", form));
  button.disabled = true;
  try {
    const issuer = terms.issuers.find((/** @type {{code: string}} */ each) => each.code === code);
    if (!issuer) throw new Error(_("请选择出函机构。"));
    const bidder = await enterLot(wire, vault, terms);
    const principal = { name: organisation.name, credit_code: organisation.credit_code };
    await applyForGuarantee(wire, vault, bidder, terms, issuer, principal);
    qs("#claim-panel").hidden = true;
    await followGuarantee();
  } catch (error) {
    button.disabled = false;
    tell(qs("[data-refusal]", form), error);
  }
}

/** Asks the issuer every few seconds until there is nothing left that could change soon. */
async function followGuarantee() {
  qs("#guarantee-panel").hidden = false;
  const bidder = await enterLot(wire, vault, terms);
  for (;;) {
    try {
      const standing = await guaranteeStanding(wire, vault, bidder, terms);
      if (standing) drawGuarantee(standing);
      qs("#deposit-refusal").hidden = true;
      if (standing?.document) return;
    } catch (error) {
      tell(qs("#deposit-refusal"), error);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

/** @param {import("../bids/guarantee.js").Standing} standing */
function drawGuarantee(standing) {
  const issuer = vault.lot(terms.lot_id)?.guaranteeAsked?.issuer_name ?? "";
  replace(qs("#guarantee-chip"), guaranteeChip(standing.word));
  showGuarantee(qs("#guarantee"), standing, issuer);
  replace(qs("#fee-row"));
  if (standing.word !== "applied" || !page.demo) return;
  const query = new URLSearchParams({ application: standing.application, payer: payer.account });
  const href = `${page.bank_url}/guarantee-fees?${query}`;
  const attributes = { class: "btn primary", href, target: "_blank", rel: "noopener noreferrer" };
  qs("#fee-row").append(
    el("a", attributes, _("到出函机构缴费")),
    el("span", { class: "small muted" }, _("演示用的机构，钱是假的。")),
  );
}

/** @param {string} bank */
async function claim(bank) {
  const button = /** @type {HTMLButtonElement} */ (qs("button[type=submit]", form));
  button.disabled = true;
  try {
    const bidder = await enterLot(wire, vault, terms);
    const given = await subAccountOf(wire, vault, bidder, bank);
    qs("#claim-panel").hidden = true;
    await show(given);
  } catch (error) {
    button.disabled = false;
    tell(qs("[data-refusal]", form), error);
  }
}

/** @param {import("../bids/vault-session.js").SubAccount} account */
async function show(account) {
  const facts = [
    [_("户名"), account.master_name],
    [_("开户银行"), account.bank_name],
    [_("账号"), account.number],
    [_("金额"), yuan(terms.deposit_fen)],
    [_("付款账户"), `${payer.name}，${payer.account}`],
  ];
  replace(qs("#account"));
  for (const [term, value] of facts) {
    const mono = term === _("账号") ? "mono strong" : null;
    qs("#account").append(el("dt", {}, term ?? ""), el("dd", { class: mono }, value ?? ""));
  }
  qs("#account-panel").hidden = false;
  qs("#payments-panel").hidden = false;
  if (page.demo && Date.parse(terms.deadline) > serverNow()) showBank(account);
  const bidder = await enterLot(wire, vault, terms);
  await watch(bidder, account.token);
}

/** @param {import("../bids/vault-session.js").SubAccount} account */
function showBank(account) {
  const query = new URLSearchParams({
    payer: payer.account,
    sub_account: account.number,
    amount: String(terms.deposit_fen / 100),
  });
  const href = `${page.bank_url}/?${query}`;
  const attributes = { class: "btn primary", href, target: "_blank", rel: "noopener noreferrer" };
  replace(
    qs("#pay-row"),
    el("a", attributes, _("到模拟银行转账")),
    el("span", { class: "small muted" }, _("演示用的银行，钱是假的。")),
  );
}

/**
 * Looks whenever the sub-account has moved, for as long as somebody looks at the page.
 * @param {import("../bids/ticket.js").Bidder} bidder @param {string} token
 */
async function watch(bidder, token) {
  for (;;) {
    await seen();
    const hidden = new AbortController();
    const stop = () => document.hidden && hidden.abort();
    document.addEventListener("visibilitychange", stop);
    try {
      await followDeposit(wire, bidder, token, hidden.signal, () => look(bidder, token));
    } catch (error) {
      if (!hidden.signal.aborted) {
        tell(qs("#deposit-refusal"), error);
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
    } finally {
      document.removeEventListener("visibilitychange", stop);
    }
  }
}

/** Until the page is looked at. @returns {Promise<void>} */
function seen() {
  return new Promise((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener("visibilitychange", () => resolve(), { once: true });
  });
}

/** @param {import("../bids/ticket.js").Bidder} bidder @param {string} token */
async function look(bidder, token) {
  const verdict = await depositStatus(wire, bidder, token, payer);
  replace(qs("#deposit-chip"), verdictChip(verdict));
  showVerdict(qs("#verdict"), verdict);
  showPayments(qs("#payments"), verdict);
  qs("#print-row").hidden = verdict.payments.length === 0;
  qs("#deposit-refusal").hidden = true;
}

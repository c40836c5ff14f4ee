// 保证金: the sub-account of one lot and what has arrived on it, for its owner only.
import { serverNow } from "../kernel/clock.js";
import { el, qs, replace } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { startDesk, tell } from "../bids/desk.js";
import { depositStatus, subAccountOf } from "../bids/deposit.js";
import { showPayments, showVerdict, verdictChip } from "../bids/deposit-view.js";
import { enterLot } from "../bids/ticket.js";

const EVERY = 3000;
const { page, wire, vault } = await startDesk();
const { terms, organisation } = page;
const payer = {
  name: organisation.account_name ?? organisation.name,
  account: organisation.account_number ?? "",
};
const form = /** @type {HTMLFormElement} */ (qs("#claim-form"));
const known = vault.lot(terms.lot_id)?.subAccount;

if (known) await show(known);
else {
  qs("#claim-panel").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void claim(String(new FormData(form).get("bank")));
  });
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

/** @param {import("../bids/ticket.js").Bidder} bidder @param {string} token */
async function watch(bidder, token) {
  for (;;) {
    try {
      const verdict = await depositStatus(wire, bidder, token, payer);
      replace(qs("#deposit-chip"), verdictChip(verdict));
      showVerdict(qs("#verdict"), verdict);
      showPayments(qs("#payments"), verdict);
      qs("#deposit-refusal").hidden = true;
    } catch (error) {
      tell(qs("#deposit-refusal"), error);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

// A bidder without a browser, up to the receipt: vault, deposit, sealed bid. The hall follows by
// ../openings/bidder.js.
// The very modules that the pages use; a price exists in this process's memory only.
import { depositStatus, subAccountOf } from "../bids/deposit.js";
import { applyForGuarantee, guaranteeStanding } from "../bids/guarantee.js";
import { handIn, identityOf, nextPlace, ownBids, sealAndUpload } from "../bids/submit.js";
import { enterLot } from "../bids/ticket.js";
import { openVault } from "../bids/vault-session.js";
import { Refusal, makeWire, readTerms } from "../bids/wire.js";
import { pdf } from "./paper.js";
import { signIn, until } from "./session.js";
import { demoSigner } from "./signing.js";

const POOL_EMPTY = "ESC-1101";

/** @typedef {import("../bids/ticket.js").Bidder} Bidder */
/**
 * @typedef {object} Places
 * @property {string} url
 * @property {string} uploadUrl
 * @property {string} bankUrl
 */
/**
 * @typedef {object} Self
 * @property {import("../bids/wire.js").Wire} wire
 * @property {import("../bids/vault-session.js").VaultSession} vault
 * @property {CryptoKey} certificate
 * @property {string[]} chain
 * @property {any} organisation
 * @property {string} bankUrl
 */
/** @typedef {{price_fen: number, duration_days: number, quality: string, manager: string}} Offer */

/**
 * Logs in and opens the organisation's vault with the demonstration's certificate.
 * @param {Places} places @param {string} login
 * @returns {Promise<Self>}
 */
export async function arrive(places, login) {
  const account = await signIn(places.url, login);
  const signer = await demoSigner(account);
  const wire = makeWire({
    baseUrl: places.url,
    uploadUrl: places.uploadUrl,
    account: account.fetch,
  });
  const { organisation, person } = await account.get("/account/session");
  return {
    wire,
    vault: await openVault(wire, { certificate: signer }, person.name),
    certificate: signer.keys.signing,
    chain: signer.certificates(),
    organisation,
    bankUrl: places.bankUrl,
  };
}

/**
 * The bidder's pseudonym for a lot, from the vault or new.
 * @param {Self} self @param {string} lotId
 * @returns {Promise<Bidder>}
 */
export async function enter(self, lotId) {
  return enterLot(self.wire, self.vault, await readTerms(self.wire, lotId));
}

/**
 * Pays the whole deposit from the filed basic account and waits until it has arrived.
 * @param {Self} self @param {Bidder} bidder
 */
export async function payDeposit(self, bidder) {
  const terms = await readTerms(self.wire, bidder.lotId);
  const account = await claim(self, bidder, terms.banks[0].code);
  const payer = { name: self.organisation.account.name, account: self.organisation.account.number };
  const arrived = async () => {
    const verdict = await depositStatus(self.wire, bidder, account.token, payer);
    return verdict.qualifies && verdict;
  };
  if (await arrived()) return;
  await pay(self.bankUrl, payer.account, account.number, terms.deposit_fen);
  await until(arrived, { seconds: 60, what: "the deposit" });
}

/**
 * Applies for a guarantee, pays its fee and waits until it is issued.
 * @param {Self} self @param {Bidder} bidder
 * @returns {Promise<import("../bids/guarantee.js").Document>}
 */
export async function obtainGuarantee(self, bidder) {
  const terms = await readTerms(self.wire, bidder.lotId);
  const { name, credit_code, account } = self.organisation;
  const principal = { name, credit_code };
  const asked = await applyForGuarantee(
    self.wire,
    self.vault,
    bidder,
    terms,
    terms.issuers[0],
    principal,
  );
  await payFee(self.bankUrl, account.number, asked.application);
  const issued = async () =>
    (await guaranteeStanding(self.wire, self.vault, bidder, terms))?.document;
  return until(issued, { seconds: 30, what: "a guarantee" });
}

/**
 * The fee at the issuer's counter, which is the simulator's.
 * @param {string} bankUrl @param {string} payer @param {string} application
 */
export async function payFee(bankUrl, payer, application) {
  const answer = await fetch(`${bankUrl}/api/guarantee-fees`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ application, payer_account: payer }),
  });
  if (!answer.ok) throw new Error(`the issuer refused a fee: ${answer.status}`);
}

/**
 * The lot's sub-account; a bank just enrolled has none in its pool for a moment.
 * @param {Self} self @param {Bidder} bidder @param {string} bank
 */
export function claim(self, bidder, bank) {
  const given = async () => {
    try {
      return await subAccountOf(self.wire, self.vault, bidder, bank);
    } catch (error) {
      if (error instanceof Refusal && error.code === POOL_EMPTY) return null;
      throw error;
    }
  };
  return until(given, { seconds: 60, what: "a sub-account" });
}

/**
 * A payment at the bank's counter, which is the simulator's.
 * @param {string} bankUrl @param {string} payer @param {string} subAccount @param {number} fen
 */
export async function pay(bankUrl, payer, subAccount, fen) {
  const answer = await fetch(`${bankUrl}/api/payments`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ payer_account: payer, sub_account: subAccount, amount_fen: fen }),
  });
  if (!answer.ok) throw new Error(`the bank refused a payment: ${answer.status}`);
}

/**
 * Seals real files with an offer, uploads, hands in, and keeps the receipt.
 * @param {Self} self @param {Bidder} bidder @param {Offer} offer
 * @param {{recovery?: import("../sealing/bytes.js").Bytes, consent?: boolean}} [remedies] a printed
 *   code; whether the panel may rescue (where the documents name one it may)
 */
export async function bid(self, bidder, offer, { recovery, consent = true } = {}) {
  const terms = await readTerms(self.wire, bidder.lotId);
  const known = self.vault.lot(bidder.lotId);
  const content = {
    policy: terms.policy,
    documents: documents(self.organisation.name, terms.name, offer),
    opening: offer,
    identity: identityOf(flat(self.organisation), self.chain, known),
    certificate: self.certificate,
    recovery,
    consent,
  };
  const place = nextPlace(await ownBids(self.wire, bidder));
  const sealed = await sealAndUpload(self.wire, bidder, content, place);
  return handIn(self.wire, self.vault, bidder, sealed);
}

/**
 * @param {string} bidder @param {string} lot @param {Offer} offer
 * @returns {{name: "technical" | "commercial", source: Blob}[]}
 */
function documents(bidder, lot, offer) {
  const files = {
    technical: pdf("技术文件", [lot, bidder, `项目负责人 ${offer.manager}`]),
    commercial: pdf("商务文件", [lot, bidder, `投标报价 ${offer.price_fen / 100} 元`]),
  };
  return [
    { name: "technical", source: new Blob([files.technical]) },
    { name: "commercial", source: new Blob([files.commercial]) },
  ];
}

/** @param {any} organisation */
function flat({ name, credit_code: code, account }) {
  return {
    name,
    credit_code: code,
    account_name: account?.name ?? "",
    account_number: account?.number ?? "",
  };
}

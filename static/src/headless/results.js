// Agency, tenderee and the centre's two approvers without a browser: the one act that the lot's
// stage asks after its opening, from handover to archive.
import { fromHex, hex } from "../sealing/bytes.js";
import { pdf } from "./paper.js";
import { demoSigner } from "./signing.js";

/** @typedef {import("./session.js").Session} Session */
/**
 * Where a lot stands, as the demonstration's door tells it.
 * @typedef {object} Life
 * @property {string} now
 * @property {string} number
 * @property {string} name
 * @property {string} stage
 * @property {string} ask what is asked now: handover, candidates, answer, award, notices, contract,
 *   settlement, approval, archive, or empty
 * @property {string[]} whose logins of whoever may do it
 * @property {{id: string, stage: string, paused: boolean} | null} room
 * @property {{winner: string, price_fen: number} | null} award
 * @property {string[]} objections open ones
 */

/** @type {Record<string, (account: Session, lotId: string, life: Life) => Promise<unknown>>} */
const ACTS = {
  handover: (account, lot) => account.post(`/lots/${lot}/handover`, { confirmation: "移交评标" }),
  candidates: (account, lot) => signed(account, `/lots/${lot}/candidates`, "公示候选人"),
  answer: answerAll,
  award: (account, lot) => signed(account, `/lots/${lot}/award`, "确定中标人", { rank: 1 }),
  notices: (account, lot) => account.post(`/lots/${lot}/notices`),
  contract: recordContract,
  settlement: (account, lot) => account.post(`/lots/${lot}/settlement`),
  approval: approve,
  archive: (account, lot) => account.post(`/lots/${lot}/archive`, { confirmation: "归档" }),
};

/**
 * Does what the lot's life asks of this account.
 * @param {Session} account @param {string} lotId @param {Life} life
 */
export async function act(account, lotId, life) {
  await ACTS[life.ask]?.(account, lotId, life);
}

/**
 * Fetches what is to be signed, signs it with the demonstration's certificate, and hands it in.
 * @param {Session} account @param {string} path @param {string} confirmation
 * @param {Record<string, unknown>} [more]
 */
async function signed(account, path, confirmation, more = {}) {
  const { digest, message } = await account.get(path);
  const signer = await demoSigner(account);
  const signature = hex(await signer.sign(fromHex(message)));
  const proof = { digest, signature, certificate_chain: signer.certificates() };
  await account.post(path, { confirmation, ...more, ...proof });
}

/** @param {Session} account @param {string} lot @param {Life} life */
async function answerAll(account, lot, { objections }) {
  for (const id of objections) {
    const text = "经核实，评标委员会按照招标文件载明的标准和方法评审，结果维持不变。";
    await account.post(`/lots/${lot}/objections/${id}/answer`, { text });
  }
}

/** @param {Session} account @param {string} lot @param {Life} life */
async function recordContract(account, lot, { now, number, name, award }) {
  if (!award) return;
  const day = localDay(now);
  const lines = [name, award.winner, `合同价 ${award.price_fen / 100} 元`, `签订日期 ${day}`];
  const form = new FormData();
  form.set("number", `HT-${number}`);
  form.set("amount_fen", String(award.price_fen));
  form.set("signed_on", day);
  form.set("file", new Blob([pdf("合同", lines)], { type: "application/pdf" }), "合同.pdf");
  const answer = await account.fetch(`/lots/${lot}/contract`, { method: "POST", body: form });
  if (!answer.ok) throw new Error(`the contract was refused: ${answer.status}`);
}

/** @param {string} now @returns {string} the day in Shanghai, as ISO */
function localDay(now) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date(now));
}

/** One of the two approvals over the batch's digest. @param {Session} account @param {string} lot */
async function approve(account, lot) {
  const batches = await account.get("/refunds");
  const batch = batches.find((/** @type {any} */ one) => one.lot_ref === lot);
  if (!batch?.digest || batch.mine) return;
  await account.post(`/refunds/${batch.id}/approvals`, { digest: batch.digest });
}

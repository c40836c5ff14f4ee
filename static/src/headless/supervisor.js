// A supervisor without a browser: lets a late close go on in the demonstration, where a slow machine
// is the only cause there is. A real one looks first.
import { signDecision } from "../sealing/close.js";
import { demoSigner } from "./signing.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * Decides the late close of a lot, if one waits for it.
 * @param {Session} account
 * @param {string} lotId
 * @param {() => Promise<any>} readState the hall's public state
 * @returns {Promise<boolean>} whether there was something to decide
 */
export async function decideClose(account, lotId, readState) {
  const { late_close: late } = await readState();
  if (!late) return false;
  const { checkpoint, manifest } = late;
  /** @type {"go_on"} */
  const verdict = "go_on";
  const reason = "演示：本机繁忙，见证迟到；日志未见截止后的投标文件。";
  const about = { lot: lotId, checkpoint, manifest, verdict, reason };
  await account.post(
    `/lots/${lotId}/hall/late-close`,
    await signDecision(about, await demoSigner(account)),
  );
  return true;
}

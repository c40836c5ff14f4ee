// Why a certificate's file did not open, for the person who chose it.
import { SealingError } from "../sealing/errors.js";
import { _ } from "./words.js";

/** @param {unknown} error @returns {string} */
export function keyRefusal(error) {
  if (!(error instanceof SealingError)) return error instanceof Error ? error.message : `${error}`;
  const words = wordsOf(error.code, error.facts);
  return words ? `${words}${error.code}` : error.message;
}

/** @param {string} code @param {Record<string, string | number>} facts */
function wordsOf(code, facts) {
  switch (code) {
    case "ENV-5001":
      return _("证书口令错误，证书没有打开。");
    case "ENV-5002":
      return _("这不是证书文件，或文件已损坏。");
    case "ENV-5003":
      return _(
        "这个证书文件用旧算法（RC2 或 3DES）加密，浏览器不支持。请重新导出，选择 AES-256 加密；或请发证机构换发。",
      );
    case "ENV-5004":
      return _("文件里只有证书，没有私钥。导出时请选择「包含私钥」。");
    case "ENV-5005":
      return _(
        "私钥是 %(kind)s，不能用于投标：须为 P-256 椭圆曲线。请向发证机构申请 P-256 证书。",
        {
          kind: facts.kind ?? "?",
        },
      );
    case "ENV-5006":
      return _("文件里没有与私钥对应的证书。请连同证书一起导出。");
    case "ENV-5007":
      return _("证书不在有效期内（至 %(until)s）。请先换发证书。", {
        until: String(facts.until ?? "").slice(0, 10),
      });
    case "ENV-5008":
      return _("证书不是本平台信任的机构签发的，或证书链不完整。请连同上级证书一起导出。");
    default:
      return "";
  }
}

// My account: a soft certificate whose key is made here and never leaves this computer unencrypted;
// security keys.
import { startPasskeys } from "../account/passkeys.js";
import { busy, refuse } from "../kernel/dialog.js";
import { pageData, qs, toast } from "../kernel/dom.js";
import { postJson } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { concat, hex, utf8 } from "../sealing/bytes.js";
import { sign } from "../sealing/p256.js";
import { create } from "../sealing/softkey.js";

/** @typedef {{creditCode: string, organisation: string}} Data */
/** @typedef {{id: string, serial: string, certificate_chain: string[]}} Issued */

const REQUEST = "SBE/1 certificate request";

/** @param {string} creditCode @param {import("../sealing/bytes.js").Bytes} publicKey what is signed */
function requestMessage(creditCode, publicKey) {
  const nul = new Uint8Array(1);
  return concat(utf8(REQUEST), nul, utf8(creditCode), nul, publicKey);
}

/** @param {string} passphrase @param {Data} data */
async function requestCertificate(passphrase, data) {
  const { file, keys } = await create(passphrase);
  const proof = await sign(keys.signing, requestMessage(data.creditCode, keys.publicKey));
  /** @type {Issued} */
  const issued = await postJson("/account/certificates", {
    public_key: hex(keys.publicKey),
    proof: hex(proof),
  });
  return { softkey: file, certificate_chain: issued.certificate_chain, serial: issued.serial };
}

/** @param {string} name @param {unknown} content */
function download(name, content) {
  const blob = new Blob([JSON.stringify(content, null, 1)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const form = /** @type {HTMLFormElement} */ (qs("#certificate-form"));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  busy(form, true);
  try {
    const data = /** @type {Data} */ (pageData());
    const passphrase = String(new FormData(form).get("passphrase"));
    const held = await requestCertificate(passphrase, data);
    download(`sunbid-${held.serial.slice(-8)}.json`, held);
    toast(_("证书已登记，密钥文件已下载。请妥善保管文件和口令。"));
    form.reset();
    setTimeout(() => location.reload(), 2500);
  } catch (error) {
    refuse(form, error);
  } finally {
    busy(form, false);
  }
});

void startPasskeys();

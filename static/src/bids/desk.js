// The start of every page of bidding: the person's key, the vault, and the wire to the servers.
import { pageData, qs, replace } from "../kernel/dom.js";
import { Refused, showRefusal } from "../kernel/http.js";
import { WorkerRefusal } from "../sealing/worker-protocol.js";
import { fromHex } from "../sealing/bytes.js";
import { SealingError } from "../sealing/errors.js";
import { SoftSigner } from "../sealing/signer.js";
import { recall, remember } from "./keep.js";
import { fingerprint, unlock } from "./unlock.js";
import { VaultSession } from "./vault-session.js";
import { Refusal, Unreachable, makeWire } from "./wire.js";
import { localWords } from "./local-words.js";

/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/**
 * @typedef {object} Page
 * @property {string} csrf_token
 * @property {string} upload_url
 * @property {string} bank_url
 * @property {boolean} demo
 * @property {string} person
 * @property {string} [worker]
 * @property {{id: string, name: string, credit_code: string, account_name: string | null,
 *   account_number: string | null, account_bank: string | null}} organisation
 * @property {import("./wire.js").Terms} terms
 */
/**
 * `key` is null when a recovery code opened the vault and no certificate is at hand.
 * @typedef {{page: Page, wire: Wire, vault: VaultSession, key: OpenKey | null}} Desk
 */

/** @returns {Promise<Desk>} once key and vault are open and #work is shown */
export async function startDesk() {
  /** @type {Page} */
  const page = pageData();
  const wire = browserWire(page);
  // Kept keys are tried once: after that a person is asked, so nothing is repeated in haste.
  for (let kept = await recall(page.csrf_token); ; kept = null) {
    try {
      const { vault, key } = await entry(page, wire, kept);
      qs("#unlock-panel").hidden = true;
      await showRecovery(vault);
      qs("#desk").hidden = true;
      qs("#work").hidden = false;
      return { page, wire, vault, key };
    } catch (error) {
      tell(qs("#desk-refusal"), error);
    }
  }
}

/** @param {Page} page @returns {Wire} */
function browserWire(page) {
  return makeWire({
    baseUrl: location.origin,
    uploadUrl: page.upload_url,
    account(path, init) {
      const headers = new Headers(init.headers);
      headers.set("X-CSRF-Token", page.csrf_token);
      return fetch(path, { ...init, headers, credentials: "same-origin" });
    },
  });
}

/**
 * @param {Page} page @param {Wire} wire @param {import("./keep.js").Kept | null} kept
 * @returns {Promise<import("./unlock.js").Opened>}
 */
async function entry(page, wire, kept) {
  if (kept) {
    const key = new SoftSigner(kept.keys, kept.chain);
    const told = { code: kept.code, who: page.person };
    const vault = await new VaultSession(wire, key, told).refresh();
    return { vault, key: kept.code ? null : key };
  }
  const opened = await unlock(wire, page);
  const { keys, chain } = /** @type {SoftSigner} */ (opened.vault.opener);
  await remember({ login: page.csrf_token, keys, chain, code: opened.key === null });
  return opened;
}

/** @param {VaultSession} vault a vault just founded shows its recovery code once */
async function showRecovery(vault) {
  if (vault.recoveryCode) await showCode(vault.recoveryCode, vault.recoveryKey);
  vault.recoveryCode = null;
}

/**
 * Shows a code once; resolves when the person says that it is kept.
 * @param {string} printed @param {string} key its public key, by whose print the list names it
 */
export async function showCode(printed, key) {
  const panel = qs("#recovery-panel");
  qs("#recovery-code").textContent = printed;
  qs("#recovery-number").textContent = await fingerprint(fromHex(key, 65));
  qs("#desk").hidden = panel.hidden = false;
  panel.scrollIntoView({ block: "nearest" });
  qs("#recovery-print").onclick = () => print();
  await new Promise((resolve) => (qs("#recovery-kept").onclick = resolve));
  qs("#desk").hidden = panel.hidden = true;
  replace(qs("#recovery-code"));
}

/**
 * Says in a container why something did not happen, whoever refused it.
 * @param {HTMLElement} container @param {unknown} error
 */
export function tell(container, error) {
  showRefusal(container, inWords(error));
  container.scrollIntoView({ block: "nearest" });
}

/** @param {unknown} error @returns {unknown} the same with words a dialog shows */
export function inWords(error) {
  if (error instanceof Refusal || error instanceof WorkerRefusal) {
    const { code, what, why, next } = error;
    const local = what && what !== code ? { what, why, next } : localWords(code);
    const phone = error instanceof Refusal ? error.phone : "";
    return new Refused({ code, phone, ...local }, 0);
  }
  if (error instanceof SealingError) {
    return new Refused({ code: error.code, ...localWords(error.code) }, 0);
  }
  if (error instanceof Unreachable) return new Refused({ code: "WEB-0000", ...localWords("") }, 0);
  return error;
}

/** @param {boolean} busy asks before the page is left */
export function guardLeaving(busy) {
  const ask = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
  guard?.abort();
  guard = null;
  if (!busy) return;
  guard = new AbortController();
  addEventListener("beforeunload", ask, { signal: guard.signal });
}

/** @type {AbortController | null} */
let guard = null;

// The start of every page of bidding: the person's key, the vault, and the wire to the servers.
import { pageData, qs, replace } from "../kernel/dom.js";
import { Refused, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { WorkerRefusal } from "../sealing/worker-protocol.js";
import { SealingError } from "../sealing/errors.js";
import { aesKey } from "../sealing/vault.js";
import { recall, remember } from "./keep.js";
import { VaultSession, openVault } from "./vault-session.js";
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
 * @property {string} [worker]
 * @property {{id: string, name: string, credit_code: string, account_name: string | null,
 *   account_number: string | null, account_bank: string | null}} organisation
 * @property {import("./wire.js").Terms} terms
 */
/** @typedef {{page: Page, wire: Wire, vault: VaultSession, key: OpenKey}} Desk */

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
      qs("#desk").remove();
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
 * @returns {Promise<{vault: VaultSession, key: OpenKey}>}
 */
async function entry(page, wire, kept) {
  if (kept) {
    const { vaultKey, signing, pair, publicKey, chain } = kept;
    const vault = await new VaultSession(wire, vaultKey).refresh();
    return { vault, key: { keys: { publicKey, signing, pair }, chain } };
  }
  const key = await askForKey(qs("#unlock"), { demo: page.demo });
  const vault = await openVault(wire, { certificate: key.keys });
  vault.key = await aesKey(vault.key);
  const { signing, pair, publicKey } = key.keys;
  const keys = { vaultKey: vault.key, signing, pair, publicKey, chain: key.chain };
  await remember({ login: page.csrf_token, ...keys });
  return { vault, key };
}

/** @param {VaultSession} vault a vault just founded shows its recovery code once */
async function showRecovery(vault) {
  const panel = qs("#recovery-panel");
  if (!vault.recoveryCode) return;
  qs("#recovery-code").textContent = vault.recoveryCode;
  panel.hidden = false;
  qs("#recovery-print").addEventListener("click", () => print());
  await new Promise((resolve) => qs("#recovery-kept").addEventListener("click", resolve));
  panel.hidden = true;
  replace(qs("#recovery-code"));
  vault.recoveryCode = null;
}

/**
 * Says in a container why something did not happen, whoever refused it.
 * @param {HTMLElement} container @param {unknown} error
 */
export function tell(container, error) {
  showRefusal(container, inWords(error));
  container.scrollIntoView({ block: "nearest" });
}

/** @param {unknown} error @returns {unknown} */
function inWords(error) {
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

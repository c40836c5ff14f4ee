// Opening the vault on this machine: by a certificate that was let in, or by a printed code, which
// lets in the certificate that is open here.
import { el, qs, replace } from "../kernel/dom.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { hex, sha256 } from "../sealing/bytes.js";
import { parse } from "../sealing/recovery.js";
import { grant } from "./vault-keys.js";
import { openVault } from "./vault-session.js";
import { Refusal } from "./wire.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("./vault-session.js").VaultSession} VaultSession */
/** @typedef {{vault: VaultSession, key: OpenKey | null}} Opened key: null when only a code is here */

const LEFT_OUT = "BID-1105";
const SHOWN = 32;

/** The certificate opened last, while nobody has let it in. @type {OpenKey | null} */
let waiting = null;

/**
 * What two people compare before one lets the other in.
 * @param {Uint8Array<ArrayBuffer>} publicKey @returns {Promise<string>} eight groups of four
 */
export async function fingerprint(publicKey) {
  const digest = hex(await sha256(publicKey)).slice(0, SHOWN);
  return /** @type {string[]} */ (digest.match(/.{4}/g)).join(" ");
}

/**
 * Asks for a certificate or a code, once.
 * @param {import("./wire.js").Wire} wire
 * @param {{demo: boolean, person: string}} page
 * @returns {Promise<Opened>} throws what openVault throws, ENV-5201 for a code typed wrong
 */
export async function unlock(wire, { demo, person }) {
  const certificate = waiting ? askAgain(waiting) : askForKey(qs("#unlock"), { demo });
  const asked = await Promise.race([certificate, askForCode()]);
  if (typeof asked === "string") return byCode(wire, await parse(asked), person);
  try {
    const vault = await openVault(wire, { certificate: asked }, person);
    waiting = null;
    return { vault, key: asked };
  } catch (error) {
    if (error instanceof Refusal && error.code === LEFT_OUT) waiting = asked;
    throw error;
  }
}

/**
 * @param {import("./wire.js").Wire} wire @param {Uint8Array<ArrayBuffer>} code
 * @param {string} person
 * @returns {Promise<Opened>}
 */
async function byCode(wire, code, person) {
  const vault = await openVault(wire, { recovery: code }, person);
  code.fill(0);
  if (!waiting) return { vault, key: null };
  const key = waiting;
  await grant(vault, { publicKey: key.publicKey, name: person });
  waiting = null;
  return { vault: await openVault(wire, { certificate: key }, person), key };
}

/** @param {OpenKey} key @returns {Promise<OpenKey>} once the person says that a colleague let it in */
function askAgain(key) {
  const print = el("p", { class: "mono strong", id: "own-fingerprint" });
  void fingerprint(key.publicKey).then((text) => print.append(text));
  return new Promise((resolve) => {
    const again = { class: "btn primary", type: "button", id: "unlock-again" };
    replace(
      qs("#unlock"),
      el(
        "div",
        { class: "stack-2" },
        el("p", {}, _("你的证书已打开，指纹是：")),
        print,
        el("p", { class: "small" }, _("请同事在他的「保险柜」页核对这串指纹并授权，然后再试。")),
        el(
          "p",
          {},
          el("button", { ...again, on: { click: () => resolve(key) } }, _("已授权，再试")),
        ),
      ),
    );
  });
}

/** @returns {Promise<string>} what was typed as a recovery code */
function askForCode() {
  const form = /** @type {HTMLFormElement} */ (qs("#code-form"));
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const input = /** @type {HTMLInputElement} */ (qs("#recovery-typed"));
      const typed = input.value;
      if (!typed.trim()) return;
      input.value = "";
      resolve(typed);
    };
  });
}

// Security keys (WebAuthn): a second yes to one act, by a key that signs the act's digest.
import { getJson, postJson } from "./http.js";

/** @typedef {{id: string, name: string, created_at: string}} Passkey */
/** @typedef {{passkeys: Passkey[], digest: string, options: any}} Own */

/** Whether this browser, at this address, can use security keys: an IP address has no domain. */
export function usable() {
  const domain = !/^[0-9.]+$|:/.test(location.hostname);
  return domain && "credentials" in navigator && "PublicKeyCredential" in window;
}

/** @returns {Promise<Own>} the person's keys */
export const own = () => getJson("/account/passkeys");

/**
 * Asks one of the person's keys about an act.
 * @param {string} act @param {string} digest hex
 * @returns {Promise<object | null>} the key's answer; null when the person has no key
 */
export async function stepUp(act, digest) {
  const { options } = await postJson("/account/step-up", { act, digest });
  if (!options) return null;
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials.map(named),
  };
  const given = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({ publicKey }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (given.response);
  return {
    ...whole(given),
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature),
    },
  };
}

/** @param {string} name what the person calls it */
export async function register(name) {
  const { options, digest, passkeys } = await own();
  const step_up = passkeys.length > 0 ? await stepUp("passkey.add", digest) : null;
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(named),
  };
  const made = await navigator.credentials.create({ publicKey });
  const credential = /** @type {PublicKeyCredential} */ (made);
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  const told = {
    ...whole(credential),
    response: {
      attestationObject: text(response.attestationObject),
      clientDataJSON: text(response.clientDataJSON),
    },
  };
  return postJson("/account/passkeys", { name, credential: told, step_up });
}

/** @param {string} id */
export async function end(id) {
  const step_up = await stepUp("passkey.end", id.replaceAll("-", ""));
  return postJson(`/account/passkeys/${id}/end`, { step_up });
}

/** @param {PublicKeyCredential} credential */
const whole = ({ id, rawId, type }) => ({ id, rawId: text(rawId), type });

/** @param {{type: string, id: string}} one */
const named = ({ type, id }) => ({ type, id: bytes(id) });

/** @param {string} encoded base64url */
function bytes(encoded) {
  const plain = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer @returns {string} base64url */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

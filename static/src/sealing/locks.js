// The locks of an envelope: shares for the trustees; the bidder's own key, code and rescue panel.
import { concat, fromHex, hex, random, sha256 } from "./bytes.js";
import * as form from "./header.js";
import { derive } from "./hkdf.js";
import * as hpke from "./hpke.js";
import { split } from "./shamir.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

/** @type {form.HolderLock} what stands under committee_only */
export const NO_HOLDER_LOCK = { bid_key: null, recovery: null, rescue: null };

/** @param {form.Policy} policy @param {form.Context} context @param {{list: Bytes, open: Bytes}} secrets */
export async function committeeLock(policy, context, secrets) {
  const { threshold, trustees } = policy;
  const list = split(secrets.list, threshold, trustees.length);
  const open = split(secrets.open, threshold, trustees.length);
  const wraps = trustees.map(async ({ index, key }, i) => {
    const info = form.hpkeInfo(`trustee ${index}`, context);
    const sealed = await hpke.seal(fromHex(key, 65), concat(list[i], open[i]), info);
    return {
      ciphertext: hex(sealed.ciphertext),
      enc: hex(sealed.enc),
      index,
      list_share: hex(await sha256(list[i])),
      open_share: hex(await sha256(open[i])),
    };
  });
  return { m: threshold, n: trustees.length, wraps: await Promise.all(wraps) };
}

/**
 * @param {{policy: form.Policy, recovery?: Bytes, consent?: boolean}} order
 * @param {form.Context} context @param {Bytes} secret s_holder @param {Bytes} bidKey
 * @returns {Promise<form.HolderLock>}
 */
export async function holderLock({ policy, recovery, consent }, context, secret, bidKey) {
  const { enc, ciphertext } = await hpke.seal(bidKey, secret, form.hpkeInfo("bid key", context));
  return {
    bid_key: { ciphertext: hex(ciphertext), enc: hex(enc), key: hex(bidKey) },
    recovery: recovery ? await recoveryLock(recovery, context, secret) : null,
    rescue: consent && policy.rescue ? await rescueLock(policy.rescue, context, secret) : null,
  };
}

/** @param {Bytes} code @param {form.Context} context @param {Bytes} secret */
async function recoveryLock(code, context, secret) {
  const salt = random(32);
  const raw = await derive(code, salt, form.hpkeInfo("recovery", context), 32);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  // The key is used once, for its own salt, so the nonce may be fixed.
  const iv = new Uint8Array(12);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, secret);
  return { ciphertext: hex(new Uint8Array(sealed)), salt: hex(salt) };
}

/**
 * @param {NonNullable<form.Policy["rescue"]>} rescue @param {form.Context} context
 * @param {Bytes} secret
 */
async function rescueLock({ threshold, panel }, context, secret) {
  const shares = split(secret, threshold, panel.length);
  const wraps = panel.map(async ({ index, key }, i) => {
    const info = form.hpkeInfo(`rescue ${index}`, context);
    const { enc, ciphertext } = await hpke.seal(fromHex(key, 65), shares[i], info);
    const share = hex(await sha256(shares[i]));
    return { ciphertext: hex(ciphertext), enc: hex(enc), index, share };
  });
  return { k: threshold, r: panel.length, wraps: await Promise.all(wraps) };
}

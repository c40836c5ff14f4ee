// Who can open the organisation's vault: letting in, printing a code, renewing the key so that
// whoever is left out reads nothing that is added afterwards. What he has read he knows.
import { fromHex, hex } from "../sealing/bytes.js";
import { newCode } from "../sealing/recovery.js";
import * as vault from "../sealing/vault.js";
import { kept } from "./vault-session.js";
import { byAccount } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./vault-session.js").VaultSession} VaultSession */
/** @typedef {import("../sealing/vault.js").Kind} Kind */
/**
 * @typedef {object} Entrant
 * @property {Kind} kind
 * @property {string} key raw public key in hex
 * @property {import("../sealing/vault.js").Note | null} note null: nobody inside let this key in
 * @property {boolean} mine the key this session was opened with
 */

/** @param {VaultSession} session @returns {Promise<Entrant[]>} who opens the newest generation */
export async function entrants(session) {
  const mine = hex(session.opener.publicKey);
  const newest = /** @type {CryptoKey} */ (session.keys[0]);
  return Promise.all(
    session.wraps.map(async (wrap) => ({
      kind: wrap.kind,
      key: wrap.key,
      note: await vault.readNote(newest, wrap),
      mine: wrap.key === mine,
    })),
  );
}

/**
 * Lets the owner of a certificate in.
 * @param {VaultSession} session
 * @param {{publicKey: Bytes, name: string}} to whose fingerprint both have compared
 */
export async function grant(session, to) {
  await letIn(session, { kind: "certificate", ...to });
}

/**
 * A new recovery code; those printed before keep their power until the key is renewed without them.
 * @param {VaultSession} session
 * @returns {Promise<{printed: string, key: string}>} to be shown once
 */
export async function printCode(session) {
  const code = await newCode();
  const { publicKey } = await vault.recoverySigner(code.bytes);
  code.bytes.fill(0);
  await letIn(session, { kind: "recovery", publicKey, name: "" });
  return { printed: code.printed, key: hex(publicKey) };
}

/** @param {VaultSession} session @param {{kind: Kind, publicKey: Bytes, name: string}} to */
async function letIn(session, { kind, publicKey, name }) {
  const note = { at: new Date().toISOString(), by: session.who, name };
  const raw = await session.raw();
  const wrap = await vault.wrapFor(raw, { kind, publicKey, note });
  raw.fill(0);
  const { generation } = session;
  await byAccount(session.wire, "/vault/wraps", { generation, wraps: [kept(wrap)] });
  await session.refresh();
}

/**
 * Renews the vault's key for everybody but `leaving`; keys that nobody inside let in stay out too.
 * Nothing is rewritten: whoever leaves keeps what he could read until now.
 * @param {VaultSession} session
 * @param {Set<string>} leaving public keys in hex
 * @throws {import("./wire.js").Refusal} BID-1106 when somebody was let in or left out meanwhile
 */
export async function renew(session, leaving) {
  await session.refresh();
  const seen = session.wraps.length;
  const staying = (await entrants(session)).filter(({ key, note, mine }) => {
    if (mine && leaving.has(key)) throw new RangeError("a key cannot lock itself out");
    return mine || (note && !leaving.has(key));
  });
  const former = await session.raw();
  const key = vault.newVaultKey();
  const generation = session.generation + 1;
  const wraps = staying.map((each) => {
    const note = each.note ?? { at: new Date().toISOString(), by: session.who, name: session.who };
    return vault.wrapFor(key, { kind: each.kind, publicKey: fromHex(each.key, 65), note });
  });
  const made = [...(await Promise.all(wraps)), await vault.linkFormer(key, former, generation)];
  key.fill(0);
  former.fill(0);
  await byAccount(session.wire, "/vault/generations", { generation, seen, wraps: made.map(kept) });
  await session.refresh();
}

// The organisation's vault, opened: lots, sub-accounts and receipts that only its own keys can read.
import { fromHex, fromUtf8, hex, utf8 } from "../sealing/bytes.js";
import {
  newVaultKey,
  openRecord,
  sealRecord,
  unwrapWithCertificate,
  unwrapWithRecovery,
  wrapForCertificate,
  wrapForRecovery,
} from "../sealing/vault.js";
import { newCode } from "../sealing/recovery.js";
import { Refusal, byAccount } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {{publicKey: Bytes, signing: CryptoKey, pair: CryptoKeyPair}} CertificateKeys */
/** @typedef {{kind: "certificate" | "recovery", key_id: string, wrap: string}} KeptWrap */
/** @typedef {{certificate: CertificateKeys} | {recovery: Bytes}} Opener */
/**
 * @typedef {object} SubAccount
 * @property {string} number
 * @property {string} bank_name
 * @property {string} master_name
 * @property {string} token
 */
/**
 * @typedef {object} KeptReceipt
 * @property {string} envelope_id
 * @property {number} sequence
 * @property {string} admitted_at
 * @property {import("../sealing/receipts.js").Receipt} receipt
 */
/**
 * @typedef {object} KnownLot
 * @property {string} lot
 * @property {string} seed hex
 * @property {string} name
 * @property {string} number
 * @property {string} deadline
 * @property {SubAccount | null} subAccount
 * @property {KeptReceipt[]} receipts oldest first
 * @property {string[]} withdrawn envelope ids
 */

/**
 * Opens the vault; founds it when the organisation has none, which yields a recovery code to print.
 * @param {Wire} wire
 * @param {Opener} opener
 * @returns {Promise<VaultSession>} throws ENV-3101 or ENV-3102 when this opener does not fit
 */
export async function openVault(wire, opener) {
  const held = await byAccount(wire, "/vault");
  if (held.wraps.length > 0) {
    return new VaultSession(wire, await unwrap(held.wraps, opener)).read(held.records);
  }
  if (!("certificate" in opener)) throw new Refusal({ code: "BID-1104" }, 409);
  const key = newVaultKey();
  const code = await newCode();
  const wraps = [
    kept(await wrapForCertificate(key, opener.certificate.publicKey)),
    kept(await wrapForRecovery(key, code.bytes)),
  ];
  try {
    await byAccount(wire, "/vault", { wraps });
  } catch (error) {
    // Another tab was first: its vault is the vault.
    if (error instanceof Refusal && error.code === "BID-1103") return openVault(wire, opener);
    throw error;
  }
  const session = new VaultSession(wire, key);
  session.recoveryCode = code.printed;
  return session;
}

/** @param {import("../sealing/vault.js").CertificateWrap | import("../sealing/vault.js").RecoveryWrap} wrap */
function kept(wrap) {
  const key_id = wrap.kind === "certificate" ? wrap.key : wrap.salt;
  return { kind: wrap.kind, key_id, wrap: hex(utf8(JSON.stringify(wrap))) };
}

/** @param {KeptWrap[]} wraps @param {Opener} opener @returns {Promise<Bytes>} */
async function unwrap(wraps, opener) {
  const read = wraps.map((wrap) => JSON.parse(fromUtf8(fromHex(wrap.wrap))));
  if ("recovery" in opener) return unwrapByCode(read, opener.recovery);
  const id = hex(opener.certificate.publicKey);
  const own = read.find((wrap) => wrap.kind === "certificate" && wrap.key === id);
  if (!own) throw new Refusal({ code: "BID-1105" }, 409);
  return unwrapWithCertificate(own, opener.certificate.pair);
}

/** @param {any[]} wraps @param {Bytes} code */
async function unwrapByCode(wraps, code) {
  let refusal = null;
  for (const wrap of wraps.filter(({ kind }) => kind === "recovery")) {
    try {
      return await unwrapWithRecovery(wrap, code);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal ?? new Refusal({ code: "BID-1105" }, 409);
}

export class VaultSession {
  /** @param {Wire} wire @param {Bytes | CryptoKey} key */
  constructor(wire, key) {
    this.wire = wire;
    this.key = key;
    /** @type {any[]} */
    this.records = [];
    /** @type {string | null} printed form, once, right after the vault was founded */
    this.recoveryCode = null;
  }

  /** @param {{id: string, ciphertext: string}[]} records @returns {Promise<VaultSession>} */
  async read(records) {
    const opened = records.map((record) => openRecord(this.key, record));
    this.records = await Promise.all(opened);
    return this;
  }

  /** Asks again: another machine of the organisation may have added records. */
  async refresh() {
    const { records } = await byAccount(this.wire, "/vault");
    return this.read(records);
  }

  /**
   * Adds a record; resolves once the server has acknowledged it. Never rewrites one.
   * @param {Record<string, unknown>} value
   */
  async append(value) {
    const record = { made_at: new Date().toISOString(), ...value };
    const sealed = await sealRecord(this.key, record);
    await byAccount(this.wire, "/vault/records", sealed);
    this.records.push(record);
  }

  /**
   * Lets another certificate or code open this vault. Needs the raw key of this session.
   * @param {{certificate: Bytes} | {recovery: Bytes}} to raw public key, or a code's 32 bytes
   */
  async grant(to) {
    if (!(this.key instanceof Uint8Array)) throw new Error("this session cannot hand the key on");
    const wrap =
      "certificate" in to
        ? await wrapForCertificate(this.key, to.certificate)
        : await wrapForRecovery(this.key, to.recovery);
    await byAccount(this.wire, "/vault/wraps", { wraps: [kept(wrap)] });
  }

  /** @returns {KnownLot[]} every lot of which a seed is known, nearest deadline first */
  lots() {
    const ids = new Set(this.records.filter(({ type }) => type === "lot").map(({ lot }) => lot));
    const known = [...ids].map((id) => this.lot(id)).filter((lot) => lot !== null);
    return known.sort((a, b) => a.deadline.localeCompare(b.deadline));
  }

  /**
   * All that is known of a lot. Of two seeds made at once on two machines the earlier one counts.
   * @param {string} lotId
   * @returns {KnownLot | null}
   */
  lot(lotId) {
    const mine = this.records.filter(({ lot }) => lot === lotId).sort(byTime);
    const seeded = mine.find(({ type }) => type === "lot");
    if (!seeded) return null;
    const of = (/** @type {string} */ type) => mine.filter((record) => record.type === type);
    const { seed, name, number, deadline } = seeded;
    const back = of("withdrawal").at(-1) ?? { made_at: "" };
    return {
      lot: lotId,
      seed,
      name,
      number,
      deadline,
      // A withdrawal sends the deposit back: whoever bids again pays into a new account.
      subAccount:
        of("sub_account")
          .filter((given) => byTime(given, back) > 0)
          .at(-1) ?? null,
      receipts: of("receipt"),
      withdrawn: of("withdrawal").map(({ envelope_id }) => envelope_id),
    };
  }
}

/** @param {{made_at: string}} a @param {{made_at: string}} b */
const byTime = (a, b) => a.made_at.localeCompare(b.made_at);

// The organisation's vault, opened: lots, sub-accounts and receipts that only its own keys can read.
// Seeds stay inside: what leaves is a pseudonym with keys that cannot be taken out.
import { fromHex, fromUtf8, hex, utf8 } from "../sealing/bytes.js";
import { fromSeed } from "../sealing/pseudonym.js";
import * as vault from "../sealing/vault.js";
import { newCode } from "../sealing/recovery.js";
import { SealingError } from "../sealing/errors.js";
import { knownLot } from "./vault-lots.js";
import { joined, split } from "./vault-pieces.js";
import { Refusal, byAccount } from "./wire.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("./wire.js").Wire} Wire */
/** @typedef {import("../sealing/vault.js").Wrap} Wrap */
/** @typedef {{kind: "certificate" | "recovery" | "former", key_id: string, generation: number,
 *   wrap: string}} KeptWrap */
/** @typedef {{generation: number, wraps: KeptWrap[],
 *   records: import("../sealing/vault.js").VaultRecord[]}} Held */
/** @typedef {import("../sealing/signer.js").Signer} Signer */
/** @typedef {{certificate: Signer} | {recovery: Bytes}} Opener a certificate, or a printed code */
/** @typedef {import("./vault-lots.js").SubAccount} SubAccount */
/** @typedef {import("./vault-lots.js").KeptReceipt} KeptReceipt */
/** @typedef {import("./vault-lots.js").KnownLot} KnownLot */
/** @typedef {{id: string, value: any}} Read a record's content; a lot's without its seed */

const OUTDATED = "BID-1107";

/**
 * Opens the vault; founds it when the organisation has none, which yields a recovery code to print.
 * @param {Wire} wire
 * @param {Opener} opener
 * @param {string} [who] the person's name, for the notes on whom the vault was opened to
 * @returns {Promise<VaultSession>} throws BID-1105, ENV-3101 or ENV-3102 when this opener does not fit
 */
export async function openVault(wire, opener, who = "") {
  const held = await byAccount(wire, "/vault");
  if (held.generation > 0) {
    const code = "recovery" in opener;
    const signer = code ? await vault.recoverySigner(opener.recovery) : opener.certificate;
    const session = new VaultSession(wire, signer, { code, who });
    await session.adopt(held);
    return session;
  }
  if (!("certificate" in opener)) throw new Refusal({ code: "BID-1104" }, 409);
  const key = vault.newVaultKey();
  const code = await newCode();
  const note = { at: new Date().toISOString(), by: who };
  const { publicKey } = opener.certificate;
  const byCode = (await vault.recoverySigner(code.bytes)).publicKey;
  const wraps = [
    await vault.wrapFor(key, { kind: "certificate", publicKey, note: { ...note, name: who } }),
    await vault.wrapFor(key, { kind: "recovery", publicKey: byCode, note: { ...note, name: "" } }),
  ];
  key.fill(0);
  code.bytes.fill(0);
  try {
    await byAccount(wire, "/vault", { wraps: wraps.map(kept) });
  } catch (error) {
    // Another tab or machine was first: its vault is the vault.
    if (error instanceof Refusal && error.code === "BID-1103") return openVault(wire, opener, who);
    throw error;
  }
  const session = await openVault(wire, opener, who);
  session.recoveryCode = code.printed;
  session.recoveryKey = hex(byCode);
  return session;
}

/** @param {Wrap | import("../sealing/vault.js").Former} wrap as the server keeps it */
export function kept(wrap) {
  const key_id = wrap.kind === "former" ? "former" : wrap.key;
  return { kind: wrap.kind, key_id, wrap: hex(utf8(JSON.stringify(wrap))) };
}

export class VaultSession {
  /**
   * @param {Wire} wire
   * @param {Signer} opener a certificate's key, or a code's
   * @param {{code?: boolean, who?: string}} [told] whether it is a code; the person's name
   */
  constructor(wire, opener, { code = false, who = "" } = {}) {
    this.wire = wire;
    this.opener = opener;
    this.code = code;
    this.who = who;
    this.generation = 0;
    /** @type {CryptoKey[]} newest first, non-extractable */
    this.keys = [];
    /** @type {Wrap[]} who can open the newest generation */
    this.wraps = [];
    /** @type {Read[]} in the order the server acknowledged them, the same on every machine */
    this.records = [];
    /** @type {Map<string, import("../sealing/vault.js").VaultRecord>} lot → its seed's record */
    this.seeds = new Map();
    /** @type {Map<string, Promise<import("../sealing/pseudonym.js").Pseudonym>>} */
    this.pseudonyms = new Map();
    /** @type {string | null} printed form, once, right after the code was made */
    this.recoveryCode = null;
    this.recoveryKey = "";
  }

  /** @param {Held} held takes over what the server holds now; throws BID-1105 when left out */
  async adopt(held) {
    const wraps = held.wraps.map(({ wrap }) => JSON.parse(fromUtf8(fromHex(wrap))));
    if (held.generation !== this.generation) {
      const own = await this.raw(wraps.filter(({ kind }) => kind !== "former"));
      this.keys = await chain(own, held);
      this.generation = held.generation;
      own.fill(0);
    }
    this.wraps = wraps.filter(({ kind }) => kind !== "former");
    const known = new Map(this.records.map((record) => [record.id, record]));
    const reading = held.records.map((record) => known.get(record.id) ?? this.read(record));
    const read = await Promise.all(reading);
    if (read.length < this.records.length) return; // an older answer came later
    this.records = read;
    for (const record of held.records) this.keepSeed(record);
  }

  /**
   * The raw key of the newest generation, for the moment in which it is handed on: wipe it.
   * @param {Wrap[]} [wraps]
   * @returns {Promise<Bytes>} throws BID-1105 when no wrap is for this opener
   */
  async raw(wraps = this.wraps) {
    const mine = hex(this.opener.publicKey);
    const own = wraps.find(({ key }) => key === mine);
    if (!own && this.code) throw new SealingError("ENV-3102", { what: "code" });
    if (!own) throw new Refusal({ code: "BID-1105" }, 409);
    return vault.unwrap(own, this.opener);
  }

  /** Asks again: another machine of the organisation may have added records or renewed the key. */
  async refresh() {
    await this.adopt(await byAccount(this.wire, "/vault"));
    return this;
  }

  /** @param {import("../sealing/vault.js").VaultRecord} record @returns {Promise<Read>} */
  async read(record) {
    let refusal;
    for (const key of this.keys) {
      try {
        const value = await vault.openRecord(key, record);
        delete value.seed;
        return { id: record.id, value };
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }

  /** @param {import("../sealing/vault.js").VaultRecord} record of two seeds the first stays */
  keepSeed(record) {
    const { value } = this.records.find(({ id }) => id === record.id) ?? { value: {} };
    if (value.type === "lot" && !this.seeds.has(value.lot)) this.seeds.set(value.lot, record);
  }

  /**
   * Adds a record, in pieces when it is long, and reads again: resolves once the server has
   * acknowledged it, with everything that was acknowledged before. Never rewrites one.
   * @param {Record<string, unknown>} value
   */
  async append(value) {
    const record = { made_at: new Date().toISOString(), ...value };
    for (const piece of split(record)) await this.put(piece);
    await this.refresh();
  }

  /** @param {Record<string, unknown>} record one that fits */
  async put(record) {
    for (let again = true; ; again = false) {
      const sealed = await vault.sealRecord(/** @type {CryptoKey} */ (this.keys[0]), record);
      try {
        const { generation } = this;
        await byAccount(this.wire, "/vault/records", { ...sealed, generation });
        break;
      } catch (error) {
        if (!again || !(error instanceof Refusal) || error.code !== OUTDATED) throw error;
        await this.refresh(); // renewed meanwhile, and this opener is still let in
      }
    }
  }

  /**
   * The pseudonym of a lot: the seed is read for this moment only.
   * @param {string} lotId
   * @returns {Promise<import("../sealing/pseudonym.js").Pseudonym | null>}
   */
  async pseudonym(lotId) {
    const record = this.seeds.get(lotId);
    if (!record) return null;
    const made = this.pseudonyms.get(lotId) ?? this.derived(record);
    this.pseudonyms.set(lotId, made);
    return made;
  }

  /** @param {import("../sealing/vault.js").VaultRecord} record */
  async derived(record) {
    for (const key of this.keys) {
      const value = await vault.openRecord(key, record).catch(() => null);
      if (value === null) continue;
      const seed = fromHex(value.seed, 32);
      const pseudonym = await fromSeed(seed);
      seed.fill(0);
      return pseudonym;
    }
    throw new Error("the vault lost a key it had");
  }

  /** @returns {KnownLot[]} every lot of which a seed is known, nearest deadline first */
  lots() {
    const known = [...this.seeds.keys()].map((id) => this.lot(id)).filter((lot) => lot !== null);
    return known.sort((a, b) => a.deadline.localeCompare(b.deadline));
  }

  /** @param {string} lotId @returns {KnownLot | null} all that is known of a lot */
  lot(lotId) {
    return knownLot(joined(this.records.map(({ value }) => value)), lotId);
  }
}

/**
 * The keys of all generations, newest first.
 * @param {Bytes} newest raw @param {Held} held
 * @returns {Promise<CryptoKey[]>}
 */
async function chain(newest, held) {
  const keys = [await vault.aesKey(newest)];
  for (let generation = held.generation; generation > 1; generation--) {
    const link = held.wraps.find(
      (wrap) => wrap.kind === "former" && wrap.generation === generation,
    );
    if (!link) throw new Refusal({ code: "ENV-5102" }, 409);
    const key = /** @type {CryptoKey} */ (keys.at(-1));
    const read = JSON.parse(fromUtf8(fromHex(link.wrap)));
    const former = await vault.openFormer(key, read, generation);
    keys.push(await vault.aesKey(former));
    former.fill(0);
  }
  return keys;
}

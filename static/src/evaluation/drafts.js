// Drafts of sheets: encrypted here under a key that only the expert's certificate opens, kept by
// version. Two tabs merge mark by mark; every version stays on the server. No DOM.
import { concat, fromHex, fromUtf8, hex, random, utf8 } from "../sealing/bytes.js";
import { SealingError } from "../sealing/errors.js";
import * as hpke from "../sealing/hpke.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("../sealing/p256.js").Keys} Keys */
/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/** @typedef {import("./sheets.js").Marks} Marks */
/** @typedef {import("./sheets.js").SheetStage} SheetStage */
/** @typedef {{room: string, stage: SheetStage, bid: string, version: number}} DraftPlace */
/** @typedef {{version: number, marks: Marks}} Draft */
/** @typedef {{key: string, mine: import("./sheets.js").Mark, theirs: import("./sheets.js").Mark}} Conflict */

const FORMAT = "sunbid draft/1";
const UNIT = 8192;
const NONCE = 12;
const ENC = 65;
const ATTEMPTS = 5;
const OLD_VERSION = "EVA-1221";

/** @param {string} room */
const keyInfo = (room) => utf8(`${FORMAT} key\0${room}`);

/** @param {Bytes} raw @returns {Promise<CryptoKey>} not extractable */
const imported = (raw) =>
  crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/** @param {string} room @param {Bytes} raw 32 bytes @param {Bytes} publicKey @returns {Promise<string>} */
export async function wrapKey(room, raw, publicKey) {
  const { enc, ciphertext } = await hpke.seal(publicKey, raw, keyInfo(room));
  return hex(concat(enc, ciphertext));
}

/** @param {string} room @param {string} wrapped @param {CryptoKeyPair} pair @returns {Promise<CryptoKey>} */
export async function unwrapKey(room, wrapped, pair) {
  const whole = fromHex(wrapped, ENC + 48);
  return imported(await hpke.open(pair, whole.slice(0, ENC), whole.slice(ENC), keyInfo(room)));
}

/**
 * The expert's draft key of this room; made and wrapped at the first call from any tab.
 * @param {Account} account @param {string} room @param {Keys} keys the certificate's
 * @returns {Promise<CryptoKey>} throws ENV-3101 when another certificate wrapped it
 */
export async function openDraftKey(account, room, keys) {
  const path = `/evaluations/${room}/draft-key`;
  let { wrapped } = await account.get(path);
  if (!wrapped) {
    const offered = await wrapKey(room, random(32), keys.publicKey);
    // Whichever tab came first decides; the answer is the key that stands.
    ({ wrapped } = await account.post(path, { wrapped: offered }));
  }
  return unwrapKey(room, wrapped, keys.pair);
}

/** @param {DraftPlace} place */
const bound = ({ room, stage, bid, version }) =>
  utf8([FORMAT, room, stage, bid, String(version)].join("\0"));

/**
 * @param {CryptoKey} key @param {DraftPlace} place @param {Marks} marks
 * @returns {Promise<string>} hex of nonce ‖ ciphertext of the padded marks
 */
export async function sealDraft(key, place, marks) {
  const text = utf8(JSON.stringify(marks));
  const plain = new Uint8Array(Math.ceil((text.length + 4) / UNIT) * UNIT);
  new DataView(plain.buffer).setUint32(0, text.length);
  plain.set(text, 4);
  const iv = random(NONCE);
  const options = { name: "AES-GCM", iv, additionalData: bound(place) };
  const sealed = await crypto.subtle.encrypt(options, key, plain);
  return hex(concat(iv, new Uint8Array(sealed)));
}

/**
 * @param {CryptoKey} key @param {DraftPlace} place @param {string} ciphertext
 * @returns {Promise<Marks>} throws ENV-5102 for another key, place or version, or damaged bytes
 */
export async function openDraft(key, place, ciphertext) {
  try {
    const whole = fromHex(ciphertext);
    const options = {
      name: "AES-GCM",
      iv: whole.slice(0, NONCE),
      additionalData: bound(place),
    };
    const plain = await crypto.subtle.decrypt(options, key, whole.slice(NONCE));
    const length = new DataView(plain).getUint32(0);
    return JSON.parse(fromUtf8(new Uint8Array(plain, 4, length)));
  } catch {
    throw new SealingError("ENV-5102");
  }
}

/**
 * Three-way, mark by mark: what only one side changed is taken; what both changed stays mine and is
 * told, with theirs beside it.
 * @param {Marks} base @param {Marks} mine @param {Marks} theirs
 * @returns {{marks: Marks, conflicts: Conflict[]}}
 */
export function merge(base, mine, theirs) {
  const nothing = { value: "", note: "" };
  /** @type {Marks} */
  const marks = {};
  /** @type {Conflict[]} */
  const conflicts = [];
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [was, own, other] = [base, mine, theirs].map((each) => each[key] ?? nothing);
    if (same(own, was) || same(own, other)) marks[key] = other;
    else marks[key] = own;
    if (!same(own, was) && !same(other, was) && !same(own, other)) {
      conflicts.push({ key, mine: own, theirs: other });
    }
  }
  return { marks, conflicts };
}

/** @param {import("./sheets.js").Mark} a @param {import("./sheets.js").Mark} b */
const same = (a, b) => a.value === b.value && a.note === b.note;

/** The drafts of one expert in one room, as one tab knows them. */
export class Drafts {
  /** @param {Account} account @param {string} room @param {CryptoKey} key */
  constructor(account, room, key) {
    this.account = account;
    this.room = room;
    this.key = key;
    /** @type {Map<string, Draft>} what this tab last knew to be stored */
    this.known = new Map();
  }

  /** Fetches and opens the newest version of every draft. @returns {Promise<Map<string, Draft>>} */
  async load() {
    const { drafts } = await this.account.get(`/evaluations/${this.room}/drafts`);
    for (const each of drafts) {
      const place = { room: this.room, ...each };
      const marks = await openDraft(this.key, place, each.ciphertext);
      this.known.set(nameOf(each.stage, each.bid), { version: each.version, marks });
    }
    return this.known;
  }

  /** @param {SheetStage} stage @param {string} bid @returns {Draft} */
  draft(stage, bid) {
    return this.known.get(nameOf(stage, bid)) ?? { version: 0, marks: {} };
  }

  /**
   * Keeps what stands in this tab; when another tab was faster, merged with what it kept.
   * @param {SheetStage} stage @param {string} bid @param {Marks} marks
   * @returns {Promise<{version: number, marks: Marks, conflicts: Conflict[]}>}
   */
  async save(stage, bid, marks) {
    let wanted = { marks, conflicts: /** @type {Conflict[]} */ ([]) };
    for (let attempt = 1; ; attempt++) {
      const base = this.draft(stage, bid);
      const version = base.version + 1;
      const place = { room: this.room, stage, bid, version };
      const ciphertext = await sealDraft(this.key, place, wanted.marks);
      try {
        const body = { stage, bid, version, ciphertext };
        await this.account.post(`/evaluations/${this.room}/drafts`, body);
        this.known.set(nameOf(stage, bid), { version, marks: wanted.marks });
        return { version, ...wanted };
      } catch (error) {
        if (codeOf(error) !== OLD_VERSION || attempt === ATTEMPTS) throw error;
        await this.load();
        const merged = merge(base.marks, wanted.marks, this.draft(stage, bid).marks);
        const conflicts = [...wanted.conflicts, ...merged.conflicts];
        wanted = { marks: merged.marks, conflicts };
      }
    }
  }
}

/** @param {string} stage @param {string} bid */
export const nameOf = (stage, bid) => `${stage} ${bid}`;

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && "code" in error ? error.code : null);

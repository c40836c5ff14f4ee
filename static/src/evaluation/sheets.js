// A member's sheet on one bid, sealed to the room and signed: the server sees ciphertext until all
// sheets of the stage are in. What may be marked, sheet-model.js says. No DOM;
// evaluation/scoring/sheets.py reads the same bytes.
import { concat, fromHex, hex, random, sha256, utf8 } from "../sealing/bytes.js";
import { SealingError } from "../sealing/errors.js";
import * as hpke from "../sealing/hpke.js";
import { canonical } from "../sealing/jcs.js";
import { sign } from "../sealing/p256.js";

/** @typedef {import("../sealing/bytes.js").Bytes} Bytes */
/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/** @typedef {"qualification" | "technical"} SheetStage */
/** @typedef {{value: string, note: string}} Mark value: "pass", "fail", points or fen as text */
/** @typedef {Record<string, Mark>} Marks */
/** @typedef {{room: string, stage: SheetStage, seat: number, bid: string}} Place bid: commitment hex */
/** @typedef {{stage: SheetStage, bid: string, commitment: string, sealed: string, signature: string}} SheetBody */

const FORMAT = "sunbid sheet/1";
const CLASSES = [4096, 8192, 16384, 32768, 65536];

/** @param {Place} place @returns {Bytes} what HPKE binds a sealed sheet to */
export function sheetInfo({ room, stage, seat, bid }) {
  return utf8([FORMAT, room, stage, bid, String(seat)].join("\0"));
}

/** @param {Place} place @param {Marks} marks @param {Bytes} salt 32 bytes @returns {string} */
export function sheetText({ room, stage, seat, bid }, marks, salt) {
  return canonical({ format: FORMAT, room, stage, seat, bid, marks, salt: hex(salt) });
}

/** @param {string} text @returns {Promise<Bytes>} what is logged and signed */
export const commitmentOf = (text) => sha256(`${FORMAT}\0`, text);

/** @param {Bytes} commitment @returns {Bytes} the bytes under the author's signature */
export const signedMessage = (commitment) => concat(`${FORMAT} signature\0`, commitment);

/** @param {Bytes} text @returns {Bytes} length, text, zeros up to a size that tells no mark */
function padded(text) {
  const size = CLASSES.find((each) => text.length + 4 <= each);
  if (size === undefined) throw new SealingError("ENV-5101", { size: text.length });
  const whole = new Uint8Array(size);
  new DataView(whole.buffer).setUint32(0, text.length);
  whole.set(text, 4);
  return whole;
}

/**
 * The body of `POST /evaluations/<room>/sheets`.
 * @param {Place} place @param {Marks} marks
 * @param {{roomKey: string, signing: CryptoKey}} keys the room's public key in hex, the own signing key
 * @returns {Promise<SheetBody>}
 */
export async function makeSheet(place, marks, { roomKey, signing }) {
  const text = sheetText(place, marks, random(32));
  const commitment = await commitmentOf(text);
  const { enc, ciphertext } = await hpke.seal(
    fromHex(roomKey, 65),
    padded(utf8(text)),
    sheetInfo(place),
  );
  return {
    stage: place.stage,
    bid: place.bid,
    commitment: hex(commitment),
    sealed: hex(concat(enc, ciphertext)),
    signature: hex(await sign(signing, signedMessage(commitment))),
  };
}

/** @param {string} room @param {string} what */
const at = (room, what) => `/evaluations/${room}/${what}`;

/**
 * Hands in a made sheet; the same body may be sent again after a lost answer.
 * @param {Account} account @param {string} room @param {SheetBody} body
 */
export const submitSheet = (account, room, body) => account.post(at(room, "sheets"), body);

/** The own sheets by bid and everybody's counts. @param {Account} account @param {string} room */
export const sheets = (account, room) => account.get(at(room, "sheets"));

/** What was revealed so far. @param {Account} account @param {string} room */
export const results = (account, room) => account.get(at(room, "results"));

/**
 * Confirms prices and totals; a flagged total of one's own needs its reason, by bid.
 * @param {Account} account @param {string} room @param {Record<string, string>} [reasons]
 */
export const confirmPrices = (account, room, reasons = {}) =>
  account.post(at(room, "price-confirmation"), { reasons });

// Sheets as the browser makes them: one text, one commitment, sealed to the room, signed.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  makeSheet,
  sheetInfo,
  sheetText,
  signedMessage,
} from "../../static/src/evaluation/sheets.js";
import { fromHex, fromUtf8, hex, sha256 } from "../../static/src/sealing/bytes.js";
import * as hpke from "../../static/src/sealing/hpke.js";
import { generate, verify } from "../../static/src/sealing/p256.js";

const ROOM = "018f0000-0000-7000-8000-000000000001";
const BID = "ab".repeat(32);
const PLACE = { room: ROOM, stage: /** @type {const} */ ("technical"), seat: 4, bid: BID };
const MARKS = { team: { value: "6", note: "" }, scheme: { value: "8.5", note: "路线合理" } };

const room = (await generate()).keys;
const own = (await generate()).keys;
const keys = { roomKey: hex(room.publicKey), signing: own.signing };

/** @param {string} sealed @param {typeof PLACE} place */
async function opened(sealed, place) {
  const whole = fromHex(sealed);
  const raw = await hpke.open(room.pair, whole.slice(0, 65), whole.slice(65), sheetInfo(place));
  return fromUtf8(raw.slice(4, 4 + new DataView(raw.buffer).getUint32(0)));
}

test("the text is canonical whatever the order of the marks", () => {
  const salt = new Uint8Array(32);
  const turned = { scheme: MARKS.scheme, team: MARKS.team };
  assert.equal(sheetText(PLACE, MARKS, salt), sheetText(PLACE, turned, salt));
  assert.equal(
    sheetText(PLACE, MARKS, salt),
    `{"bid":"${BID}","format":"sunbid sheet/1","marks":{"scheme":{"note":"路线合理","value":"8.5"},` +
      `"team":{"note":"","value":"6"}},"room":"${ROOM}","salt":"${"00".repeat(32)}","seat":4,"stage":"technical"}`,
  );
});

test("the room opens what was committed to and signed", async () => {
  const body = await makeSheet(PLACE, MARKS, keys);
  const text = await opened(body.sealed, PLACE);
  assert.deepEqual(JSON.parse(text).marks, MARKS);
  assert.equal(hex(await sha256("sunbid sheet/1\0", text)), body.commitment);
  const message = signedMessage(fromHex(body.commitment));
  assert.equal(await verify(own.publicKey, message, fromHex(body.signature)), true);
  assert.equal(await verify(room.publicKey, message, fromHex(body.signature)), false);
});

test("a sealed sheet opens at its own place only", async () => {
  const body = await makeSheet(PLACE, MARKS, keys);
  for (const change of [{ seat: 5 }, { bid: "cd".repeat(32) }, { stage: "qualification" }]) {
    const other = /** @type {typeof PLACE} */ ({ ...PLACE, ...change });
    await assert.rejects(opened(body.sealed, other), /ENV-3101/);
  }
});

test("length tells no mark, and the same marks are never the same bytes", async () => {
  const low = await makeSheet(PLACE, { scheme: { value: "0", note: "" } }, keys);
  const high = await makeSheet(PLACE, { scheme: { value: "29.5", note: "好".repeat(200) } }, keys);
  assert.equal(low.sealed.length, high.sealed.length);
  assert.equal(low.sealed.length, 2 * (4096 + 65 + 16));
  const again = await makeSheet(PLACE, { scheme: { value: "0", note: "" } }, keys);
  assert.notEqual(low.commitment, again.commitment);
});

test("a sheet of forty items with long notes still fits; one beyond every size does not", async () => {
  const many = Array.from({ length: 40 }, (_, n) => [`item_${n}`, note(200)]);
  const body = await makeSheet(PLACE, Object.fromEntries(many), keys);
  assert.equal(body.sealed.length, 2 * (32768 + 65 + 16));
  const more = Array.from({ length: 200 }, (_, n) => [`item_${n}`, note(200)]);
  await assert.rejects(makeSheet(PLACE, Object.fromEntries(more), keys), /ENV-5101/);
});

/** @param {number} length */
const note = (length) => ({ value: "1", note: "注".repeat(length) });

import assert from "node:assert/strict";
import { test } from "node:test";
import { signRecord, unsignedRecord } from "../../../static/src/openings/record-signing.js";

/** @type {any} */
const signer = { certificates: () => ["00"], sign: async () => new Uint8Array(64) };
const at = async () => {};

test("whoever is late is prepared anew until the signature stands", async () => {
  /** @type {string[]} */
  const asked = [];
  let late = 2;
  const post = async (/** @type {string} */ path) => {
    asked.push(path.split("/").at(-1) ?? "");
    if (path.endsWith("prepare")) return { signed: false, id: "1", attributes: "aa" };
    if (late-- > 0) throw Object.assign(new Error("late"), { code: "OPN-1707" });
    return { revision: 5 };
  };
  assert.equal(await signRecord(post, "L", 1, signer, at), 5);
  assert.deepEqual(asked, ["prepare", "sign", "prepare", "sign", "prepare", "sign"]);
});

test("another refusal is not tried again, and who has signed signs no more", async () => {
  const refused = async (/** @type {string} */ path) => {
    if (path.endsWith("prepare")) return { signed: false, id: "1", attributes: "aa" };
    throw Object.assign(new Error("no"), { code: "OPN-1708" });
  };
  await assert.rejects(signRecord(refused, "L", 1, signer, at), { code: "OPN-1708" });
  assert.equal(await signRecord(async () => ({ signed: true }), "L", 1, signer, at), null);
  /** @type {any} */
  const hall = {
    records: [
      { no: 1, unsigned: [], signed: [] },
      { no: 2, unsigned: null, signed: [{ role: "host", seat: null }] },
    ],
  };
  assert.equal(unsignedRecord(hall, { role: "host", seat: null }), null);
  assert.equal(unsignedRecord(hall, { role: "bidder", seat: 1 })?.no, 2);
});

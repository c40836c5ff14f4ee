// What a member signs of the report, byte for byte as the server and the verifier read it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { reportMessage, signReport, statementDigest } from "../../static/src/evaluation/report.js";
import { fromUtf8, hex, sha256 } from "../../static/src/sealing/bytes.js";
import { generate, verify } from "../../static/src/sealing/p256.js";

const ROOM = "018f0000-0000-7000-8000-000000000001";
/** @type {import("../../static/src/evaluation/report.js").ReportAnswer} */
const told = {
  room: ROOM,
  digest: "ab".repeat(32),
  seat: 3,
  answer: "dissent",
  opinion: " 不同意。",
};

test("the message is label, zero and canonical JSON", () => {
  const text = fromUtf8(reportMessage(told));
  const json = `{"answer":"dissent","digest":"${told.digest}","opinion":" 不同意。","room":"${ROOM}","seat":3}`;
  assert.equal(text, `sunbid report/1\0${json}`);
});

test("the signature is over the trimmed opinion that is sent", async () => {
  const { keys } = await generate();
  const body = await signReport(keys.signing, told);
  assert.equal(body.opinion, "不同意。");
  const message = reportMessage({ ...told, opinion: body.opinion });
  const signature = Uint8Array.from(Buffer.from(body.signature, "hex"));
  assert.ok(await verify(keys.publicKey, message, signature));
});

test("an agreement carries no opinion", async () => {
  const { keys } = await generate();
  const body = await signReport(keys.signing, { ...told, answer: "agree", opinion: "略" });
  assert.equal(body.opinion, null);
});

test("only the hash of what was shown is signed", async () => {
  const statement = '{"format":"sunbid report/1"}';
  const digest = hex(await sha256(statement));
  assert.equal(await statementDigest({ statement, digest }), digest);
  await assert.rejects(statementDigest({ statement: `${statement} `, digest }), /EVA-3007/);
});

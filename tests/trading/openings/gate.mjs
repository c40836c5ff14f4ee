// Asks the trustees' gate about several orders: JSON on standard input, one code or "passed" each.
import { text } from "node:stream/consumers";
import { fromHex } from "../../../static/src/sealing/bytes.js";
import { told } from "../../../static/src/sealing/errors.js";
import { examine } from "../../../static/src/sealing/gate.js";
import { orderOf } from "../../../static/src/openings/trustee-desk.js";
import { verifyReceipt } from "../../../static/src/sealing/receipts.js";

const memory = { get: async () => null, set: async () => {} };
const { orders, receipts, log, key } = JSON.parse(await text(process.stdin));
const keys = /** @type {any} */ ({ publicKey: fromHex(key, 65) });

/** @type {string[]} */
const answers = [];
for (const order of orders) {
  const asked = orderOf({ ...order, stage: "list" }, { keys, memory });
  const step = await examine(asked).then(
    () => "passed",
    (error) => told(error).code,
  );
  answers.push(step);
}
const proven = [];
for (const receipt of receipts) {
  const found = await verifyReceipt(receipt, log).catch((error) => told(error));
  proven.push("code" in found ? found.code : [found.cosigned.length, found.stamped !== null]);
}
console.log(JSON.stringify({ answers, proven }));

// One JSON order on standard input, one sheet body on standard output: Python opens what this seals.
import { text } from "node:stream/consumers";
import { makeSheet } from "../../../static/src/evaluation/sheets.js";
import { fromHex } from "../../../static/src/sealing/bytes.js";
import { fromPkcs8 } from "../../../static/src/sealing/p256.js";

const { place, marks, roomKey, pkcs8 } = JSON.parse(await text(process.stdin));
const { signing } = await fromPkcs8(fromHex(pkcs8));
process.stdout.write(JSON.stringify(await makeSheet(place, marks, { roomKey, signing })));

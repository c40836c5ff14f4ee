// Draws parameters again from stdin's cases: [{parameter, root, parts, prices, ceiling, delta}, …].
import { fromHex } from "../../static/src/sealing/bytes.js";
import { drawParameter } from "../../static/src/sealing/parameters.js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const found = [];
for (const { parameter, root, parts, prices, ceiling, delta } of JSON.parse(text)) {
  const inputs = {
    lot: "lot",
    root: fromHex(root, 32),
    parts: new Map(Object.entries(parts)),
    prices: new Map(Object.entries(prices)),
    ceiling,
  };
  const { seed, options, index, value } = await drawParameter(
    parameter,
    /** @type {any} */ (inputs),
    new Map([["delta", delta]]),
  );
  found.push({ seed, options, index, value });
}
process.stdout.write(JSON.stringify(found));

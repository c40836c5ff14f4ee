// Which step of the check each bundle of a folder fails, by the page's verifier: one JSON object.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { verify } from "../../static/src/verifier/steps.js";

/** @type {Record<string, string>} */
const told = {};
const [folder = "."] = process.argv.slice(2);
for (const name of (await readdir(folder)).filter((each) => each.endsWith(".zip"))) {
  const zip = new Uint8Array(await readFile(join(folder, name)));
  const { failed, why } = await verify(zip, () => {});
  told[name] = failed ? `${failed}: ${why}` : "holds";
}
process.stdout.write(JSON.stringify(told));

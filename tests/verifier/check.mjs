// Checks every bundle of a folder with the page's modules: {"name.zip": first failing step or null}.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { verify } from "../../static/src/verifier/steps.js";

const [folder] = process.argv.slice(2);
/** @type {Record<string, string | null>} */
const found = {};
for (const name of (await readdir(folder)).sort()) {
  const raw = await readFile(join(folder, name));
  const { failed } = await verify(new Uint8Array(raw), () => {});
  found[name] = failed;
}
process.stdout.write(JSON.stringify(found));

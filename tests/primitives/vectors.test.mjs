// The published vectors in Node, by the modules of the pages; tests/primitives/test_browser.py asks
// the same of Chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { judge } from "./judge.js";

/** @param {string} name */
async function published(name) {
  const file = new URL(`../../docs/vectors/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(file, "utf-8"));
}

test("published vectors of every primitive in use, and of SBE/1", async () => {
  const [wycheproof, rfc9180, nist, sbe1] = await Promise.all(
    ["wycheproof", "rfc9180", "nist", "sbe1"].map(published),
  );
  const { counts, wrong } = await judge({ wycheproof, rfc9180, nist, sbe1 });
  assert.deepEqual(wrong, []);
  assert.ok(Object.values(counts).every((count) => count > 0));
  assert.ok(Object.keys(counts).length === 12);
});

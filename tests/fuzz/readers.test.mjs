// A short run of the browser's readers under mutation; the slow lane goes on for minutes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, targets } from "./readers.mjs";

const EACH = 300;

for (const target of await targets()) {
  test(`${target.name}: what is right is read, what is near is read or refused by code`, async () => {
    for (let seed = 0; seed < EACH; seed++) assert.equal(await attempt(target, seed), null);
  });
}

// Rate and time left of long work.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Meter } from "../../static/src/kernel/progress.js";

test("the rate is that of the last five seconds", () => {
  let now = 0;
  const meter = new Meter(() => now);
  assert.equal(meter.rate(), 0);
  assert.equal(meter.left(100), null);
  for (; now <= 20_000; now += 1000) meter.mark(now < 10_000 ? 0 : (now - 10_000) * 2);
  now = 20_000;
  assert.equal(meter.rate(), 2000);
  assert.equal(meter.left(40_000), 10);
});

test("nothing moving means no time can be named", () => {
  let now = 0;
  const meter = new Meter(() => now);
  for (; now < 8000; now += 1000) meter.mark(500);
  assert.equal(meter.left(1000), null);
});

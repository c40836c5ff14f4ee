// The server's clock on a monotonic one, and what a countdown shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { remaining, ServerClock } from "../../static/src/kernel/clock.js";

test("the best sample is the one with the shortest round trip, taken at its middle", () => {
  let mono = 1000;
  const clock = new ServerClock(() => mono);
  clock.adopt([
    { sent: 0, received: 400, server: 9_000 },
    { sent: 500, received: 540, server: 10_000 },
    { sent: 600, received: 900, server: 10_500 },
  ]);
  mono = 520;
  assert.equal(clock.now(), 10_000);
  mono = 1520;
  assert.equal(clock.now(), 11_000);
});

test("a computer clock set wrong does not matter, only elapsed time does", () => {
  let mono = 0;
  const clock = new ServerClock(() => mono);
  assert.equal(clock.known, false);
  clock.set(5_000_000);
  mono = 250;
  assert.equal(clock.now(), 5_000_250);
});

test("demonstration time may jump forward at a new synchronisation", () => {
  const clock = new ServerClock(() => 0);
  clock.set(1000);
  clock.adopt([{ sent: 0, received: 0, server: 600_000 }]);
  assert.equal(clock.now(), 600_000);
});

test("what is left has three units above an hour and minutes with seconds below", () => {
  const shown = (/** @type {number} */ ms) =>
    remaining(ms)
      .map((part) => part.figure + part.unit)
      .join(" ");
  assert.equal(shown(-1), "00:00");
  assert.equal(shown(999), "00:00");
  assert.equal(shown(768_000), "12:48");
  assert.equal(shown(3_600_000), "1时 00分 00秒");
  assert.equal(shown(61_700_000), "17时 08分 20秒");
  assert.equal(shown(183_600_000), "2天 03时 00分");
});

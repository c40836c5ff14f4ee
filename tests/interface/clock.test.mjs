// The server's clock on a monotonic one, and what a countdown shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  drift,
  remaining,
  resync,
  ServerClock,
  serverNow,
  witness,
} from "../../static/src/kernel/clock.js";

const DAY = 86_400_000;

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

test("a computer whose clock is wrong by a day counts down to the server's deadline", async (t) => {
  const truth = Date.now();
  let asked = 0;
  let ahead = 0;
  t.mock.method(Date, "now", () => truth + DAY);
  t.mock.method(globalThis, "fetch", async () => {
    asked += 1;
    const told = new Date(truth + ahead).toISOString();
    return { ok: true, json: async () => ({ legal: told, wall: told }) };
  });
  Object.assign(globalThis, { document: { querySelectorAll: () => [] } });
  await resync();
  assert.ok(Math.abs(serverNow() - truth) < 1000);
  assert.ok(Math.abs((drift() ?? 0) - DAY) < 1000);
  const left = remaining(truth + 600_000 - serverNow());
  assert.match(left[0]?.figure ?? "", /^(10:00|09:59)$/);

  // An event of the present changes nothing; one from this page's future has it ask again.
  const before = asked;
  witness(new Date(truth).toISOString());
  assert.equal(asked, before);
  ahead = 3_600_000;
  witness(new Date(truth + ahead).toISOString());
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(asked > before);
  assert.ok(Math.abs(serverNow() - truth - ahead) < 1000);
});

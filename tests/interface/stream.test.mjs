// A numbered stream: every event once and in order, whatever the socket does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ordered } from "../../static/src/kernel/stream.js";

/** @param {number} seq */
const event = (seq) => ({ seq, kind: "fact", payload: { seq }, at: "2026-11-24T01:30:00Z" });

/**
 * @param {(after: number) => import("../../static/src/kernel/stream.js").LiveEvent[]} answer
 * @param {number} [after]
 */
function reader(answer, after = 0) {
  /** @type {number[]} */
  const seen = [];
  /** @type {[number, number][]} */
  const gaps = [];
  const stream = new Ordered(after, {
    deliver: (one) => seen.push(one.seq),
    fetchAfter: async (number) => answer(number),
    onGap: (from, to) => gaps.push([from, to]),
  });
  return { seen, gaps, stream };
}

test("frames in order pass straight through, repeats are dropped", () => {
  const { seen, stream } = reader(() => []);
  stream.take([event(1), event(2)]);
  stream.take([event(2), event(1), event(3)]);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a page that already shows some begins after them", () => {
  const { seen, stream } = reader(() => [], 7);
  stream.take([event(6), event(7), event(8)]);
  assert.deepEqual(seen, [8]);
});

test("a gap is named, fetched and closed before later events are told", async () => {
  const { seen, gaps, stream } = reader((after) =>
    [2, 3, 4, 5].filter((n) => n > after).map(event),
  );
  stream.take([event(1)]);
  stream.take([event(5)]);
  assert.deepEqual(seen, [1]);
  await stream.fill();
  assert.deepEqual(gaps, [[2, 4]]);
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
});

test("any order of frames with any losses ends in the same sequence", async () => {
  const total = 60;
  for (let round = 0; round < 50; round++) {
    const { seen, stream } = reader((after) =>
      Array.from({ length: total - after }, (_, n) => event(after + n + 1)),
    );
    const frames = Array.from({ length: total }, (_, n) => event(n + 1))
      .filter(() => Math.random() > 0.3)
      .sort(() => Math.random() - 0.5);
    for (const frame of frames) stream.take([frame]);
    await stream.fill();
    assert.deepEqual(
      seen,
      Array.from({ length: total }, (_, n) => n + 1),
    );
  }
});

test("a failed fetch leaves what waits, and the next one closes the gap", async () => {
  let down = true;
  /** @type {number[]} */
  const seen = [];
  const stream = new Ordered(0, {
    deliver: (one) => seen.push(one.seq),
    fetchAfter: async () => {
      if (down) throw new Error("no line");
      return [event(1), event(2)];
    },
  });
  stream.take([event(3)]);
  await assert.rejects(stream.fill());
  assert.deepEqual(seen, []);
  down = false;
  await stream.fill();
  assert.deepEqual(seen, [1, 2, 3]);
});

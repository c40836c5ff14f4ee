// Marks of stand-in experts: inside the ranges, the same at every try, objective items agreed on.
import assert from "node:assert/strict";
import test from "node:test";
import { judge, rowsOf } from "../../../static/src/evaluation/sheet-model.js";
import { plausible } from "../../../static/src/headless/marks.js";

const PLAN = {
  checks: [{ key: "licence", name: "营业执照", rule: "有效" }],
  items: [
    { key: "scheme", name: "方案", rule: "", kind: "range", maximum: "15", step: "0.5" },
    {
      key: "team",
      name: "人员",
      rule: "",
      kind: "range",
      maximum: "4",
      step: "1",
      objective: true,
    },
    { key: "faults", name: "扣分", rule: "", kind: "deduction", maximum: "10", step: "0.5" },
    { key: "small", name: "扣除", rule: "", kind: "discount", maximum: "20", step: "1" },
  ],
};
const BIDS = ["11".repeat(32), "a7".repeat(32), "ff".repeat(32)];

test("every mark counts, and everybody passes", async () => {
  for (const stage of /** @type {const} */ (["qualification", "technical"])) {
    for (const bid of BIDS) {
      const marks = await plausible(PLAN, stage, { seat: 2, bid });
      for (const row of rowsOf(PLAN, stage)) {
        const { verdict, text } = judge(row, marks[row.key]);
        assert.equal(verdict, "ok");
        assert.equal(text, marks[row.key].value);
      }
    }
  }
});

test("a second try gives the same marks", async () => {
  const place = { seat: 3, bid: BIDS[1] };
  const first = await plausible(PLAN, "technical", place);
  assert.deepEqual(await plausible(PLAN, "technical", place), first);
});

test("members agree on what is objective and may differ on what is not", async () => {
  const told = await Promise.all(
    [1, 2, 3, 4, 5].map((seat) => plausible(PLAN, "technical", { seat, bid: BIDS[0] })),
  );
  assert.equal(new Set(told.map((marks) => marks.team.value)).size, 1);
  assert.ok(new Set(told.map((marks) => marks.scheme.value)).size > 1);
});

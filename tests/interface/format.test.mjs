// The browser writes money, 大写, times and hashes exactly as the server does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as format from "../../static/src/kernel/format.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("yuan as people write it becomes fen, exactly", () => {
  assert.equal(format.parseYuan("80,128,600.00"), 8_012_860_000);
  assert.equal(format.parseYuan(" ¥1234.5 "), 123_450);
  assert.equal(format.parseYuan("0.05"), 5);
  for (const wrong of ["", "1,23", "1.234", "-1", "1e5", "99999999999999999", "一百"]) {
    assert.equal(format.parseYuan(wrong), null, wrong);
  }
});

test("money is grouped and has two places", () => {
  assert.equal(format.yuan(8_012_860_000), "¥80,128,600.00");
  assert.equal(format.yuan(-5), "−¥0.05");
  assert.equal(format.thousands(48_236), "48,236");
});

test("大写 agrees with the server for every shape of amount", () => {
  const amounts = [0, 1, 10, 32, 100, 105, 110, 1_000_005, 8_012_860_000, 100_000_000_000_000];
  for (let n = 0; n < 300; n++) amounts.push(Math.floor(2 ** (Math.random() * 53)));
  const code =
    "import json,sys; from kernel.pure.money import capital; " +
    "print(json.dumps([capital(n).removeprefix('人民币') for n in json.load(sys.stdin)]))";
  const python = process.env.SUNBID_PYTHON ?? "python3";
  const options = { cwd: ROOT, input: JSON.stringify(amounts) };
  const expected = JSON.parse(execFileSync(python, ["-c", code], options).toString());
  assert.deepEqual(amounts.map(format.daxie), expected);
});

test("times are China Standard Time", () => {
  const at = "2026-11-24T01:30:00.412Z";
  assert.equal(format.clock(at), "09:30:00");
  assert.equal(format.day(at), "11 月 24 日 周二");
  assert.equal(format.short("2026-12-31T16:00:00Z"), "01-01 00:00");
});

test("sizes and durations name what matters", () => {
  assert.equal(format.size(999), "999 B");
  assert.equal(format.size(194_100_000), "194.1 MB");
  assert.equal(format.duration(0), "0 秒");
  assert.equal(format.duration(94), "1 分 34 秒");
  assert.equal(format.duration(190_000), "2 天 4 时");
});

test("hashes are shortened, grouped and drawn", () => {
  const hex = "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8";
  assert.equal(format.hashShort(hex), "e3b9…3dd8");
  assert.equal(format.hashGroups(hex).length, 16);
  assert.ok(format.ribbonPath(hex).startsWith("M0 1h2.6v15h-2.6z"));
});

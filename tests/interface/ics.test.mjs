// The calendar file read back by a strict reader of RFC 5545: line ends, folding, escapes, structure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { calendarFile, fold, text } from "../../static/src/bids/ics.js";

const LOT = "0f0e0d0c-0b0a-4900-8807-060504030201";
const words = { deadline: "投标截止", signIn: "签到", opening: "开标", place: "开标大厅，线上" };
const due = {
  lot: LOT,
  name: "澜河二标；护岸, 水闸\\泵站\n（含机电设备采购与安装，自动化监控系统，管理用房）𠮷",
  number: "E3303260001001",
  deadline: "2026-11-24T09:30:00+08:00",
  version: 1,
  signInMinutes: 120,
};
const told = { now: Date.UTC(2026, 10, 20), origin: "https://sunbid.example", words };

/** @param {string} file */
function unfolded(file) {
  assert.ok(file.endsWith("\r\n"));
  assert.ok(!/[^\r]\n|\r[^\n]/.test(file), "every line ends with CRLF");
  const lines = file.slice(0, -2).split("\r\n");
  for (const line of lines) {
    assert.ok(Buffer.byteLength(line) <= 75, `${Buffer.byteLength(line)} octets`);
    assert.equal(Buffer.from(line).toString(), line);
    assert.ok(!line.includes("\ufffd"));
  }
  return file.slice(0, -2).replaceAll("\r\n ", "").split("\r\n");
}

/** @param {string} file @returns {any} one component with properties and components */
function read(file) {
  const root = { name: "", properties: new Map(), within: [] };
  /** @type {any[]} */
  const open = [root];
  for (const line of unfolded(file)) {
    const found = /^([A-Z-]+)(?:;[^:]*)?:(.*)$/.exec(line);
    assert.ok(found, line);
    const [, name, value] = found;
    const here = open.at(-1);
    if (name === "BEGIN") {
      const inner = { name: value, properties: new Map(), within: [] };
      here.within.push(inner);
      open.push(inner);
    } else if (name === "END") {
      assert.equal(open.pop().name, value);
    } else {
      assert.ok(!here.properties.has(name), `${name} twice`);
      here.properties.set(name, value);
    }
  }
  assert.equal(open.length, 1);
  assert.equal(root.within.length, 1);
  return root.within[0];
}

/** @param {string} value */
function plain(value) {
  assert.ok(!/(?<!\\)(?:\\\\)*[;,]/.test(value), "unescaped ; or ,");
  return value.replace(/\\([\\;,nN])/g, (_, sign) => (/[nN]/.test(sign) ? "\n" : sign));
}

test("three events with their alarms, read back as they were meant", () => {
  const calendar = read(calendarFile([due], told));
  assert.equal(calendar.name, "VCALENDAR");
  assert.equal(calendar.properties.get("VERSION"), "2.0");
  const events = calendar.within;
  assert.deepEqual(
    events.map((/** @type {any} */ one) => [
      one.properties.get("UID"),
      one.properties.get("DTSTART"),
      one.properties.get("DTEND"),
      one.within.map((/** @type {any} */ alarm) => alarm.properties.get("TRIGGER")),
    ]),
    [
      [`${LOT}-sign-in@sunbid`, "20261123T233000Z", "20261124T013000Z", ["PT0S"]],
      [`${LOT}-deadline@sunbid`, "20261124T013000Z", undefined, ["-P1D", "-PT1H"]],
      [`${LOT}-opening@sunbid`, "20261124T013000Z", "20261124T033000Z", ["-PT10M"]],
    ],
  );
  for (const one of events) {
    assert.equal(one.name, "VEVENT");
    assert.ok(plain(one.properties.get("SUMMARY")).endsWith(due.name));
    assert.equal(plain(one.properties.get("DESCRIPTION")), `${due.name}\n${due.number}`);
    assert.equal(plain(one.properties.get("LOCATION")), words.place);
    assert.equal(one.properties.get("URL"), `https://sunbid.example/lots/${LOT}/hall`);
    assert.equal(one.properties.get("SEQUENCE"), "0");
    for (const alarm of one.within) {
      assert.equal(alarm.name, "VALARM");
      assert.equal(alarm.properties.get("ACTION"), "DISPLAY");
      assert.equal(alarm.properties.get("DESCRIPTION"), one.properties.get("SUMMARY"));
    }
  }
});

test("a deadline that moved keeps the UIDs and counts up", () => {
  const moved = { ...due, deadline: "2026-11-26T10:00:00+08:00", version: 3 };
  const before = read(calendarFile([due], told)).within;
  const after = read(calendarFile([moved], told)).within;
  const uid = (/** @type {any} */ one) => one.properties.get("UID");
  assert.deepEqual(after.map(uid), before.map(uid));
  assert.deepEqual(
    after.map((/** @type {any} */ one) => one.properties.get("SEQUENCE")),
    ["2", "2", "2"],
  );
  assert.equal(after[1].properties.get("DTSTART"), "20261126T020000Z");
});

test("folding and escapes at their edges", () => {
  assert.equal(fold("x".repeat(75)), "x".repeat(75));
  assert.equal(fold("x".repeat(76)), `${"x".repeat(75)}\r\n x`);
  for (let lead = 60; lead < 80; lead += 1) {
    const line = `${"x".repeat(lead)}𠮷标段${"y".repeat(160)}`;
    const folded = fold(line);
    assert.equal(folded.replaceAll("\r\n ", ""), line);
    for (const part of folded.split("\r\n")) assert.ok(Buffer.byteLength(part) <= 75);
  }
  assert.equal(text("a\\b;c,d\r\ne\u0007"), "a\\\\b\\;c\\,d\\ne");
  assert.equal(read(calendarFile([], told)).within.length, 0);
});

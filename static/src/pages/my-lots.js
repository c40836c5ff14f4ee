// 我的标段: drawn here, from the vault; the server never learns which lots these are.
import { chip, el, qs, replace } from "../kernel/dom.js";
import { day, short } from "../kernel/format.js";
import { serverNow } from "../kernel/clock.js";
import { _ } from "../kernel/words.js";
import { startDesk } from "../bids/desk.js";
import { calendarFile } from "../bids/ics.js";

/** @typedef {import("../bids/vault-session.js").KnownLot} KnownLot */

/** @typedef {{lot: string, deadline: string, version: number, sign_in_minutes: number}} Opening */

const { vault } = await startDesk();
const openings = await publicOpenings();
show(vault.lots().map(upToDate));
qs("#calendar-file").addEventListener("click", saveCalendar);

/** Asks for all openings to come, so that the question names no lot. */
async function publicOpenings() {
  const answer = await fetch("/openings.json", { cache: "no-store" }).catch(() => null);
  /** @type {Opening[]} */
  const found = answer?.ok ? (await answer.json()).openings : [];
  return new Map(found.map((one) => [one.lot, one]));
}

/** @param {KnownLot} lot @returns {KnownLot} with the deadline of the newest notice */
function upToDate(lot) {
  return { ...lot, deadline: openings.get(lot.lot)?.deadline ?? lot.deadline };
}

/** @param {KnownLot[]} lots those whose deadline is to come, with what a calendar needs */
function toCome(lots) {
  return lots.flatMap((lot) => {
    const opening = openings.get(lot.lot);
    if (!opening || Date.parse(opening.deadline) <= serverNow()) return [];
    const { deadline, version, sign_in_minutes: signInMinutes } = opening;
    return [{ lot: lot.lot, name: lot.name, number: lot.number, deadline, version, signInMinutes }];
  });
}

function saveCalendar() {
  const words = {
    deadline: _("投标截止"),
    signIn: _("签到"),
    opening: _("开标"),
    place: _("线上开标大厅"),
  };
  const file = calendarFile(toCome(vault.lots()), {
    now: serverNow(),
    origin: location.origin,
    words,
  });
  const href = URL.createObjectURL(new Blob([file], { type: "text/calendar;charset=utf-8" }));
  el("a", { href, download: "sunbid.ics" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** @param {KnownLot[]} lots */
function show(lots) {
  const body = qs("#lots");
  qs("#calendar-box").hidden = toCome(lots).length === 0;
  if (lots.length === 0) return replace(body, nothing());
  const rows = lots.map(row);
  const head = [_("标段"), _("投标截止"), _("保证金"), _("投标"), _("操作")].map((word) =>
    el("th", { scope: "col" }, word),
  );
  const table = el(
    "table",
    { class: "table cards" },
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...rows),
  );
  const box = { class: "tw", tabindex: 0, role: "region", "aria-label": _("我的标段") };
  return replace(body, el("div", box, table));
}

/** @param {KnownLot} lot */
function row(lot) {
  const closed = Date.parse(lot.deadline) <= serverNow();
  const acts = closed
    ? [link(`/lots/${lot.lot}/hall`, _("开标大厅"), true)]
    : [
        link(`/lots/${lot.lot}/bid`, _("准备投标"), true),
        link(`/lots/${lot.lot}/bid/deposit`, _("保证金"), false),
      ];
  return el(
    "tr",
    {},
    el(
      "td",
      { "data-l": _("标段") },
      el("a", { href: `/lots/${lot.lot}` }, lot.name),
      el("span", { class: "sub mono" }, lot.number),
    ),
    el(
      "td",
      { "data-l": _("投标截止"), class: "num" },
      `${day(lot.deadline)} ${short(lot.deadline).slice(-5)}`,
    ),
    el("td", { "data-l": _("保证金") }, lot.subAccount ? _("已取得子账户") : "—"),
    el("td", { "data-l": _("投标") }, state(lot)),
    el("td", {}, el("span", { class: "row tight end" }, ...acts)),
  );
}

/** @param {KnownLot} lot */
function state(lot) {
  const last = lot.receipts.at(-1);
  if (!last) return chip("neutral", _("准备中"), "pen");
  if (lot.withdrawn.includes(last.envelope_id)) return chip("refused", _("已撤回"), "x-c");
  return chip("done", _("第 %(n)s 版已登记", { n: last.sequence }), "check-c");
}

/** @param {string} href @param {string} word @param {boolean} first */
function link(href, word, first) {
  return el("a", { class: `btn sm${first ? "" : " quiet"}`, href }, word);
}

function nothing() {
  return el(
    "div",
    { class: "empty" },
    el("h3", {}, _("保险柜里还没有标段")),
    el("p", {}, _("在交易信息里找到标段，打开后选「参加投标」。")),
    el("p", {}, el("a", { class: "btn primary", href: "/" }, _("查看交易信息"))),
  );
}

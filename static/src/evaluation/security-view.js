// What secures each bid, as bank or issuer told it: decided by fact, so nobody marks it.
import { chip, el } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { folded, heads, nameOf, wide } from "./results-view.js";
import { bidName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */

/** @param {Room} room */
export function securityPanel(room) {
  const asked = room.bids.filter(({ security }) => security);
  if (asked.length === 0) return null;
  const waiting = asked.filter(({ security }) => security?.sound === null).length;
  const rows = asked.map(({ number, security }) =>
    el(
      "tr",
      { class: security?.sound === false ? "badrow" : null },
      el("td", {}, el("b", { class: "strong" }, bidName(number)), ` ${nameOf(room, number)}`),
      el("td", { class: "n" }, verdict(security)),
    ),
  );
  return folded(
    _("投标担保"),
    waiting
      ? _("%(n)s 家待银行或出函机构答复，答复之前资格审查结果不揭示", { n: waiting })
      : _("由银行和出函机构的答复判定，不符合的否决，不由评委打分"),
    wide(_("投标担保"), "marks", heads(_("投标文件"), _("核实结果")), el("tbody", {}, ...rows)),
  );
}

/** @param {import("./state.js").Bid["security"]} security */
function verdict(security) {
  if (!security) return "—";
  if (security.sound === null) return chip("need", security.word);
  return chip(security.sound ? "done" : "refused", security.word);
}

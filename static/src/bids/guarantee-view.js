// A guarantee in words: how far the application is, what the document says.
import { chip, el, replace } from "../kernel/dom.js";
import { yuan } from "../kernel/format.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./guarantee.js").Standing} Standing */

/** @param {string} word @returns {HTMLElement} */
export function guaranteeChip(word) {
  if (word === "applied") return chip("need", _("等待缴纳保函费用"), "clock");
  if (word === "paid") return chip("progress", _("费用已缴，出具中"), "clock");
  if (word === "issued") return chip("done", _("保函已出具"), "check-c");
  if (word === "released") return chip("done", _("保函已退还"), "check-c");
  if (word === "claimed") return chip("need", _("已被索赔，待赔付"), "warn");
  if (word === "paid_out") return chip("refused", _("已赔付"), "x-c");
  return chip("refused", _("已失效"), "x-c");
}

/** @param {HTMLElement} list a <dl> @param {Standing} standing @param {string} issuer */
export function showGuarantee(list, standing, issuer) {
  const paper = standing.document;
  const facts = [
    [_("出函机构"), issuer],
    [_("申请编号"), standing.application],
    [_("费用"), yuan(standing.fee_fen)],
  ];
  if (paper) {
    facts.push(
      [_("保函编号"), paper.number],
      [_("保证金额"), yuan(paper.amount_fen)],
      [_("受益人"), paper.beneficiary.name],
      [_("有效期"), `${paper.valid_from} — ${paper.valid_until}`],
    );
  }
  replace(list);
  for (const [term, value] of facts) {
    list.append(el("dt", {}, term ?? ""), el("dd", {}, value ?? ""));
  }
}

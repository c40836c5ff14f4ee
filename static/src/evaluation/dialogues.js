// The room's dialogs: a sheet before it goes, a recusal, the prices, orders with their reasons.
import { carriedOut, confirmed } from "../kernel/dialog.js";
import { el, qs, replace, toast } from "../kernel/dom.js";
import { _ } from "../kernel/words.js";
import { recuse } from "./member.js";
import { reasonsDue } from "./price-view.js";
import { points } from "./sheet-model.js";
import { confirmPrices } from "./sheets.js";
import { bidName } from "./words.js";

/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/** @typedef {import("./state.js").Room} Room */

/**
 * Asks before a sheet goes: two keys send it, Ctrl+Enter asks and Enter answers.
 * @param {number} bid @param {import("./sheet-desk.js").SheetDesk} from
 */
export async function confirmSheet(bid, from) {
  const facts = { bid: bidName(bid), sum: points(from.summary(bid).amount) };
  qs("#submit-sheet-t").textContent =
    from.view.rows[0]?.kind === "range"
      ? _("提交 %(bid)s，小计 %(sum)s 分", facts)
      : _("提交 %(bid)s 的评分表", facts);
  const asked = confirmed("submit-sheet");
  qs("#submit-sheet button[type=submit]").focus();
  const answer = await asked;
  /** @type {HTMLDialogElement} */ (qs("#submit-sheet")).close();
  return answer !== null;
}

/** @param {Account} account @param {Room} room */
export const recusal = (account, room) =>
  carriedOut("recusal", (data) => recuse(account, room.room, String(data.get("reason"))));

/** A total of one's own that is far off wants its reason. @param {Account} account @param {Room} room @param {any} results */
export function confirmPrice(account, room, results) {
  /** @type {{bid: string, name: string}[]} */
  const due = reasonsDue(room, results);
  replace(qs("#reasons"), ...due.map(reasonField));
  return carriedOut("confirm-price", (data) => {
    const reasons = due.map(({ bid }) => [bid, String(data.get(bid) ?? "")]);
    return confirmPrices(account, room.room, Object.fromEntries(reasons));
  });
}

/** @param {{bid: string, name: string}} due */
function reasonField({ bid, name }) {
  const id = `reason-${bid}`;
  const area = { class: "area", id, name: bid, required: true, maxlength: 500, rows: 2 };
  return el(
    "div",
    { class: "field" },
    el("label", { class: "lb", for: id }, _("%(bid)s：你的合计偏离平均较大，理由", { bid: name })),
    el("textarea", area),
  );
}

/**
 * An order of supervisor or centre, with its reason.
 * @param {Account} account @param {Room} room @param {string} what
 */
export async function order(account, room, what) {
  const path = what === "refusal" ? "report/refusals" : what;
  const done = await carriedOut(what, (data) => {
    const reason = String(data.get("reason") ?? "");
    const seat = data.has("seat") ? { seat: Number(data.get("seat")) } : {};
    const json = what === "resume" ? {} : { ...seat, reason };
    return account.post(`/evaluations/${room.room}/${path}`, json);
  });
  if (done) toast(_("指令已记录"));
  return done;
}

/** Only the orders that can be given now. @param {Room} room */
export function fitting(room) {
  /** @type {{[order: string]: boolean}} */
  const fits = {
    pause: !room.paused,
    resume: room.paused !== null,
    refusal: room.stage === "signing",
    replacement: room.stage !== "signing" && room.stage !== "drawing",
    failure: true,
  };
  return fits;
}

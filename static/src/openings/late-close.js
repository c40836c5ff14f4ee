// A close that was not witnessed in time: what is known of it, and the supervisor's signed decision.
import { el, qs, replace } from "../kernel/dom.js";
import { clock, hashShort } from "../kernel/format.js";
import { postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { signDecision } from "../sealing/close.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Close} Close */

/**
 * The supervisor's form; shown while a decision is asked for.
 * @param {string} lotId @param {{demo: boolean}} options
 * @returns {(hall: Hall) => void} to be called after each drawing
 */
export function lateClose(lotId, { demo }) {
  const section = qs("#late-close");
  const form = /** @type {HTMLFormElement} */ (qs("form", section));
  const submit = /** @type {HTMLButtonElement} */ (qs("[data-act='decide-close']", section));
  /** @type {import("../kernel/keys.js").OpenKey | null} */
  let key = null;
  /** @type {Close | null} */
  let close = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void decide();
  });

  async function decide() {
    if (!key || !close) return;
    const { checkpoint, manifest } = close;
    const typed = new FormData(form);
    const verdict = typed.get("verdict") === "return" ? "return" : "go_on";
    const reason = String(typed.get("reason")).trim();
    submit.disabled = true;
    try {
      const about = { lot: lotId, checkpoint, manifest, verdict, reason };
      const signed = await signDecision(/** @type {any} */ (about), key);
      await postJson(`/lots/${lotId}/hall/late-close`, signed);
    } catch (error) {
      showRefusal(qs("[data-refusal]", section), error);
    } finally {
      submit.disabled = false;
    }
  }

  return (hall) => {
    const asked = hall.stage === "deadline_lock" && hall.close === "late";
    if (section.hidden !== asked) return;
    section.hidden = !asked;
    close = hall.evidence;
    if (!asked || !close) return;
    replace(qs("[data-evidence]", section), ...evidence(close));
    void askForKey(qs("[data-key]", section), { demo }).then((opened) => {
      key = opened;
      submit.disabled = false;
      replace(
        qs("[data-key]", section),
        el("p", { class: "small" }, _("密钥已打开，仅本页有效。")),
      );
    });
  };
}

/** @param {Close} close @returns {Node[]} */
function evidence({ deadline, delta, cosigned_at: cosigned, stamped_at: stamped, ...named }) {
  const missing = _("没有得到");
  const pairs = [
    [_("投标截止"), clock(deadline)],
    [_("须在"), _("截止后 %(s)s 秒内", { s: delta })],
    [_("见证人签名"), cosigned.length ? cosigned.map(clock).join("，") : missing],
    [_("时间戳"), stamped ? clock(stamped) : missing],
    [_("截止检查点"), hashShort(named.checkpoint)],
    [_("截止清单"), hashShort(named.manifest)],
  ];
  return pairs.flatMap(([term, value]) => [
    el("dt", {}, term ?? ""),
    el("dd", { class: "num" }, value ?? ""),
  ]);
}

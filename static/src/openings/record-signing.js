// Signing the issued record with one's own certificate, here: the server prepares the next revision
// of the PDF and says which bytes are signed; whoever is late is prepared anew and tries again.
import { el, find, qs } from "../kernel/dom.js";
import { Refused, postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { fromHex, hex } from "../sealing/bytes.js";

/** @typedef {import("../sealing/signer.js").Signer} Signer */
/** @typedef {(path: string, json: object) => Promise<any>} Post */

const LATE = "OPN-1707";
const MOST_TRIES = 40;

/**
 * @param {Post} post @param {string} lotId @param {number} no @param {Signer} signer
 * @param {(milliseconds: number) => Promise<unknown>} [pause]
 * @returns {Promise<number | null>} the revision; null when this party had signed before
 */
export async function signRecord(post, lotId, no, signer, pause = wait) {
  const path = `/lots/${lotId}/records/${no}`;
  const chain = signer.certificates();
  for (let tries = 1; ; tries += 1) {
    const told = await post(`${path}/prepare`, { certificate_chain: chain });
    if (told.signed) return null;
    const signature = hex(await signer.sign(fromHex(told.attributes)));
    try {
      return (await post(`${path}/sign`, { id: told.id, signature })).revision;
    } catch (error) {
      const late = /** @type {{code?: string}} */ (error).code === LATE;
      if (!late || tries >= MOST_TRIES) throw error;
      // Many sign at the same moment: each waits a while of its own.
      await pause(Math.random() * 200 * Math.min(tries, 10));
    }
  }
}

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((settle) => setTimeout(settle, milliseconds));

/**
 * The record that this party may still sign, the first one first.
 * @param {import("./state.js").Hall} hall
 * @param {{role: "host" | "bidder", seat: number | null}} me
 */
export const unsignedRecord = (hall, me) =>
  hall.records.find(
    (one) =>
      one.unsigned === null &&
      !one.signed.some(({ role, seat }) => role === me.role && seat === me.seat),
  ) ?? null;

/**
 * Asks for the certificate under the task and signs every record that is still open.
 * @param {{id: string}} lot @param {import("./state.js").Hall} hall @param {{demo: boolean}} options
 */
export async function signHere(lot, hall, { demo }) {
  const box = panel();
  const refusal = qs("[data-refusal]", box);
  refusal.hidden = true;
  qs("h2", box).focus();
  const signer = await askForKey(qs("[data-key]", box), { demo });
  try {
    for (const { no } of hall.records.filter(({ unsigned }) => unsigned === null)) {
      await signRecord(postJson, lot.id, no, signer);
    }
    box.remove();
  } catch (error) {
    if (!(error instanceof Refused)) box.remove();
    showRefusal(refusal, error);
    throw error;
  }
}

/** The panel below the task, made at its first use. */
function panel() {
  const known = find("#record-sign");
  if (known) return known;
  const made = el(
    "section",
    { class: "panel", id: "record-sign", "aria-labelledby": "record-sign-title" },
    el(
      "div",
      { class: "hd" },
      el("h2", { id: "record-sign-title", tabindex: -1 }, _("签署开标记录")),
    ),
    el(
      "div",
      { class: "bd stack" },
      el(
        "p",
        { class: "small soft" },
        _("用本单位的证书在本机签署同一份 PDF，证书不离开这台电脑。签名覆盖前面全部签名。"),
      ),
      el("div", { "data-refusal": true, hidden: true }),
      el("div", { "data-key": true }),
    ),
  );
  qs("#task").after(made);
  return made;
}

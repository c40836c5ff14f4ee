// 主持台: one primary act per stage; pause, extend, announce and answers beside it.
import { el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { confirmed } from "../kernel/dialog.js";
import { getJson, postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { startHall } from "../openings/hall-page.js";
import { openObjections } from "../openings/state-record.js";
import { hostTask } from "../openings/tasks-host.js";
import { seatNo } from "../openings/tasks.js";
import { hex, utf8 } from "../sealing/bytes.js";

/** @typedef {import("../openings/state.js").Hall} Hall */

/** @type {import("../openings/hall-page.js").Page} */
const { lot, demo } = pageData();
const base = `/lots/${lot.id}/hall`;
const TOOLS = ["extend", "pause", "announce"];
let repliesShown = "";

/** @param {object} body */
const act = (body) => postJson(`${base}/acts`, body);

startHall({
  taskOf: hostTask,
  perform,
  readOut: (seat) => void tell(act({ act: "read_out", seats: [seat] })),
  drawn,
});

for (const id of TOOLS) {
  qs(`[data-tool="${id}"]`).addEventListener("click", () => void tell(tool(id)));
}

/** @param {string} id @param {Hall} hall */
async function perform(id, hall) {
  if (id === "resume") return postJson(`${base}/resume`);
  if (id === "sign_manifest") return signManifest();
  if (id === "read_out") return act({ act: id, seats: [] });
  if (id.startsWith("draw:")) return act({ act: "draw", name: id.slice(5) });
  if (id === "close" && !(await confirmed("close"))) return null;
  return act({ act: id }).finally(() => {
    if (id === "close") /** @type {HTMLDialogElement} */ (qs("dialog#close")).close();
    void hall;
  });
}

async function signManifest() {
  const { statement, digest } = await getJson(`${base}/openings-manifest`);
  const box = qs("#sign");
  box.hidden = false;
  replace(qs("#sign-digest"), digest);
  qs("#sign h2").focus();
  const key = await askForKey(qs("#sign-key"), { demo });
  const signature = hex(await key.sign(utf8(statement)));
  await act({ act: "sign_manifest", digest, signature, certificate_chain: key.certificates() });
  box.hidden = true;
}

/** @param {string} id */
async function tool(id) {
  const typed = await confirmed(id);
  if (!typed) return;
  const words = {
    reason: String(typed.get("reason") ?? ""),
    text: String(typed.get("text") ?? ""),
  };
  const minutes = Number(typed.get("minutes"));
  const dialog = /** @type {HTMLDialogElement} */ (qs(`dialog#${id}`));
  try {
    if (id === "pause") await postJson(`${base}/pause`, { reason: words.reason });
    if (id === "extend") await act({ act: "extend", minutes, reason: words.reason });
    if (id === "announce") await act({ act: "announce", text: words.text });
  } finally {
    dialog.close();
  }
}

/** @param {Promise<unknown>} doing */
async function tell(doing) {
  const refusal = qs("#host-refusal");
  refusal.hidden = true;
  try {
    await doing;
  } catch (error) {
    showRefusal(refusal, error);
  }
}

/** Tools that make sense now, and the objections that wait. @param {Hall} hall */
function drawn(hall) {
  const ended = ["closed", "failed_too_few", "cancelled"].includes(hall.stage);
  const windowed = ["bidder_decryption", "record_confirmation"].includes(hall.stage);
  const extensible = windowed || (hall.stage === "opening" && hall.second.length === 0);
  const may = (/** @type {string} */ id, /** @type {boolean} */ yes) =>
    qs(`[data-tool="${id}"]`).toggleAttribute("disabled", !yes);
  may("pause", !ended && !hall.paused);
  may("announce", !ended && !hall.paused);
  may("extend", !ended && !hall.paused && extensible);
  const open = openObjections(hall);
  const key = open.map(({ no }) => no).join();
  qs("#replies").hidden = open.length === 0;
  if (key === repliesShown) return;
  repliesShown = key;
  replace(qs("#replies-list"), ...open.map(reply));
}

/** @param {import("../openings/state-record.js").Objection} one */
function reply(one) {
  const id = `reply-${one.no}`;
  const area = el("textarea", { class: "input", id, name: "text", rows: 3, required: true });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void tell(act({ act: "answer_objection", no: one.no, text: area.value }));
  };
  return el(
    "form",
    { class: "stack-2 reply", on: { submit } },
    el("p", {}, el("b", {}, `${seatNo(one.seat)} ${one.organisation}`)),
    el("p", { class: "doc" }, one.text),
    el(
      "div",
      { class: "field" },
      el("label", { class: "lb", for: id }, _("答复，写入开标记录")),
      area,
    ),
    el("p", {}, el("button", { class: "btn", type: "submit" }, icon("msg"), _("当场答复"))),
  );
}

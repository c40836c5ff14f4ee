// 主持台: one primary act per stage; pause, extend, announce and answers beside it.
import { pageData, qs, replace } from "../kernel/dom.js";
import { carriedOut, confirmed } from "../kernel/dialog.js";
import { getJson, postJson, send, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { standing } from "../openings/chair.js";
import { startHall } from "../openings/hall-page.js";
import { objectionsPanel } from "../openings/objections-view.js";
import { pauseFor } from "../openings/pause.js";
import { signHere } from "../openings/record-signing.js";
import { scriptPanel } from "../openings/script-view.js";
import { hostTask } from "../openings/tasks-host.js";
import { watcherTask } from "../openings/tasks.js";
import { watchList } from "../openings/watch-list.js";
import { hex, utf8 } from "../sealing/bytes.js";

/** @typedef {import("../openings/state.js").Hall} Hall */

/** @type {import("../openings/hall-page.js").Page} */
const { lot, demo, sitting: told, script = [] } = pageData();
/** @type {() => import("../openings/chair.js").Chair} */
let chair = () => told;
/** Only one presides; colleagues watch the same page. */
const presides = () => ["presides", "open"].includes(standing(chair(), told.me));
const base = `/lots/${lot.id}/hall`;
const TOOLS = ["extend", "pause", "announce"];

/** @param {object} body */
const act = (body) => postJson(`${base}/acts`, body);

const objections = objectionsPanel(qs("#objections"), {
  answer: (no, text, attachments) => act({ act: "answer_objection", no, text, attachments }),
  send: async (name, bytes, onSent) => {
    const path = `${base}/host/attachments?${new URLSearchParams({ name })}`;
    return (await send("POST", path, { bytes, onSent })).json();
  },
});

/** @type {number[] | null} */
let seats = null;
const watched = watchList(qs("#watch"), base);
const spoken = scriptPanel(qs("#script"), {
  script,
  broadcast: (text) => tell(act({ act: "announce", text })),
  change: (text) => {
    /** @type {HTMLTextAreaElement} */ (qs("#f-text")).value = text;
    void tell(tool("announce"));
  },
});

const view = startHall({
  taskOf: (hall) => (presides() ? hostTask(hall) : watcherTask(hall)),
  perform,
  readOut: (seat) => void tell(act({ act: "read_out", seats: [seat] })),
  drawn,
  here: (now) => {
    seats = now;
    watched(view.hall(), seats);
  },
});
chair = view.sitting.sitting;

for (const id of TOOLS) {
  qs(`[data-tool="${id}"]`).addEventListener("click", () => void tell(tool(id)));
}

/** @param {string} id @param {Hall} hall */
async function perform(id, hall) {
  if (id === "resume") return postJson(`${base}/resume`);
  if (id === "sign_manifest") return signManifest();
  if (id === "read_out") return act({ act: id, seats: [] });
  if (id.startsWith("draw:")) return act({ act: "draw", name: id.slice(5) });
  if (id === "sign_record") return signHere(lot, hall, { demo });
  if (id === "reconvene") {
    const reason = (/** @type {FormData} */ typed) => String(typed.get("reason"));
    return carriedOut(id, (typed) => act({ act: id, reason: reason(typed) }));
  }
  if (id === "close") return carriedOut(id, () => act({ act: id }));
  return act({ act: id });
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
    if (id === "pause") await pauseFor(lot.id, typed);
    if (id === "extend") await act({ act: "extend", minutes, reason: words.reason });
    if (id === "announce") await act({ act: "announce", text: words.text });
  } finally {
    dialog.close();
  }
}

/** @param {Promise<unknown>} doing @returns {Promise<boolean>} whether it was done */
async function tell(doing) {
  const refusal = qs("#host-refusal");
  refusal.hidden = true;
  try {
    await doing;
    return true;
  } catch (error) {
    showRefusal(refusal, error);
    return false;
  }
}

/** Tools that make sense now, and the objections. @param {Hall} hall */
function drawn(hall) {
  const ended = ["closed", "failed_too_few", "cancelled"].includes(hall.stage);
  const windowed = ["bidder_decryption", "record_confirmation"].includes(hall.stage);
  const extensible = windowed || (hall.stage === "opening" && hall.second.length === 0);
  const may = (/** @type {string} */ id, /** @type {boolean} */ yes) =>
    qs(`[data-tool="${id}"]`).toggleAttribute("disabled", !yes || !presides());
  may("pause", !ended && !hall.paused);
  may("announce", !ended && !hall.paused);
  may("extend", !ended && !hall.paused && extensible);
  objections.draw(hall);
  spoken(hall, !ended && !hall.paused && presides());
  watched(hall, seats);
}

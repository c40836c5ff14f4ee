// 开标大厅: one page for public, bidder, host and supervisor; the server decides, this only offers.
import { el, pageData, qs } from "../kernel/dom.js";
import { carriedOut, confirmed, refuse } from "../kernel/dialog.js";
import { Refused, postJson } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { answer, attach, mine, objectTo, signIn, takeSeat, unlock } from "../openings/bidder.js";
import { causeOf } from "../openings/remedies.js";
import { startHall } from "../openings/hall-page.js";
import { lateClose } from "../openings/late-close.js";
import { objectionDialog, objectionsPanel } from "../openings/objections-view.js";
import { pauseFor } from "../openings/pause.js";
import { signHere } from "../openings/record-signing.js";
import { bidderTask } from "../openings/tasks-bidder.js";
import { hostTask, supervisorTask } from "../openings/tasks-host.js";
import { watcherTask } from "../openings/tasks.js";
import { voiceOf } from "../openings/voice.js";
import { SealingError } from "../sealing/errors.js";

/** @typedef {import("../openings/hall-page.js").Page} Page */
/** @typedef {import("../openings/bidder.js").Seat} Seat */

/** @type {Page} */
const { lot, role, demo } = pageData();
/** @type {Seat | null} */
let seat = null;
/** @type {import("../openings/tasks.js").Me} */
const me = { ready: false, foreign: false, pseudonym: null, signedInAt: null, busy: false };

const tasks = {
  public: watcherTask,
  bidder: (/** @type {import("../openings/state.js").Hall} */ hall) => bidderTask(hall, me),
  supervisor: supervisorTask,
  host: (/** @type {import("../openings/state.js").Hall} */ hall) => ({
    ...hostTask(hall),
    acts: [{ id: "host", text: _("到主持台"), icon: "next", href: `/lots/${lot.id}/hall/host` }],
    form: null,
  }),
};
const late = role === "supervisor" ? lateClose(lot.id, { demo }) : null;
const files = objectionDialog((name, bytes) => attach(/** @type {Seat} */ (seat), name, bytes));
const objections = objectionsPanel(qs("#objections"), {
  mayRaise: (hall) => role === "bidder" && seat !== null && !asked(hall),
  raise: () => object(/** @type {Seat} */ (seat)),
});
const view = startHall({
  taskOf: tasks[role] ?? watcherTask,
  perform: role === "supervisor" ? order : actAsBidder,
  extra: bidderForm,
  pseudonym: () => me.pseudonym,
  signedIn: () => me.signedInAt !== null,
  excuse: role === "supervisor" ? (seat) => void find(seat) : undefined,
  drawn,
});
if (role === "bidder") await enter();

/** @param {import("../openings/state.js").Hall} hall */
function drawn(hall) {
  late?.(hall);
  objections.draw(hall);
}

/** Whether my answer to the record is due. @param {import("../openings/state.js").Hall} hall */
function asked(hall) {
  const unanswered = hall.bids?.some((bid) => bid.pseudonym === me.pseudonym && !bid.answer);
  return hall.stage === "record_confirmation" && !hall.paused && Boolean(unanswered);
}

async function enter() {
  seat = await takeSeat(lot.id);
  me.ready = seat !== null;
  me.foreign = seat === null;
  if (seat) {
    me.pseudonym = seat.bidder.pseudonym.id;
    me.signedInAt = (await mine(seat)).signed_in_at;
    view.sitting.seated(voiceOf(seat));
  }
  view.draw();
}

/** @param {string} id */
async function actAsBidder(id) {
  // The certificate signs, not the pseudonym: the vault may stay locked.
  if (id === "sign_record") return void (await signHere(lot, view.hall(), { demo }));
  if (!seat) return;
  me.busy = true;
  view.draw();
  try {
    await bidderAct(id, seat);
  } catch (error) {
    throw error instanceof SealingError ? inWords(error) : error;
  } finally {
    me.busy = false;
    view.draw();
  }
}

/** @param {string} id @param {Seat} own */
async function bidderAct(id, own) {
  if (id === "sign_in") me.signedInAt = (await signIn(own)).signed_in_at;
  if (id === "unlock") await unlock(own);
  if (id === "agree") await answer(own, "agreed", "");
  if (id === "recovery") {
    const typed = await confirmed("recovery");
    if (typed) await unlock(own, String(typed.get("code"))).finally(() => closeDialog("recovery"));
  }
  if (id === "object") await object(own);
}

/**
 * One dialog objects at any stage; while the record waits for an answer it is that answer.
 * @param {Seat} own
 */
async function object(own) {
  await carriedOut("objection", async (typed) => {
    const text = String(typed.get("text")).trim();
    const kept = await files.sent();
    const answers = asked(view.hall());
    await (answers ? answer(own, "objected", text, kept) : objectTo(own, text, kept));
    files.clear();
  });
}

/** @param {string} id the supervisor's order to pause, or to go on */
async function order(id) {
  if (id === "resume") return postJson(`/lots/${lot.id}/hall/resume`);
  return carriedOut("pause", (typed) => pauseFor(lot.id, typed));
}

/** @param {number} bidder the supervisor finds that this bidder was not at fault */
async function find(bidder) {
  const typed = await confirmed("excuse");
  if (!typed) return;
  const form = /** @type {HTMLFormElement} */ (qs("#excuse-form"));
  try {
    const reason = String(typed.get("reason"));
    await postJson(`/lots/${lot.id}/hall/excuse`, { seat: bidder, reason });
    closeDialog("excuse");
  } catch (error) {
    refuse(form, error);
  }
}

/** @param {string} id */
const closeDialog = (id) => /** @type {HTMLDialogElement} */ (qs(`dialog#${id}`)).close();

/** @param {NonNullable<import("../openings/tasks.js").Task["form"]>} form */
function bidderForm(form) {
  if (form !== "recovery") return el("span", { hidden: true });
  const href = `/lots/${lot.id}/hall/remedies`;
  const remedies = { class: "btn", href, "data-remedies": true };
  return el("p", {}, el("a", remedies, _("保险柜打不开，或密钥、恢复码找不到了？看这里")));
}

/** @param {SealingError} error */
function inWords(error) {
  const code = causeOf(error) ?? error.code;
  const wrong = code === "OPN-2103";
  return new Refused(
    {
      code,
      what: wrong ? _("恢复码没有抄对。") : _("这把密钥打不开你的投标文件。"),
      why: wrong
        ? _("恢复码带校验，长度或字母不符。")
        : _("投标文件是用另一把密钥或恢复码封装的。"),
      next: _("换用封标时的证书所在的保险柜，或改用打印的恢复码；窗口内可以反复尝试。"),
    },
    0,
  );
}

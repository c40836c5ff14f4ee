// Who presides: named before the session, relieved by the deputy, and whoever must know that the
// host is gone. On the host's console also which lots are opened together.
import { carriedOut } from "../kernel/dialog.js";
import { el, find, icon, replace } from "../kernel/dom.js";
import { postJson } from "../kernel/http.js";
import { _ } from "../kernel/words.js";

/** @typedef {import("./sitting-state.js").Sitting} Sitting */
/** @typedef {import("./sitting-state.js").Official} Official */
/** @typedef {import("./sitting.js").Told} Told */
/** @typedef {Pick<Sitting, "host" | "deputy" | "acting">} Chair */

const OVER = ["closed", "failed_too_few", "cancelled"];

/**
 * @param {Chair} chair
 * @param {string | null} me
 * @returns {"presides" | "relief" | "watches" | "open"} where I stand towards the chair
 */
export function standing({ host, deputy, acting }, me) {
  if (!acting) return "open";
  if (acting.person === me) return "presides";
  const free = deputy === null;
  return free || [host, deputy].some((one) => one?.person === me) ? "relief" : "watches";
}

/**
 * @param {{lot: {id: string}, sitting: Told}} page
 */
export function chairPart({ lot, sitting: told }) {
  const box = find("#chair");
  const alarm = find("#host-gone");
  const hosting = told.speaks === "host";
  const base = `/lots/${lot.id}/hall`;
  let gone = false;
  let drawn = "";
  /** @type {{sitting: Sitting, stage: string} | null} */
  let now = null;

  const relieve = () =>
    carriedOut("take-over", (typed) =>
      postJson(`${base}/take-over`, { reason: String(typed.get("reason")) }),
    );
  const naming = () =>
    carriedOut("chair-names", (typed) =>
      postJson(`${base}/chair`, {
        host: String(typed.get("host")),
        deputy: String(typed.get("deputy") ?? ""),
      }),
    );
  const arranging = () =>
    carriedOut("lots-together", async (typed) => {
      await postJson(`${base}/sitting`, { with: String(typed.get("with") ?? "") });
      location.reload();
    });

  function draw() {
    if (!now) return;
    const { sitting, stage } = now;
    const stand = hosting ? standing(sitting, told.me) : "watches";
    const over = OVER.includes(stage);
    const key = JSON.stringify([sitting.host, sitting.deputy, sitting.acting, stage, gone]);
    if (key === drawn) return;
    drawn = key;
    if (alarm) {
      const concerned = hosting || told.speaks === "supervisor";
      alarm.hidden = !gone || over || !concerned || stand === "presides";
      replace(alarm, absent(sitting, stand === "relief" ? relieve : null));
    }
    if (box && hosting) {
      box.hidden = over;
      replace(box, ...panel(sitting, stand, stage));
    }
  }

  /** @param {Sitting} sitting @param {string} stand @param {string} stage */
  function panel(sitting, stand, stage) {
    const waiting = stage === "waiting";
    const may = stand === "open" || stand === "presides" || waiting;
    const together = waiting && (told.lots.length > 1 || (told.others ?? []).length > 0);
    return [
      el(
        "div",
        { class: "hd" },
        el("h2", {}, _("主持")),
        el("span", { class: "small soft" }, words(sitting, stand)),
      ),
      el(
        "div",
        { class: "bd stack-2" },
        people(sitting),
        el(
          "div",
          { class: "row acts" },
          stand === "relief" && button("take-over", "hand", _("接手主持"), relieve),
          may && button("chair-names", "user", _("改定主持人"), naming),
          together && button("lots-together", "split", _("安排同场标段"), arranging),
        ),
      ),
    ];
  }

  return {
    /** @param {Sitting} sitting @param {{stage: string}} hall */
    show(sitting, hall) {
      now = { sitting, stage: hall.stage };
      fill(sitting);
      draw();
    },
    /** @param {boolean} is nobody presides on line */
    gone(is) {
      gone = is;
      draw();
    },
    /** Lots were parted or joined: tabs are the page's. */
    moved() {
      if (now?.stage === "waiting") location.reload();
    },
  };

  /** Shows in the dialog who is named now. @param {Sitting} sitting */
  function fill(sitting) {
    const names = find("#chair-names-form");
    if (!names || names.closest("dialog")?.open) return;
    for (const part of ["host", "deputy"]) {
      const select = /** @type {HTMLSelectElement | null} */ (find(`[name=${part}]`, names));
      const named = part === "host" ? sitting.host : sitting.deputy;
      if (select) select.value = named?.person ?? (part === "host" ? (told.me ?? "") : "");
    }
  }
}

/** @param {Sitting} sitting @param {string} stand */
function words({ acting }, stand) {
  if (stand === "open") return _("尚未确定，第一个操作的人成为主持人");
  if (stand === "presides") return _("由你主持");
  return _("%(name)s 正在主持，其他人只能观看", { name: acting?.name ?? "" });
}

/** @param {Sitting} sitting */
function people({ host, deputy, acting }) {
  const row = (/** @type {string} */ title, /** @type {Official | null} */ who) => [
    el("dt", {}, title),
    el(
      "dd",
      {},
      who ? `${who.name} · ${who.organisation}` : _("未定"),
      who && who.person === acting?.person ? el("b", {}, ` · ${_("正在主持")}`) : null,
    ),
  ];
  return el("dl", { class: "kv small" }, ...row(_("主持人"), host), ...row(_("副主持人"), deputy));
}

/** @param {Sitting} sitting @param {(() => unknown) | null} relieve */
function absent({ acting }, relieve) {
  const name = acting?.name ?? _("主持人");
  return el(
    "div",
    { class: "alert", "data-s": "need" },
    icon("hand"),
    el(
      "div",
      {},
      el("h2", {}, _("主持人%(name)s不在线", { name })),
      el("p", {}, _("已完成的步骤都在，窗口照常计时。副主持人可以接手，接手写入开标记录。")),
    ),
    relieve && el("div", { class: "act" }, button("take-over", "hand", _("接手主持"), relieve)),
  );
}

/** @param {string} id @param {string} picture @param {string} text @param {() => unknown} act */
const button = (id, picture, text, act) =>
  el(
    "button",
    { class: "btn sm", type: "button", "data-chair": id, on: { click: () => void act() } },
    icon(picture),
    text,
  );

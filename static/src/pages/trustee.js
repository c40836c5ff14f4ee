// 受托人: what I am asked to release, the evidence for it, one act for all bids of a lot, or a no.
import { carriedOut } from "../kernel/dialog.js";
import { pageData, qs, replace } from "../kernel/dom.js";
import { hashShort } from "../kernel/format.js";
import { Refused, getJson, postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { stepsOf, watching } from "../openings/evidence.js";
import { card } from "../openings/trustee-card.js";
import { decline, give, look, memoryIn, wanted } from "../openings/trustee-desk.js";
import { SealingError } from "../sealing/errors.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("../openings/trustee-card.js").Request} Request */
/** @typedef {import("../openings/evidence.js").Evidence} Evidence */

const EVERY = 3000;
/** @type {{requests: Request[], demo: boolean, person: string, phone: string}} */
const page = pageData();
const account = { get: getJson, post: postJson };
const memory = memoryIn(localStorage, page.person);
/** @type {OpenKey | null} */
let key = null;
let shown = "";
let automatic = false;
let requests = page.requests;
/** @type {Set<string>} lots at work */
const under = new Set();
/** @type {Map<string, Evidence>} by lot and release */
const found = new Map();

draw();
qs("#auto").addEventListener("change", (event) => {
  automatic = /** @type {HTMLInputElement} */ (event.target).checked;
});
void openKey();
setInterval(() => void refresh(), EVERY);

async function openKey() {
  key = await askForKey(qs("#key"), { demo: page.demo });
  qs("#key-panel").hidden = true;
  qs("#ready").hidden = false;
  await refresh();
}

async function refresh() {
  const answer = await getJson("/trustee/requests").catch(() => null);
  if (!answer) return;
  requests = answer.requests;
  draw();
  if (!key) return;
  for (const request of requests) {
    if (!request.release || request.paused) continue;
    if (automatic && !request.declined.includes(request.release)) await release(request);
    else await examine(request);
  }
}

function draw() {
  const now = JSON.stringify([requests, key !== null, [...under], [...found].map(told)]);
  if (now === shown) return;
  shown = now;
  qs("#none").hidden = requests.length > 0;
  const focused = document.activeElement?.getAttribute("data-act");
  const lot = document.activeElement?.closest("section")?.id;
  replace(qs("#requests"), ...requests.map((one) => card(one, deskOf(one))));
  if (focused && lot) {
    const again = document.querySelector(`#${CSS.escape(lot)} [data-act="${focused}"]`);
    /** @type {HTMLElement | null} */ (again)?.focus();
  }
}

/** @param {[string, Evidence]} entry */
function told([name, evidence]) {
  return [name, [...evidence]];
}

/** @param {Request} request @returns {import("../openings/trustee-card.js").Desk} */
function deskOf(request) {
  return {
    open: key !== null,
    busy: under.has(request.lot_id),
    phone: page.phone,
    evidence: evidenceOf(request),
    release: (one) => void release(one),
    refuse: (one) => void refuse(one),
  };
}

/** @param {Request} request @returns {Evidence} */
function evidenceOf({ lot_id: lot, release: asked }) {
  const name = `${lot} ${asked}`;
  const evidence = found.get(name) ?? new Map();
  found.set(name, evidence);
  return evidence;
}

/** Lays the evidence out as soon as it is asked for; nothing leaves. @param {Request} request */
async function examine(request) {
  if (evidenceOf(request).size > 0) return;
  await atWork(request, async (order, own, watcher) => void (await look(order, own, watcher)));
}

/** @param {Request} request */
async function release(request) {
  evidenceOf(request).clear();
  await atWork(request, async (order, own, watcher) => {
    const { given, threshold } = await give(account, order, own, watcher);
    const facts = { hash: hashShort(order.manifest_hash), have: given, m: threshold };
    qs("#done").textContent = _(
      "份额已释放，清单 %(hash)s，现有 %(have)s 份，需 %(m)s 份。",
      facts,
    );
    await refresh();
  });
}

/** @param {Request} request */
async function refuse(request) {
  await carriedOut("refuse", async (data) => {
    if (!key) return;
    const order = await wanted(account, request.lot_id);
    if (!order.stage) return;
    const reason = String(data.get("reason") ?? "").trim();
    await decline(account, order, { keys: key.keys, memory }, reason);
    qs("#done").textContent = _("你的拒绝和理由已签名登记，大厅和开标记录都会写明。");
  });
  await refresh();
}

/**
 * @param {Request} request
 * @param {(order: import("../openings/trustee-desk.js").Wanted, own: import("../openings/trustee-desk.js").Own, watcher: import("../openings/trustee-desk.js").Watcher) => Promise<void>} doing
 */
async function atWork(request, doing) {
  const lot = request.lot_id;
  if (!key || under.has(lot) || !request.release) return;
  under.add(lot);
  const evidence = evidenceOf(request);
  evidence.set(stepsOf(request.release)[0], { state: "progress", note: _("正在核对") });
  draw();
  try {
    const order = await wanted(account, lot);
    if (order.stage) await doing(order, { keys: key.keys, memory }, watching(evidence, draw));
    qs("#trustee-refusal").hidden = true;
  } catch (error) {
    automatic = false;
    /** @type {HTMLInputElement} */ (qs("#auto")).checked = false;
    showRefusal(qs("#trustee-refusal"), error instanceof SealingError ? inWords(error) : error);
  } finally {
    under.delete(lot);
    draw();
  }
}

/** @param {SealingError} error */
function inWords({ code }) {
  /** @type {{[code: string]: string}} */
  const what = {
    "ENV-3101": _("这把密钥不是本标段登记的受托人密钥。"),
    "ENV-6001": _("你已为本标段的另一份清单释放过，本机拒绝再释放。"),
    "ENV-6002": _("有效投标人不足，份额不得释放。"),
    "ENV-6003": _("清单与投标文件对不上，份额没有释放。"),
    "ENV-6004": _("这把密钥不是本标段登记的受托人密钥。"),
    "ENV-6005": _("服务器出示的释放不是你签的，份额没有释放。"),
    "ENV-6006": _("截止检查点不包含清单中的投标文件，份额没有释放。"),
    "ENV-6007": _("截止检查点没有及时得到见证，也没有监督部门的决定，份额没有释放。"),
    "ENV-6008": _("日志、见证人或时间戳机构的密钥与本机第一次见到的不同，份额没有释放。"),
    "LOG-2003": _("截止检查点的签名不符，份额没有释放。"),
  };
  return new Refused(
    {
      code,
      what: what[code] ?? _("本机核对没有通过，份额没有释放。"),
      why: _("受托人的客户端只在条件全部成立时释放。"),
      next: _("保留页面，联系监督部门核查。"),
      phone: page.phone,
    },
    0,
  );
}

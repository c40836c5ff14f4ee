// 受托人: what I am asked to release, why it may be given, one act for all bids of a lot.
import { chip, el, icon, pageData, qs, replace } from "../kernel/dom.js";
import { clock, hashShort, short } from "../kernel/format.js";
import { Refused, getJson, postJson, showRefusal } from "../kernel/http.js";
import { askForKey } from "../kernel/keys.js";
import { _ } from "../kernel/words.js";
import { give, memoryIn, wanted } from "../openings/trustee-desk.js";
import { roleWord } from "../openings/views.js";
import { SealingError } from "../sealing/errors.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/**
 * @typedef {object} Request
 * @property {string} lot_id
 * @property {string} number
 * @property {string} name
 * @property {string} stage
 * @property {string} stage_name
 * @property {string} deadline
 * @property {number} index
 * @property {string} role
 * @property {number} of
 * @property {number} threshold
 * @property {"list" | "open" | null} release
 * @property {("list" | "open")[]} given
 * @property {{list: number, open: number}} have
 * @property {boolean} paused
 */

const EVERY = 3000;
/** @type {{requests: Request[], demo: boolean, person: string}} */
const page = pageData();
const account = { get: getJson, post: postJson };
/** @type {OpenKey | null} */
let key = null;
let shown = "";
let automatic = false;
/** @type {Set<string>} */
const under = new Set();

draw(page.requests);
qs("#auto").addEventListener("change", (event) => {
  automatic = /** @type {HTMLInputElement} */ (event.target).checked;
});
void openKey();
setInterval(() => void refresh(), EVERY);

async function openKey() {
  key = await askForKey(qs("#key"), { demo: page.demo });
  qs("#key-panel").hidden = true;
  qs("#ready").hidden = false;
  shown = "";
  await refresh();
}

async function refresh() {
  const { requests } = await getJson("/trustee/requests").catch(() => ({ requests: null }));
  if (!requests) return;
  draw(requests);
  if (!automatic || !key) return;
  for (const request of requests) if (request.release && !request.paused) await release(request);
}

/** @param {Request[]} requests */
function draw(requests) {
  const now = JSON.stringify([requests, key !== null, [...under]]);
  if (now === shown) return;
  shown = now;
  qs("#none").hidden = requests.length > 0;
  replace(qs("#requests"), ...requests.map(card));
}

/** @param {Request} request */
function card(request) {
  const { lot_id: lot, name, number, deadline, stage_name: stage, release: asked } = request;
  const role = _("第 %(n)s 席，%(role)s", { n: request.index, role: roleWord(request.role) });
  return el(
    "section",
    { class: asked ? "panel task" : "panel", id: `lot-${lot}` },
    el(
      "div",
      { class: "task-in" },
      el(
        "div",
        { class: "grow" },
        el("div", { class: "row" }, state(request), el("span", { class: "small muted" }, role)),
        el("h2", {}, name),
        el("p", { class: "small muted" }, el("span", { class: "mono" }, number)),
        el("p", { class: "soft" }, ask(request)),
        asked ? buttons(request) : null,
        gates(request),
        el("div", { "data-refusal": true, hidden: true }),
      ),
      el(
        "dl",
        { class: "kv small" },
        el("dt", {}, _("投标截止")),
        el("dd", { class: "num" }, `${short(deadline)}:${clock(deadline).slice(-2)}`),
        el("dt", {}, _("阶段")),
        el("dd", {}, stage),
        el("dt", {}, _("名单份额")),
        el("dd", { class: "num" }, `${request.have.list} / ${request.threshold}`),
        el("dt", {}, _("报价份额")),
        el("dd", { class: "num" }, `${request.have.open} / ${request.threshold}`),
      ),
    ),
  );
}

/** @param {Request} request */
function state({ release: asked, given, paused, stage }) {
  if (paused) return chip("neutral", _("已暂停"), "pause");
  if (asked) return chip("need", _("需要你操作"));
  if (given.includes("open")) return chip("done", _("两次份额都已释放"));
  if (given.includes("list")) return chip("done", _("名单份额已释放"));
  if (["waiting", "sign_in"].includes(stage)) return chip("neutral", _("未到截止"), "lock");
  return chip("neutral", _("无需释放"));
}

/** @param {Request} request */
function ask({ release: asked, stage, threshold, of }) {
  if (asked === "list") {
    return _("投标已截止。释放名单份额，只打开投标人身份，报价仍密封。一次操作对应全部投标文件。");
  }
  if (asked === "open") {
    return _("解密窗口已关闭。释放报价份额后，报价才能读出。一次操作对应全部投标文件。");
  }
  if (["waiting", "sign_in"].includes(stage)) {
    return _("截止前没有可释放的内容。够 %(m)s 位（共 %(n)s 位）受托人释放即可，缺席不误事。", {
      m: threshold,
      n: of,
    });
  }
  return _("现在没有要你做的事。");
}

/** @param {Request} request */
function buttons(request) {
  const text = request.release === "list" ? _("核对清单并释放名单份额") : _("核对并释放报价份额");
  const off = !key || under.has(request.lot_id);
  const button = el(
    "button",
    {
      class: "btn primary lg",
      type: "button",
      disabled: off,
      "data-act": `release-${request.release}`,
      on: { click: () => void release(request) },
    },
    icon("key"),
    text,
  );
  const why = key ? _("正在核对") : _("先打开密钥");
  return el(
    "div",
    { class: "row acts" },
    button,
    off ? el("span", { class: "why-off" }, why) : null,
  );
}

/** What this browser checks by itself before a share leaves. @param {Request} request */
function gates({ release: asked, threshold }) {
  if (!asked) return null;
  const items = [
    _("截止检查点由日志密钥签名，且包含清单中的每一份投标文件"),
    _("清单由本机重算；为另一份清单释放过的，一律拒绝"),
    _("每份投标文件的签名、登记指纹和你的封装份额逐一核对"),
  ];
  if (asked === "open") items.push(_("解密窗口已关闭，有效投标人仍够数"));
  items.push(_("只为每个假名最后一份有效投标文件释放，需 %(m)s 位受托人", { m: threshold }));
  const rows = items.map((text) => el("li", {}, icon("shield", "muted"), text));
  return el("ul", { class: "pre tiny col" }, ...rows);
}

/** @param {Request} request */
async function release({ lot_id: lot }) {
  if (!key || under.has(lot)) return;
  under.add(lot);
  try {
    const order = await wanted(account, lot);
    if (!order.stage) return;
    const memory = memoryIn(localStorage, page.person);
    const { given, threshold } = await give(account, order, { keys: key.keys, memory });
    const facts = { hash: hashShort(order.manifest_hash), have: given, m: threshold };
    qs("#done").textContent = _(
      "份额已释放，清单 %(hash)s，现有 %(have)s 份，需 %(m)s 份。",
      facts,
    );
  } catch (error) {
    automatic = false;
    /** @type {HTMLInputElement} */ (qs("#auto")).checked = false;
    showRefusal(qs("#trustee-refusal"), error instanceof SealingError ? inWords(error) : error);
  } finally {
    under.delete(lot);
    shown = "";
    await refresh();
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
    "LOG-2003": _("截止检查点的签名不符，份额没有释放。"),
  };
  return new Refused(
    {
      code,
      what: what[code] ?? _("本机核对没有通过，份额没有释放。"),
      why: _("受托人的客户端只在条件全部成立时释放。"),
      next: _("保留页面，联系监督部门核查。"),
    },
    0,
  );
}

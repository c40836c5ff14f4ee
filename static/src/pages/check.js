// Check page: the hash of a file, its entry in the log, a receipt on its own, the seal of a PDF.
import { el, pageData, qs, replace } from "../kernel/dom.js";
import { clock, day, hashGroups, ribbonPath, thousands } from "../kernel/format.js";
import { getJson, Refused, send, showRefusal } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { fileHash } from "../portal/hash.js";
import { proved, verification } from "../portal/proofs.js";
import { REFUSAL, verifyReceipt } from "../sealing/receipts.js";

/** @typedef {{logKey: string, logName: string, cosigners: any[], stamping: string[]}} Page */
/** @typedef {import("../portal/proofs.js").Step} Step */
/** @typedef {import("../portal/proofs.js").Proof} Proof */
/** @typedef {{title: string, subject: string, facts: [string, string][], link: string, proof: Proof | null}} Found */

const page = /** @type {Page} */ (pageData());
const { cosigners, stamping } = page;
const log = { name: page.logName, key: page.logKey, cosigners, stamping };
const result = qs("#check-result");

/** @param {string} hash */
function ribbon(hash) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ribbonPath(hash));
  for (const [name, value] of [
    ["class", "ribbon"],
    ["viewBox", "0 0 128 16"],
    ["fill", "currentColor"],
    ["role", "img"],
    ["aria-label", _("指纹图形")],
  ]) {
    svg.setAttribute(name, value);
  }
  svg.append(path);
  return svg;
}

/**
 * @param {string} title @param {string} sub @param {Step[]} steps
 * @param {string | null} hash @param {...Node} more
 */
function show(title, sub, steps, hash, ...more) {
  const groups = hash ? hashGroups(hash).map((group) => el("span", {}, group)) : [];
  replace(
    result,
    el(
      "section",
      { class: "panel" },
      el("div", { class: "hd" }, el("h2", {}, title), el("span", { class: "small muted" }, sub)),
      verification(steps),
      hash &&
        el("div", { class: "bd stack-2" }, ribbon(hash), el("span", { class: "hash" }, ...groups)),
      ...more,
    ),
  );
}

/** @param {File} file */
async function checkFile(file) {
  result.setAttribute("aria-busy", "true");
  try {
    if (file.name.toLowerCase().endsWith(".json")) await checkReceipt(file);
    else await checkHash(file, await fileHash(file));
  } catch (error) {
    const box = el("div");
    replace(result, box);
    const large = error instanceof RangeError;
    showRefusal(box, large ? new Error(_("文件超过 256 MB，请粘贴指纹查验。")) : error);
  } finally {
    result.removeAttribute("aria-busy");
  }
}

/** @param {File} file @param {string} hash */
async function checkHash(file, hash) {
  const pdf = file.name.toLowerCase().endsWith(".pdf") ? [sealOffer(file)] : [];
  try {
    const found = /** @type {Found} */ (await getJson(`/check/${hash}`));
    /** @type {Step[]} */
    const steps = [
      { name: _("平台登记过的就是这一份"), note: found.subject, state: "done" },
      found.proof
        ? await proved(found.proof, log)
        : { name: _("登记进公开日志"), note: _("等待编号"), state: "neutral" },
    ];
    const source = el("a", { class: "small", href: found.link }, _("打开来源"));
    show(found.title, file.name, steps, hash, ...pdf, el("div", { class: "ft" }, source));
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    const note = _("文件可能被改动过，哪怕只差一个字；也可能不是这个平台发出的");
    const step = /** @type {Step} */ ({
      name: _("平台没有登记过这个指纹"),
      note,
      state: "refused",
    });
    show(file.name, _("未登记"), [step], hash, ...pdf);
  }
}

/** @param {File} file */
async function checkReceipt(file) {
  const receipt = JSON.parse(await file.text());
  try {
    const { index, size, cosigned, stamped } = await verifyReceipt(receipt, log);
    const facts = { n: thousands(index), size: thousands(size) };
    const refused = receipt.format === REFUSAL;
    /** @type {Step[]} */
    const steps = [
      refused ? told(receipt) : subject(),
      { name: _("登记进公开日志"), note: _("第 %(n)s 号，检查点 %(size)s", facts), state: "done" },
      { name: _("检查点签名"), note: _("由平台日志密钥签发"), state: "done" },
      vouched(_("见证"), cosigned[0]?.at ?? null),
      vouched(_("时间戳"), stamped),
    ];
    const title = refused ? _("拒收回执有效") : _("投标回执有效");
    show(title, file.name, steps, receipt.commitment);
  } catch {
    /** @type {Step[]} */
    const steps = [
      {
        name: _("回执不成立"),
        note: _("内容、日志位置或检查点签名不符；也可能来自另一个平台"),
        state: "refused",
      },
    ];
    show(
      receipt.format === REFUSAL ? _("拒收回执无效") : _("投标回执无效"),
      file.name,
      steps,
      null,
    );
  }
}

/** @param {string} at */
const when = (at) => `${day(at)} ${clock(at)}`;

/** @param {string} name @param {number | null} at @returns {Step} */
const vouched = (name, at) => ({
  name,
  note: at === null ? _("回执里还没有，可在投标页重新取回") : when(new Date(at).toISOString()),
  state: at === null ? "neutral" : "done",
});

/** @returns {Step} */
const subject = () => ({ name: _("回执写明的承诺"), note: _("与日志条目一致"), state: "done" });

/**
 * What a refusal's receipt says was refused, and when by the platform's clock.
 * @param {import("../sealing/receipts.js").Receipt} refusal
 * @returns {Step}
 */
function told({ code = "", at = "" }) {
  const facts = { code, at: `${day(at)} ${clock(at)}` };
  const note = _("平台在 %(at)s 拒收，原因代码 %(code)s；与日志条目一致", facts);
  return { name: _("拒收的时间与原因"), note, state: "done" };
}

/** The seal is checked by the server, so the person is asked first. @param {File} file */
function sealOffer(file) {
  const box = el("div", { class: "bd stack-2" });
  const check = async () => {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const headers = { "Content-Type": "application/pdf" };
      const answer = await send("POST", "/check/seal", { bytes, headers });
      replace(box, verification(sealSteps(await answer.json())));
    } catch (error) {
      showRefusal(box, error);
    }
  };
  const button = el(
    "button",
    { class: "btn sm", type: "button", on: { click: () => void check() } },
    _("上传这份 PDF 核验签章"),
  );
  box.append(button, el("p", { class: "tiny muted" }, _("只用于核验，不保存。")));
  return box;
}

/**
 * @param {{intact: boolean, trusted: boolean, whole: boolean, signer: string, signed_at: string | null}} seal
 * @returns {Step[]}
 */
function sealSteps(seal) {
  const word = (/** @type {boolean} */ good) =>
    /** @type {"done" | "refused"} */ (good ? "done" : "refused");
  return [
    {
      name: _("签章之后没有改动"),
      note: seal.intact ? seal.signer : _("签名与内容不符"),
      state: word(seal.intact),
    },
    {
      name: _("签章证书可信"),
      note: seal.trusted ? (seal.signed_at ?? "") : _("不是本平台签发的证书"),
      state: word(seal.trusted),
    },
    {
      name: _("签章覆盖全文"),
      note: seal.whole ? _("其后没有附加内容") : _("签章之后附加过内容"),
      state: word(seal.whole),
    },
  ];
}

qs("#check-drop").addEventListener("files", (event) => {
  const [file] = /** @type {CustomEvent<File[]>} */ (event).detail;
  // Choosing the same file again, altered meanwhile, must count as a choice.
  /** @type {HTMLInputElement} */ (qs("#check-drop input")).value = "";
  void checkFile(file);
});

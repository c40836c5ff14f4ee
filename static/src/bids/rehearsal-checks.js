// What a rehearsal looks at on this computer: browser, certificate, vault, clock, room. Each check
// says what it found and, when something is amiss, what to do about it.
import { drift, resync } from "../kernel/clock.js";
import { size } from "../kernel/format.js";
import { _ } from "../kernel/words.js";
import { hex, random } from "../sealing/bytes.js";
import { verify } from "../sealing/p256.js";
import { parse } from "../sealing/recovery.js";
import { recoverySigner } from "../sealing/vault.js";
import { chainHolds } from "./chain.js";

/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("./vault-session.js").VaultSession} VaultSession */
/** @typedef {"neutral" | "progress" | "done" | "need" | "refused"} State need: works, better mended */
/** @typedef {{state: State, note: string, remedy?: string}} Finding */

const ROOM = 64 << 20;
const CALM_MS = 30_000;

/** @returns {Promise<Finding>} */
export async function browserCheck() {
  const missing = [
    ["WebCrypto", () => Boolean(crypto.subtle) && isSecureContext],
    ["Web Workers", () => typeof Worker === "function"],
    ["Streams", () => typeof ReadableStream === "function" && "stream" in Blob.prototype],
    ["BigInt", () => typeof BigInt === "function"],
    ["AbortSignal.any", () => "any" in AbortSignal],
    ["IndexedDB", () => Boolean(globalThis.indexedDB)],
  ]
    .filter(([, works]) => !(/** @type {() => boolean} */ (works)()))
    .map(([name]) => name);
  if (!(await ed25519())) missing.push("Ed25519");
  if (missing.length === 0) return { state: "done", note: _("所需的功能齐全") };
  return {
    state: "refused",
    note: _("缺少 %(names)s", { names: missing.join("、") }),
    remedy: _("换用新版的 Chrome、Edge 或 Firefox，不要用无痕窗口，再演练一次。"),
  };
}

/** @param {number} at the day with its year, as certificates are read */
function dated(at) {
  return new Date(at).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
}

async function ed25519() {
  try {
    const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return "publicKey" in pair;
  } catch {
    return false;
  }
}

/**
 * @param {OpenKey | null} key null when a recovery code alone opened the vault
 * @param {number | null} needed until when it must hold, null when no lot is known
 * @param {number} now
 * @returns {Promise<Finding>}
 */
export async function certificateCheck(key, needed, now) {
  if (!key) {
    const remedy = _("刷新页面，用证书打开保险柜。");
    return { state: "refused", note: _("保险柜由恢复码打开，手边没有证书"), remedy };
  }
  const message = random(32);
  if (!(await verify(key.publicKey, message, await key.sign(message)))) {
    const remedy = _("重新选择证书文件；仍不行请联系发证机构。");
    return { state: "refused", note: _("证书的私钥与公钥不是一对"), remedy };
  }
  const held = chainHolds(key.certificates());
  if (!held || held.key !== hex(key.publicKey)) {
    const remedy = _("用含完整证书链的证书文件；没有的话请向发证机构索取。");
    return { state: "refused", note: _("证书链缺失，或不是这把私钥的证书"), remedy };
  }
  const until = { day: dated(held.until) };
  const renew = _("在开标日之前向发证机构续期，续期后再演练一次。");
  if (now < held.from || now >= held.until) {
    return { state: "refused", note: _("证书已过有效期（%(day)s）", until), remedy: renew };
  }
  if (needed !== null && needed >= held.until) {
    return { state: "refused", note: _("证书到 %(day)s 为止，开标时已失效", until), remedy: renew };
  }
  const note = _("能签名；整条证书链有效至 %(day)s", until);
  if (needed !== null) return { state: "done", note: _("%(note)s，开标日之后", { note }) };
  return { state: "done", note };
}

/** @param {VaultSession} vault @returns {Finding} */
export function vaultCheck(vault) {
  const codes = vault.wraps.filter(({ kind }) => kind === "recovery").length;
  if (codes > 0)
    return { state: "done", note: _("已打开；另有 %(n)s 个恢复码能打开它", { n: codes }) };
  return {
    state: "refused",
    note: _("已打开，但没有恢复码：证书一旦遗失，投标就再也打不开"),
    remedy: _("到「保险柜」页打印一个恢复码，与证书分开保管。"),
  };
}

/**
 * Whether a code as typed from paper opens this vault; it stays in this page.
 * @param {VaultSession} vault @param {string} typed
 * @returns {Promise<Finding>}
 */
export async function codeCheck(vault, typed) {
  const remedy = _("逐组核对是否抄错；纸上的码若已更换，请到「保险柜」页重新打印。");
  try {
    const code = await parse(typed);
    const key = hex((await recoverySigner(code)).publicKey);
    code.fill(0);
    const known = vault.wraps.some((wrap) => wrap.kind === "recovery" && wrap.key === key);
    if (known) return { state: "done", note: _("与保险柜相符，纸上这份有效") };
    return { state: "refused", note: _("抄写无误，但打不开现在的保险柜"), remedy };
  } catch {
    return { state: "refused", note: _("不是一个恢复码：长度、字符或校验不对"), remedy };
  }
}

/** @returns {Promise<Finding>} */
export async function clockCheck() {
  await resync();
  const off = drift();
  if (off === null) {
    const remedy = _("检查网络后再试。");
    return { state: "refused", note: _("没有收到服务器的时间"), remedy };
  }
  const seconds = (Math.abs(off) / 1000).toFixed(1);
  if (Math.abs(off) <= CALM_MS)
    return { state: "done", note: _("与服务器相差 %(n)s 秒", { n: seconds }) };
  return {
    state: "need",
    note: _("这台电脑的时间与服务器相差 %(n)s 秒", { n: seconds }),
    remedy: _("在系统设置里打开自动校时。投标以服务器时间为准，页面会自行换算。"),
  };
}

/** @returns {Promise<Finding>} */
export async function roomCheck() {
  const told = await navigator.storage?.estimate?.().catch(() => null);
  if (!told?.quota) return { state: "done", note: _("浏览器没有说明；封装不占用磁盘") };
  const free = told.quota - (told.usage ?? 0);
  if (free >= ROOM)
    return { state: "done", note: _("可用 %(size)s；封装不占用磁盘", { size: size(free) }) };
  return {
    state: "need",
    note: _("可用只有 %(size)s", { size: size(free) }),
    remedy: _("清理磁盘，或关闭无痕窗口后再试。"),
  };
}

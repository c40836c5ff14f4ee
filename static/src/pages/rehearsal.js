// 投标演练: everything a bid needs, tried on this computer days before. For which lot stays behind
// the # of the address; the platform sees the same rehearsal for every lot.
import { serverNow } from "../kernel/clock.js";
import { el, find, pageData, qs, replace } from "../kernel/dom.js";
import { clock, day } from "../kernel/format.js";
import { job } from "../kernel/progress.js";
import { _ } from "../kernel/words.js";
import { guardLeaving, startDesk, tell } from "../bids/desk.js";
import * as checks from "../bids/rehearsal-checks.js";
import { Course } from "../bids/rehearsal-run.js";
import { drawLines, showVerdict, verdict } from "../bids/rehearsal-view.js";
import { download } from "../bids/receipts-view.js";
import { localWords } from "../bids/local-words.js";
import { readTerms } from "../bids/wire.js";

/** @typedef {import("../bids/rehearsal-view.js").Line} Line */
/** @typedef {import("../bids/rehearsal-checks.js").Finding} Finding */
/** @typedef {{id: string, name: string, deadline: string, open: number}} Target a lot, and until when
 *   the certificate is needed */
/** @typedef {{id: string, name: string, run: () => Finding | Promise<Finding>, chained: boolean}} Step */

const LAST = "sunbid.rehearsal";
const DAY = 86_400_000;

const { wire, vault, key } = await startDesk();
/** @type {{worker: string, opener: string}} */
const urls = pageData();
const start = button("#rehearsal-start");
const resume = button("#rehearsal-resume");
const stop = button("#rehearsal-stop");
const view = job("rehearsed");
const course = key ? new Course(wire, key, urls, showProgress) : null;
/** @type {Target | null} */
let target = null;
let running = false;

/** @type {Step[]} */
const steps = [
  alone("browser", _("浏览器"), checks.browserCheck),
  alone("certificate", _("证书"), () =>
    checks.certificateCheck(key, target?.open ?? null, serverNow()),
  ),
  alone("vault", _("保险柜与恢复码"), () => checks.vaultCheck(vault)),
  alone("clock", _("时钟"), checks.clockCheck),
  alone("room", _("存储空间"), checks.roomCheck),
  chained("seal", _("封装并上传试验文件"), (made) => made.seal()),
  chained("line", _("上传速度"), (made) => made.line()),
  chained("judge", _("平台核对信封"), (made) => made.judge()),
  chained("fetch", _("取回密文"), (made) => made.fetchBack()),
  chained("open", _("打开两把锁，核对内容"), (made) => made.open()),
  chained("erase", _("清除试验文件"), (made) => made.erase()),
];
/** @type {Line[]} */
const lines = steps.map(({ id, name }) => ({ id, name, state: "neutral", note: "", ms: null }));

start.addEventListener("click", () => void rehearse(0));
resume.addEventListener("click", () => void rehearse(firstOpen()));
stop.addEventListener("click", () => course?.abort.abort());
qs("#rehearsal-save").addEventListener("click", save);
qs("#rehearsal-print").addEventListener("click", () => print());
qs("#rehearsal-code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void checkCode();
});
qs("#rehearsal-code").hidden = false;
drawLines(lines);
showLast();
void showTargets();

/** @param {string} id @param {string} name @param {Step["run"]} run @returns {Step} */
function alone(id, name, run) {
  return { id, name, run, chained: false };
}

/**
 * @param {string} id @param {string} name
 * @param {(course: Course) => Finding | Promise<Finding>} run
 * @returns {Step}
 */
function chained(id, name, run) {
  return { id, name, chained: true, run: () => run(/** @type {Course} */ (course)) };
}

/** @param {string} selector */
function button(selector) {
  return /** @type {HTMLButtonElement} */ (qs(selector));
}

/** The first step that is not through; one that depends on lost uploads begins with the sealing. */
function firstOpen() {
  return lines.findIndex(({ state }) => state !== "done" && state !== "need");
}

/** @param {number} from */
async function rehearse(from) {
  if (running) return;
  setRunning(true);
  course?.again();
  for (const line of lines.slice(from)) Object.assign(line, blank());
  let broken = course === null;
  for (let at = from; at < steps.length; at++) {
    const step = /** @type {Step} */ (steps[at]);
    if (step.chained && broken) continue;
    await runStep(step, /** @type {Line} */ (lines[at]));
    if (step.chained && lines[at]?.state === "refused") broken = true;
  }
  setRunning(false);
  keepLast();
}

/** @returns {Finding & {ms: null}} */
const blank = () => ({ state: "neutral", note: "", remedy: "", ms: null });

/** @param {Step} step @param {Line} line */
async function runStep(step, line) {
  line.state = "progress";
  drawLines(lines);
  showVerdict(lines);
  qs("#rehearsal-job").hidden = step.id !== "seal";
  const began = performance.now();
  try {
    Object.assign(line, { remedy: "", ...(await step.run()) });
  } catch (error) {
    Object.assign(line, failing(error));
  }
  line.ms = performance.now() - began;
  drawLines(lines);
}

/** @param {unknown} error @returns {Finding} */
function failing(error) {
  if (course?.abort.signal.aborted) {
    return { state: "refused", note: _("已停下"), remedy: _("点「从没通过的一项继续」。") };
  }
  const {
    code = "",
    what = "",
    why = "",
    next = "",
  } = /** @type {Partial<{code: string, what: string, why: string, next: string}>} */ (error ?? {});
  const words = what && what !== code ? { what, why, next } : localWords(code);
  const note = [words.what, words.why, code].filter(Boolean).join(" ");
  return { state: "refused", note, remedy: words.next };
}

/** @param {import("../workers/seal.js").Progress} progress */
function showProgress({ bytes, total, rate, left, attempt, pieces }) {
  const { done, resumed, total: all } = pieces;
  /** @type {[string, string][]} */
  const more = [[_("分段"), `${done} / ${all}`]];
  if (resumed > 0) more.push([_("续传"), String(resumed)]);
  if (attempt > 0) more.push([_("重连"), String(attempt)]);
  view.show({ done: bytes, total, rate, left, more });
}

/** @param {boolean} now */
function setRunning(now) {
  running = now;
  guardLeaving(now);
  start.disabled = now;
  start.textContent = now || firstOpen() === 0 ? _("开始演练") : _("重新演练");
  stop.hidden = !now;
  const stuck = !now && firstOpen() > 0;
  resume.hidden = !stuck;
  if (!now) qs("#rehearsal-job").hidden = true;
  for (const id of ["#rehearsal-save", "#rehearsal-print"]) qs(id).hidden = now;
  showVerdict(lines);
}

/** The lots this organisation prepares, and the one the person came from. */
async function showTargets() {
  const known = vault.lots().filter(({ deadline }) => Date.parse(deadline) > serverNow());
  const targets = known.map((lot) => targetOf(lot.lot, lot.name, lot.deadline, 0));
  const asked = decodeURIComponent(location.hash.slice(1));
  try {
    if (/^[0-9a-f-]{36}$/.test(asked)) {
      const terms = await readTerms(wire, asked);
      const { lot_id: id, name, deadline, decryption_minutes: minutes } = terms;
      targets.unshift(targetOf(id, name, deadline, minutes));
    }
  } catch (error) {
    tell(qs("#rehearsal-refusal"), error);
  }
  const single = new Map(targets.reverse().map((one) => [one.id, one]));
  const listed = [...single.values()].reverse();
  target = listed[0] ?? null;
  if (!target) return;
  const choose = el("select", { class: "select", "aria-label": _("为哪个标段演练") });
  choose.append(...listed.map(({ id, name }) => el("option", { value: id }, name)));
  const when = el("p", { class: "small mt" });
  const told = () => {
    target = single.get(choose.value) ?? target;
    when.textContent = _("投标截止、开标：%(at)s", { at: spoken(target?.deadline ?? "") });
  };
  choose.addEventListener("change", told);
  told();
  replace(qs("#rehearsal-for"), choose, when);
  qs("#rehearsal-lot").hidden = false;
}

/** @param {string} id @param {string} name @param {string} deadline @param {number} minutes */
function targetOf(id, name, deadline, minutes) {
  // The bidder decrypts on the day of the opening: the certificate must hold through it.
  return { id, name, deadline, open: Date.parse(deadline) + minutes * 60_000 + DAY };
}

/** @param {string | number} at */
const spoken = (at) => `${day(at)} ${clock(at)}`;

async function checkCode() {
  const input = /** @type {HTMLInputElement} */ (qs("#f-recovery"));
  const found = await checks.codeCheck(vault, input.value);
  if (found.state === "done") input.value = "";
  find("#code-told")?.remove();
  const told = el(
    "p",
    { id: "code-told", class: `small fg-${found.state}`, role: "status" },
    [found.note, found.remedy ?? ""].join(" "),
  );
  qs("#rehearsal-code-form").append(told);
}

/** The result in a file: what was found, on which browser, without any lot's number or key. */
function save() {
  const { state } = verdict(lines);
  const told = lines.map(({ id, name, state: how, note, remedy, ms }) => {
    return {
      id,
      name,
      state: how,
      note,
      remedy: remedy ?? "",
      ms: ms === null ? null : Math.round(ms),
    };
  });
  const result = {
    format: "sunbid rehearsal",
    at: new Date(serverNow()).toISOString(),
    browser: navigator.userAgent,
    passed: state === "done" || state === "need",
    lines: told,
  };
  download(`rehearsal-${day(serverNow())}.json`, JSON.stringify(result, null, 2));
}

function keepLast() {
  const { state, text } = verdict(lines);
  try {
    localStorage.setItem(LAST, JSON.stringify({ at: serverNow(), state, text }));
  } catch {
    // A browser that keeps nothing: the page has said how it went.
  }
  showLast();
}

function showLast() {
  try {
    const { at, text } = JSON.parse(localStorage.getItem(LAST) ?? "null") ?? {};
    if (!at) return;
    qs("#rehearsal-last-told").textContent = `${spoken(at)} · ${text}`;
    qs("#rehearsal-last").hidden = false;
  } catch {
    // As above.
  }
}

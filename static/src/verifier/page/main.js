// The offline verifier's page: a bundle in, steps one by one, the first that fails explained.
import { el, qs } from "../../kernel/dom.js";
import { fromHex, hex, sha256 } from "../../sealing/bytes.js";
import { MAX_PACKED } from "../archive.js";
import { AWARD, JUDGING, OPENING, verify } from "../steps.js";
import { say, stepWords } from "./words.js";

/** @typedef {import("./words.js").Language} Language */
/** @typedef {import("../bundle.js").Bundle} Bundle */
/** @typedef {import("../steps.js").Outcome | "waits" | "runs"} State */
/** @typedef {{name: string, state: State, ms: number}} Row */
/** @typedef {{failed: string | null, why: string, bundle: Bundle | null}} Result */

const ICONS = { holds: "check-c", fails: "x-c", left: "minus", waits: "dots", runs: "run" };
const MARKS = {
  holds: "done",
  fails: "refused",
  left: "neutral",
  waits: "neutral",
  runs: "progress",
};
const WORDS = { holds: "done", fails: "refused", left: "left", waits: "waiting", runs: "now" };

/** @type {Language} */
let language = navigator.language.startsWith("zh") ? "zh" : "en";
/** @type {Row[]} */
let rows = [];
/** @type {Result | null} */
let result = null;
/** @type {{what: string, digest: string}[]} */
let keys = [];
let fileName = "";

/** @param {string} key @param {Record<string, string | number>} [facts] */
const tell = (key, facts) => say(language, key, facts);

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {Row} row */
function stepRow({ name, state, ms }) {
  const words = stepWords(name, language);
  const stopped = state === "waits" && result?.failed;
  const word = tell(stopped ? "unchecked" : WORDS[state]);
  const shown = state === "holds" ? tell("took", { ms }) : word;
  return el(
    "li",
    { "data-s": MARKS[state], "data-step": name, "data-state": state },
    icon(ICONS[state]),
    el(
      "span",
      {},
      el("b", {}, words.name),
      " ",
      el("code", {}, name),
      el("small", {}, state === "left" ? tell("leftNote") : words.about),
    ),
    el("span", { class: "ms" }, state === "holds" && el("span", { class: "vh" }, word), shown),
  );
}

/** @param {Result} found */
function verdict({ failed, why, bundle }) {
  if (failed === null) {
    const count = bundle?.opened.size ?? 0;
    const lot = bundle?.facts.lot?.name ?? bundle?.lot ?? "";
    return el(
      "div",
      { class: "alert", "data-s": "done" },
      icon("check-c"),
      el(
        "div",
        {},
        el("h2", { tabindex: "-1" }, tell("holds")),
        el("p", {}, tell("holdsLead", { lot, count })),
      ),
    );
  }
  const words = stepWords(failed, language);
  return el(
    "div",
    { class: "alert", "data-s": "refused" },
    icon("x-c"),
    el(
      "div",
      { class: "stack-2" },
      el("h2", { tabindex: "-1" }, tell("fails", { name: `${words.name} ${failed}` })),
      el("p", {}, el("b", {}, tell("meaning")), el("br"), words.fails),
      el("p", {}, el("b", {}, tell("why")), el("br"), el("code", {}, `${failed}: ${why}`)),
      el("p", {}, el("b", {}, tell("next")), el("br"), tell("nextText")),
    ),
  );
}

function keyList() {
  return el(
    "section",
    { class: "panel" },
    el("div", { class: "hd" }, el("h2", {}, tell("keys"))),
    el(
      "div",
      { class: "bd stack-2" },
      el("p", { class: "small soft" }, tell("keysNote")),
      el(
        "dl",
        { class: "prints" },
        ...keys.flatMap(({ what, digest }) => [el("dt", {}, what), el("dd", {}, groups(digest))]),
      ),
    ),
  );
}

/** @param {string} digest */
const groups = (digest) => el("code", {}, (digest.match(/.{8}/g) ?? []).join(" "));

function draw() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = tell("title");
  for (const node of document.querySelectorAll("[data-say]")) {
    node.textContent = tell(node.getAttribute("data-say") ?? "");
  }
  qs("#steps").replaceChildren(...rows.map(stepRow));
  qs("#work").hidden = rows.length === 0;
  const done = rows.filter(({ state }) => state === "holds" || state === "left").length;
  const bar = /** @type {HTMLProgressElement} */ (qs("#bar"));
  bar.max = Math.max(rows.length, 1);
  bar.value = done;
  bar.dataset.s = result ? (result.failed ? "refused" : "done") : "progress";
  bar.setAttribute("aria-label", tell("progress"));
  qs("#verdict").replaceChildren(...(result ? [verdict(result)] : []));
  qs("#keys").replaceChildren(...(result && keys.length ? [keyList()] : []));
}

/** @param {string} name @param {State} state */
function mark(name, state) {
  const row = rows.find((each) => each.name === name);
  if (!row) return;
  row.ms = Math.round(performance.now() - started);
  started = performance.now();
  row.state = state;
  const next = rows[rows.indexOf(row) + 1];
  if (next && (state === "holds" || state === "left")) next.state = "runs";
  draw();
}
let started = 0;

/** @param {Bundle} bundle */
async function fingerprints({ log, platform }) {
  const known = [
    { what: tell("logKey"), raw: log.key },
    { what: tell("platformKey"), raw: platform },
    ...log.cosigners.map(({ name, key }) => ({ what: tell("cosigner", { name }), raw: key })),
    ...log.stamping.map((raw) => ({ what: tell("stamping"), raw })),
  ];
  return Promise.all(
    // A key stands as it is published elsewhere; a certificate is known by its SHA-256.
    known.map(async ({ what, raw }) => {
      const digest = raw.length === 64 ? raw : hex(await sha256(fromHex(raw)));
      return { what, digest };
    }),
  );
}

/** @param {string[]} names */
const waiting = (names) =>
  names.map((name) => ({ name, state: /** @type {State} */ ("waits"), ms: 0 }));

/** @param {File} file */
async function check(file) {
  fileName = file.name;
  result = null;
  keys = [];
  rows = waiting(["contents", ...OPENING.map(([name]) => name)]);
  rows[0].state = "runs";
  qs("#status").textContent = tell("running", { name: fileName });
  draw();
  started = performance.now();
  if (file.size > MAX_PACKED) {
    result = { failed: "contents", why: tell("tooLarge"), bundle: null };
    mark("contents", "fails");
  } else {
    const zip = new Uint8Array(await file.arrayBuffer());
    result = await verify(zip, async (name, outcome) => {
      if (!rows.some((row) => row.name === name)) rows.push(...waiting([name]));
      mark(name, outcome);
      // Let the page paint: each step is seen as it is done.
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
  }
  if (result.bundle) keys = await fingerprints(result.bundle);
  draw();
  qs("#status").textContent = qs("#verdict h2").textContent;
  qs("#verdict h2").focus({ preventScroll: true });
  document.body.dataset.result = result.failed ?? "holds";
}

/** @param {FileList | null | undefined} files */
function take(files) {
  const [file] = files ?? [];
  if (!file) return;
  delete document.body.dataset.result;
  check(file).catch((error) => {
    qs("#status").textContent = tell("unsupported");
    document.body.dataset.result = `broken: ${error}`;
  });
}

const box = qs("#drop");
const input = /** @type {HTMLInputElement} */ (qs("#file"));
input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    box.classList.toggle("over", type === "dragover");
    if (type === "drop") take(/** @type {DragEvent} */ (event).dataTransfer?.files);
  });
}
qs("#language").addEventListener("click", async () => {
  language = language === "zh" ? "en" : "zh";
  if (result?.bundle) keys = await fingerprints(result.bundle);
  draw();
});
// All steps that there can be, for whoever reads the page before choosing a file.
export const STEPS = [...OPENING, ...JUDGING, ...AWARD].map(([name]) => name);
draw();

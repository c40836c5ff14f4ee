// What a score sheet costs under an expert's hands: 20 bids × 40 items, measured where they are
// painted. Beside it a bare page that only writes the inputs' values.
import { SheetView } from "../../static/src/evaluation/sheet-view.js";
import { el } from "../../static/src/kernel/dom.js";

const BIDS = 20;
const ITEMS = 40;
const WARM = 20;

const rows = Array.from({ length: ITEMS }, (_each, at) => ({
  key: `item_${at}`,
  name: `评审项 ${at + 1}`,
  rule: "方案完整、针对本项目得高分；一般得中；有缺漏得低分。",
  kind: /** @type {const} */ ("range"),
  maximum: 250,
  step: 10,
  objective: at % 5 === 0,
}));
const leaves = Array.from({ length: BIDS }, (_each, at) => ({
  number: at + 1,
  name: `投标人 ${at + 1}`,
  entries: Object.fromEntries(rows.map(({ key }, n) => [key, { value: score(n + at), note: "" }])),
  state: /** @type {const} */ ("open"),
}));

/** @param {number} n */
function score(n) {
  return String((n % 25) / 10);
}

/** When what was done is on the screen. */
const painted = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(null);
    });
  });

/** @param {() => void} act */
async function took(act) {
  await painted(); // every act begins with a fresh frame, as a person's would
  const began = performance.now();
  act();
  return (await painted()) - began;
}

/** @param {number} turns @param {(turn: number) => void} act */
async function times(turns, act) {
  const found = [];
  for (let turn = -WARM; turn < turns; turn++) {
    const span = await took(() => act(turn + WARM));
    if (turn >= 0) found.push(span);
  }
  return found;
}

/** Types into an input as a person does: in place of what stands there. @param {HTMLInputElement} input @param {string} text */
function type(input, text) {
  input.focus();
  input.select();
  document.execCommand("insertText", false, text);
}

function show() {
  const box = el("section", { class: "panel sheetp" });
  document.body.replaceChildren(box);
  const view = new SheetView(box, { onChange() {}, onSubmit() {}, onBid() {} });
  view.setStage(rows, leaves);
  view.show(1);
  return { box, view };
}

/** @param {number} turns */
export async function measure(turns) {
  const { box, view } = show();
  const inputs = /** @type {HTMLInputElement[]} */ ([...box.querySelectorAll("[data-score]")]);
  const typed = await times(turns, (turn) =>
    type(/** @type {HTMLInputElement} */ (inputs[turn % ITEMS]), score(turn + 7)),
  );
  const switched = await times(turns, (turn) => view.show((turn % BIDS) + 1));

  const bare = Array.from({ length: ITEMS }, () => el("input"));
  document.body.replaceChildren(...bare);
  const bareTyped = await times(turns, (turn) =>
    type(/** @type {HTMLInputElement} */ (bare[turn % ITEMS]), score(turn + 7)),
  );
  const bareSwitched = await times(turns, (turn) =>
    bare.forEach((input, n) => (input.value = score(turn + n))),
  );
  return { typed, switched, bareTyped, bareSwitched };
}

Object.assign(globalThis, { measure, show });

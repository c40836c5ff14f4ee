// Finding words in a document: blanks and line ends do not count, large and small letters are equal.

/** @typedef {{item: number, from: number, to: number}} Span part of one text item */
/** @typedef {{page: number, spans: Span[]}} Hit */
/** @typedef {{str: string}} Item */

const BLANK = /\s/u;

/**
 * The items' letters without blanks, each with its place.
 * @param {Item[]} items
 */
export function letters(items) {
  let text = "";
  /** @type {number[]} */
  const item = [];
  /** @type {number[]} */
  const at = [];
  items.forEach(({ str }, index) => {
    const lower = str.toLowerCase();
    // A letter whose small form is longer (İ) would shift all places after it.
    const folded = lower.length === str.length ? lower : str;
    for (let i = 0; i < folded.length; i++) {
      const letter = folded[i] ?? "";
      if (BLANK.test(letter)) continue;
      text += letter;
      item.push(index);
      at.push(i);
    }
  });
  return { text, item, at };
}

/** @param {string} query */
export const wanted = (query) => query.toLowerCase().replace(/\s+/gu, "");

/**
 * Where the words stand on one page.
 * @param {Item[]} items @param {string} query @param {number} page
 * @returns {Hit[]}
 */
export function findOn(items, query, page) {
  const words = wanted(query);
  if (!words) return [];
  const { text, item, at } = letters(items);
  /** @type {Hit[]} */
  const hits = [];
  for (let start = text.indexOf(words); start >= 0; start = text.indexOf(words, start + 1)) {
    hits.push({ page, spans: spansOf(item, at, start, start + words.length) });
    start += words.length - 1;
  }
  return hits;
}

/** @param {number[]} item @param {number[]} at @param {number} start @param {number} end */
function spansOf(item, at, start, end) {
  /** @type {Span[]} */
  const spans = [];
  for (let i = start; i < end; i++) {
    const last = spans.at(-1);
    const [index, place] = [item[i] ?? 0, at[i] ?? 0];
    if (last && last.item === index) last.to = place + 1;
    else spans.push({ item: index, from: place, to: place + 1 });
  }
  return spans;
}

/**
 * Searches a document page by page; tells what it has after each, so that the first hit shows early.
 * @param {{pages: number, text: (page: number) => Promise<{items: Item[]}>}} paper
 * @param {string} query
 * @param {{tell: (hits: Hit[], done: boolean) => void, stopped: () => boolean}} by
 */
export async function search(paper, query, { tell, stopped }) {
  /** @type {Hit[]} */
  const hits = [];
  for (let page = 1; page <= paper.pages; page++) {
    const { items } = await paper.text(page);
    if (stopped()) return;
    hits.push(...findOn(items, query, page));
    tell(hits, page === paper.pages);
  }
}

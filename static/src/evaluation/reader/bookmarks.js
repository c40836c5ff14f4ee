// Bookmarks of one reader, kept in this browser only: nobody else learns which pages were marked.

/** @typedef {{getItem: (name: string) => string | null, setItem: (name: string, value: string) => void}} Store */

/**
 * @param {Store} store @param {string} owner room and seat
 * @returns {{has: (paper: string, page: number) => boolean, toggle: (paper: string, page: number) => boolean, of: (paper: string) => number[]}}
 */
export function bookmarks(store, owner) {
  const name = (/** @type {string} */ paper) => `sunbid.bookmarks.${owner}.${paper}`;
  const of = (/** @type {string} */ paper) => {
    try {
      const kept = JSON.parse(store.getItem(name(paper)) ?? "[]");
      return Array.isArray(kept) ? kept.filter(Number.isInteger) : [];
    } catch {
      return [];
    }
  };
  return {
    of,
    has: (paper, page) => of(paper).includes(page),
    toggle(paper, page) {
      const kept = of(paper);
      const on = !kept.includes(page);
      const next = on ? [...kept, page].sort((a, b) => a - b) : kept.filter((one) => one !== page);
      store.setItem(name(paper), JSON.stringify(next));
      return on;
    },
  };
}

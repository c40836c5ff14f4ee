// Texts of scripts: Chinese message ids, translated by the catalogue the page brings along.

/** @type {Record<string, string> | null} */
let known = null;

/** @returns {Record<string, string>} */
function catalogue() {
  if (known) return known;
  const block = typeof document === "undefined" ? null : document.getElementById("words");
  known = block ? JSON.parse(block.textContent ?? "{}") : {};
  return /** @type {Record<string, string>} */ (known);
}

/**
 * The text in the reader's language with its facts filled in: _("第 %(n)s 版", {n: 3}).
 * @param {string} message
 * @param {Record<string, string | number>} [facts]
 * @returns {string}
 */
export function _(message, facts = {}) {
  const text = catalogue()[message] ?? message;
  return text.replace(/%\((\w+)\)s/g, (_all, name) => String(facts[name] ?? "—"));
}

/**
 * Whether the reader reads English.
 * @returns {boolean}
 */
export function english() {
  return typeof document !== "undefined" && document.documentElement.lang === "en";
}

// Refusals of the sealing modules: the same stable codes as the server's, with facts for the text.

const UNREADABLE = new Set(["NotReadableError", "NotFoundError"]);

export class SealingError extends Error {
  /**
   * @param {string} code "ENV-2003" and so on, see docs/sealed-bid-envelope.md
   * @param {Record<string, string | number>} [facts]
   */
  constructor(code, facts = {}) {
    super(Object.keys(facts).length ? `${code} ${JSON.stringify(facts)}` : code);
    this.name = "SealingError";
    this.code = code;
    this.facts = facts;
  }
}

/**
 * Reads what a stranger wrote: whatever its form breaks inside `read` is the refusal `code`.
 * @template T
 * @param {string} code
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 */
export async function reading(code, read) {
  try {
    return await read();
  } catch (error) {
    throw error instanceof SealingError ? error : new SealingError(code, { what: "form" });
  }
}

/** @param {unknown} error @returns {{code: string, facts: Record<string, string | number>}} */
export function told(error) {
  if (error instanceof SealingError) return { code: error.code, facts: error.facts };
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const facts = "facts" in error && typeof error.facts === "object" ? error.facts : {};
    return { code: error.code, facts: { ...facts } };
  }
  // A file that was changed or moved after it was chosen can be read no more.
  const gone = error instanceof DOMException && UNREADABLE.has(error.name);
  if (gone) return { code: "ENV-9003", facts: {} };
  return { code: "ENV-9001", facts: { reason: error instanceof Error ? error.message : "" } };
}

// What a browser keeps between the pages of one session: keys that cannot be taken out again.
// Bound to the login by its CSRF token; deleted on logging out and when another login looks at it.

/**
 * @typedef {object} Kept
 * @property {string} login the CSRF token of the session
 * @property {number} until milliseconds since 1970
 * @property {import("../sealing/p256.js").Keys} keys of the certificate or of a recovery code
 * @property {string[]} chain
 * @property {boolean} code whether the vault was opened by a code, without any certificate
 */

const NAME = "sunbid-keys";
const STORE = "keys";
const HOURS = 12;

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answer(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {string} login
 * @returns {Promise<Kept | null>}
 */
export async function recall(login) {
  try {
    const database = await opened();
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    /** @type {Kept | undefined} */
    const kept = await answer(store.get("session"));
    const valid = kept && kept.login === login && kept.until > Date.now();
    if (kept && !valid) await answer(store.clear());
    database.close();
    return valid ? kept : null;
  } catch {
    return null; // private windows may have no database: the key is asked for on each page
  }
}

/** Nothing stays: called before a login ends. */
export function forget() {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = () => resolve(null);
  });
}

/** @param {Omit<Kept, "until">} keys */
export async function remember(keys) {
  try {
    const database = await opened();
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    await answer(store.put({ ...keys, until: Date.now() + HOURS * 3_600_000 }, "session"));
    database.close();
  } catch {
    // As above.
  }
}

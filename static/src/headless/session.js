// A person's session without a browser: cookies, CSRF token and the demonstration's key file.
// Only the public interface is used; nothing here knows the database.

/**
 * @typedef {object} Session
 * @property {string} login
 * @property {(path: string) => Promise<any>} get JSON
 * @property {(path: string, body?: unknown) => Promise<any>} post JSON, with the CSRF token
 * @property {(path: string, init?: RequestInit) => Promise<Response>} fetch with cookies and CSRF
 */

/** An answer that is no success: the refusal's code and words. */
export class Turned extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, what?: string}} told
   */
  constructor(status, told) {
    super(`${status} ${told.code ?? ""} ${told.what ?? ""}`.trim());
    this.status = status;
    this.code = told.code ?? "";
  }
}

/**
 * Logs in as one of the demonstration's people, saying that no person is at the keyboard.
 * @param {string} base origin of the platform
 * @param {string} login
 * @returns {Promise<Session>}
 */
export async function signIn(base, login) {
  const answer = await fetch(`${base}/login/demo`, {
    method: "POST",
    redirect: "manual",
    headers: { Accept: "application/json", "X-Sunbid-Stand-In": "1" },
    body: new URLSearchParams({ login }),
  });
  if (!answer.ok) throw await turned(answer);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const { csrf_token: csrf } = await answer.json();
  return session(base, login, cookie, csrf);
}

/**
 * @param {string} base
 * @param {string} login
 * @param {string} cookie
 * @param {string} csrf
 * @returns {Session}
 */
function session(base, login, cookie, csrf) {
  /** @type {Session["fetch"]} */
  const reach = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Cookie", cookie);
    headers.set("X-CSRF-Token", csrf);
    if (!headers.has("Accept")) headers.set("Accept", "application/json");
    return fetch(`${base}${path}`, { ...init, headers });
  };
  return {
    login,
    fetch: reach,
    get: async (path) => read(await reach(path)),
    post: async (path, body = {}) =>
      read(
        await reach(path, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      ),
  };
}

/**
 * JSON of a public page, without any session.
 * @param {string} url
 * @returns {Promise<any>}
 */
export async function readPublic(url) {
  return read(await fetch(url, { headers: { Accept: "application/json" } }));
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Asks until `ready` answers something, at most `seconds`.
 * @template T
 * @param {() => Promise<T | null | undefined | false>} ready
 * @param {{seconds?: number, every?: number, what?: string}} [options]
 * @returns {Promise<T>}
 */
export async function until(ready, { seconds = 120, every = 500, what = "an answer" } = {}) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const found = await ready();
    if (found) return found;
    await pause(every);
  }
  throw new Error(`waited ${seconds} s for ${what}`);
}

/** @param {Response} answer */
async function read(answer) {
  if (!answer.ok) throw await turned(answer);
  return answer.json();
}

/** @param {Response} answer */
async function turned(answer) {
  const told = await answer.json().catch(() => ({}));
  return new Turned(answer.status, told);
}

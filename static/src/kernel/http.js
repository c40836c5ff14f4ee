// Requests to our own server: JSON both ways, refusals as objects, tickets signed by a hook.
import { csrfToken, el, icon } from "./dom.js";
import { fetchTelling } from "./sending.js";
import { _ } from "./words.js";

/** A rule said no; the words are the catalogue's. */
export class Refused extends Error {
  /**
   * @param {{code: string, what: string, why?: string, next?: string, phone?: string}} told
   * @param {number} status
   */
  constructor(told, status) {
    super(told.what || told.code);
    this.name = "Refused";
    this.code = told.code;
    this.what = told.what || told.code;
    this.why = told.why ?? "";
    this.next = told.next ?? "";
    this.phone = told.phone ?? "";
    this.status = status;
  }
}

/** No answer came; the act may or may not have happened, so ask again with the same content. */
export class Offline extends Error {
  constructor() {
    super(_("没有收到服务器的回答。"));
    this.name = "Offline";
  }
}

/**
 * Signs a ticket request and answers the value of X-Signature.
 * @callback Sign
 * @param {string} method
 * @param {string} path without query string
 * @param {Uint8Array<ArrayBuffer>} body
 * @returns {Promise<string>}
 */

/**
 * @typedef {object} Options
 * @property {unknown} [json] sent as JSON
 * @property {Uint8Array<ArrayBuffer>} [bytes] sent as they are
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {import("./sending.js").OnSent} [onSent] told as the body leaves; not under a ticket
 * @property {{ticket: string, sign: Sign}} [by] acts under a ticket: no cookies, no CSRF token
 */

/**
 * Sends and answers the response; throws Refused or Offline.
 * @param {string} method
 * @param {string} url
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, url, options = {}) {
  const body = contentOf(options);
  const headers = new Headers({ Accept: "application/json", ...options.headers });
  if (options.json !== undefined) headers.set("Content-Type", "application/json");
  if (options.by) {
    const path = new URL(url, location.href).pathname;
    headers.set("Authorization", `Ticket ${options.by.ticket}`);
    headers.set("X-Signature", await options.by.sign(method, path, body ?? new Uint8Array()));
  } else if (method !== "GET") {
    headers.set("X-CSRF-Token", csrfToken());
  }
  const credentials = options.by ? "omit" : "same-origin";
  const request = { method, headers, body, credentials, signal: options.signal };
  const onSent = options.by ? undefined : options.onSent;
  const response = await reach(url, /** @type {Outgoing} */ (request), onSent);
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/**
 * @param {Options} options
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
function contentOf({ json, bytes }) {
  return json === undefined ? bytes : new TextEncoder().encode(JSON.stringify(json));
}

/** @typedef {RequestInit & {headers: Headers}} Outgoing */

/**
 * @param {string} url
 * @param {Outgoing} request
 * @param {import("./sending.js").OnSent} [onSent]
 */
async function reach(url, request, onSent) {
  try {
    return await (onSent ? fetchTelling(url, request, onSent) : fetch(url, request));
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Offline();
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Refused>}
 */
async function refusalOf(response) {
  try {
    return new Refused(await response.json(), response.status);
  } catch {
    const what = _("服务器没有按约定回答（%(status)s）。", { status: response.status });
    return new Refused({ code: "WEB-1005", what }, response.status);
  }
}

/**
 * @template [T=any]
 * @param {string} url
 * @param {Options} [options]
 * @returns {Promise<T>}
 */
export async function getJson(url, options) {
  return (await send("GET", url, options)).json();
}

/**
 * @template [T=any]
 * @param {string} url
 * @param {unknown} [json]
 * @param {Options} [options]
 * @returns {Promise<T>}
 */
export async function postJson(url, json = {}, options = {}) {
  return (await send("POST", url, { ...options, json })).json();
}

/**
 * The same three calls under a ticket.
 * @param {string} ticket
 * @param {Sign} sign
 */
export function ticketed(ticket, sign) {
  const by = { ticket, sign };
  return {
    /** @param {string} method @param {string} url @param {Options} [options] */
    send: (method, url, options = {}) => send(method, url, { ...options, by }),
    /** @param {string} url @param {Options} [options] */
    getJson: (url, options = {}) => getJson(url, { ...options, by }),
    /** @param {string} url @param {unknown} [json] @param {Options} [options] */
    postJson: (url, json = {}, options = {}) => postJson(url, json, { ...options, by }),
  };
}

/**
 * Says no in a container: what, why, what to do now, code, telephone. Other errors are told plainly.
 * @param {HTMLElement} container emptied first; hidden is lifted
 * @param {unknown} error
 */
export function showRefusal(container, error) {
  const refused = error instanceof Refused ? error : null;
  const what = refused?.what ?? (error instanceof Error ? error.message : String(error));
  const facts = el("dl");
  if (refused?.why) facts.append(el("dt", {}, _("原因")), el("dd", {}, refused.why));
  if (refused?.next) facts.append(el("dt", {}, _("现在")), el("dd", {}, refused.next));
  const phone = refused?.phone ? ` ${_("电话 %(number)s", { number: refused.phone })}` : "";
  const box = el(
    "div",
    { class: "alert refusal", "data-s": "refused", role: "alert" },
    icon("x-c"),
    el(
      "div",
      {},
      el(levelBelow(container), {}, what),
      facts,
      refused && el("p", { class: "code" }, refused.code, phone),
    ),
  );
  container.replaceChildren(box);
  container.hidden = false;
}

/**
 * The heading that may follow in outline: straight under a page's title, or under a part's.
 * @param {HTMLElement} container
 */
function levelBelow(container) {
  const before = [...document.querySelectorAll("h1, h2")].filter(
    (one) => one.compareDocumentPosition(container) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return before.at(-1)?.tagName === "H1" ? "h2" : "h3";
}

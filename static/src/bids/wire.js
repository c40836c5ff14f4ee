// How bidding reaches the servers: one place for both addresses, for cookies or none, for the clock.
// No DOM: a page, its Worker and Node use the same calls.

/** A rule said no; the words are the catalogue's. */
export class Refusal extends Error {
  /**
   * @param {Partial<{code: string, what: string, why: string, next: string, phone: string}>} told
   * @param {number} status
   */
  constructor(told, status) {
    super(told.what || told.code || String(status));
    this.name = "Refusal";
    this.code = told.code ?? "";
    this.what = told.what ?? this.message;
    this.why = told.why ?? "";
    this.next = told.next ?? "";
    this.phone = told.phone ?? "";
    this.status = status;
  }
}

/** No answer came; every act may be asked again with the same content. */
export class Unreachable extends Error {
  constructor() {
    super("no answer");
    this.name = "Unreachable";
  }
}

/**
 * @typedef {object} Wire
 * @property {string} baseUrl origin of the web process, without a slash at the end
 * @property {string} uploadUrl origin of the upload process
 * @property {typeof fetch} fetch for calls without cookies
 * @property {(path: string, init: RequestInit) => Promise<Response>} account for calls by account:
 *   adds cookies and the CSRF token
 * @property {() => number} seconds the server's wall clock in Unix seconds
 * @property {() => Promise<void>} setClock asks the server for its wall clock
 */

/**
 * @param {{baseUrl: string, uploadUrl: string, fetch?: typeof fetch,
 *   account?: (path: string, init: RequestInit) => Promise<Response>}} options
 * @returns {Wire}
 */
export function makeWire({ baseUrl, uploadUrl, fetch: given, account }) {
  const reach = given ?? ((input, init) => fetch(input, init));
  let ahead = 0;
  return {
    baseUrl,
    uploadUrl,
    fetch: reach,
    account: account ?? (() => Promise.reject(new Error("this wire has no account"))),
    seconds: () => Math.round((Date.now() + ahead) / 1000),
    async setClock() {
      const { wall } = await answered(reach(`${baseUrl}/clock`, withoutCookies({})));
      ahead = Date.parse(wall) - Date.now();
    },
  };
}

/** @param {RequestInit} init @returns {RequestInit} */
export function withoutCookies(init) {
  return { credentials: "omit", referrerPolicy: "no-referrer", ...init };
}

/**
 * The response of a call; throws Refusal or Unreachable.
 * @param {Promise<Response>} call
 * @returns {Promise<Response>}
 */
export async function settled(call) {
  let response;
  try {
    response = await call;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/**
 * The JSON of a call; throws Refusal or Unreachable.
 * @param {Promise<Response>} call
 * @returns {Promise<any>}
 */
export async function answered(call) {
  return (await settled(call)).json();
}

/** @param {Response} response */
async function refusalOf(response) {
  try {
    return new Refusal(await response.json(), response.status);
  } catch {
    return new Refusal({}, response.status);
  }
}

/**
 * JSON by account.
 * @param {Wire} wire @param {string} path @param {unknown} [json] posts when given
 * @returns {Promise<any>}
 */
export function byAccount(wire, path, json) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  const init =
    json === undefined
      ? { headers: { Accept: headers.Accept } }
      : { method: "POST", headers, body: JSON.stringify(json) };
  return answered(wire.account(path, init));
}

/**
 * @typedef {object} Terms
 * @property {string} lot_id
 * @property {string} tender
 * @property {string} number
 * @property {string} name
 * @property {string} project_name
 * @property {string} stage
 * @property {boolean} accepts_bids
 * @property {string} deadline
 * @property {string} now
 * @property {number} deposit_fen
 * @property {number | null} ceiling_fen
 * @property {number} threshold
 * @property {{index: number, role: string, name: string, public_key: string}[]} trustees
 * @property {{threshold: number, members: {index: number, role: string, name: string}[]} | null}
 *   rescue who may stand in for a bidder that consents and loses key and code
 * @property {import("../sealing/header.js").Policy} policy
 * @property {string} policy_digest
 * @property {"bidder" | "committee_only"} holder_lock
 * @property {number} decryption_minutes
 * @property {string[]} accepted_policies
 * @property {{code: string, name: string}[]} banks
 * @property {import("./guarantee.js").Issuer[]} issuers
 * @property {{beneficiary: import("./guarantee.js").Named, lot: string, project: string,
 *   amount_fen: number, valid_from: string, valid_until: string}} guarantee what one must say; only where a deposit is due
 */

/**
 * What sealing for a lot needs; public, asked without cookies.
 * @param {Wire} wire @param {string} lotId
 * @returns {Promise<Terms>}
 */
export function readTerms(wire, lotId) {
  const headers = { Accept: "application/json" };
  return answered(
    wire.fetch(`${wire.baseUrl}/lots/${lotId}/bid/terms`, withoutCookies({ headers })),
  );
}

/** @param {number} milliseconds @param {AbortSignal} [signal] */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

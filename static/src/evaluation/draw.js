// A party's part in the draw of the committee: commit to a random number, reveal it once all have
// committed. The number stays in the party's own store until then. No DOM.
import { fromHex, hex, random, sha256 } from "../sealing/bytes.js";

/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/** @typedef {{getItem: (name: string) => string | null, setItem: (name: string, value: string) => void, removeItem: (name: string) => void}} Store */
/**
 * @typedef {object} DrawState
 * @property {"committing" | "revealing" | "drawn" | "failed"} stage
 * @property {string | null} role the asking party
 * @property {string} lot
 * @property {string} name of the draw: "experts", "experts/2" …
 * @property {{party: string, commitment: string | null, nonce: string | null}[]} parties
 */

const NONCE_BYTES = 32;

/** @param {string} room @param {DrawState} state */
const nameOf = (room, state) => `sunbid.draw.${room}.${state.name}.${state.role}`;

/** @param {Account} account @param {string} room @returns {Promise<DrawState & Record<string, any>>} */
export const drawState = (account, room) => account.get(`/evaluations/${room}/draw/state`);

/**
 * The hash that binds a party to its number in this draw and no other.
 * @param {{lot: string, name: string, party: string, nonce: string}} of nonce: hex of 32 bytes
 * @returns {Promise<string>} hex
 */
export async function commitmentOf({ lot, name, party, nonce }) {
  const told = ["sunbid draw nonce/1", lot, name, party, ""].join("\0");
  return hex(await sha256(told, fromHex(nonce, NONCE_BYTES)));
}

/**
 * Makes the nonce, keeps it, and hands in its hash; a nonce kept before is used again.
 * @param {Account} account @param {string} room @param {Store} store @param {DrawState} state
 */
export async function commit(account, room, store, state) {
  const kept = nameOf(room, state);
  const nonce = store.getItem(kept) ?? hex(random(NONCE_BYTES));
  store.setItem(kept, nonce);
  const { lot, name, role } = state;
  const commitment = await commitmentOf({ lot, name, party: role ?? "", nonce });
  return account.post(`/evaluations/${room}/draw/commitments`, { commitment });
}

/**
 * Reveals the kept nonce.
 * @param {Account} account @param {string} room @param {Store} store @param {DrawState} state
 * @returns {Promise<any>} null when this store does not hold it: another browser committed
 */
export async function reveal(account, room, store, state) {
  const nonce = store.getItem(nameOf(room, state));
  if (!nonce) return null;
  return account.post(`/evaluations/${room}/draw/nonces`, { nonce });
}

/**
 * Does what the draw asks of this party now.
 * @param {Account} account @param {string} room @param {Store} store
 * @returns {Promise<"committed" | "revealed" | "lost" | null>} null when nothing is asked
 */
export async function step(account, room, store) {
  const state = await drawState(account, room);
  const mine = state.parties.find(({ party }) => party === state.role);
  if (!mine) return null;
  if (state.stage === "committing" && !mine.commitment) {
    await commit(account, room, store, state);
    return "committed";
  }
  if (state.stage === "revealing" && !mine.nonce) {
    return (await reveal(account, room, store, state)) ? "revealed" : "lost";
  }
  return null;
}

/**
 * The seed that the revealed numbers make, reckoned here; null while one is missing.
 * @param {DrawState & {pool: {digest: string}}} state
 * @returns {Promise<string | null>} hex
 */
export async function seedOf({ lot, name, pool, parties }) {
  const nonces = parties.map(({ nonce }) => nonce);
  if (nonces.length === 0 || nonces.some((nonce) => nonce === null)) return null;
  const head = ["sunbid experts draw/1", lot, name, ""].join("\0");
  const told = nonces.map((nonce) => fromHex(nonce ?? "", NONCE_BYTES));
  return hex(await sha256(head, fromHex(pool.digest, NONCE_BYTES), ...told));
}

/**
 * Which parties' revealed numbers fit what they committed to; null before the reveal.
 * @param {DrawState} state
 * @returns {Promise<Record<string, boolean | null>>}
 */
export async function fits({ lot, name, parties }) {
  /** @type {Record<string, boolean | null>} */
  const found = {};
  for (const { party, commitment, nonce } of parties) {
    found[party] = nonce ? (await commitmentOf({ lot, name, party, nonce })) === commitment : null;
  }
  return found;
}

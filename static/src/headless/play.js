// Plays a past lot of the demonstration: `node play.js bids|opening|on --lot=… --url=…`; `on` takes
// it from the opening to the stage of --until. Each player has a session of its own and uses the
// public interface only.
import { parseArgs } from "node:util";
import * as hall from "../openings/bidder.js";
import { arrive, bid, enter, payDeposit } from "./bidder.js";
import { takePart } from "./draw.js";
import * as experts from "./experts.js";
import { nextAct, perform } from "./host.js";
import * as results from "./results.js";
import { pause, readPublic, signIn, until } from "./session.js";
import { decideClose } from "./supervisor.js";
import { release } from "./trustee.js";

const BIDDERS = ["bidder-1", "bidder-2", "bidder-3"];
const TRUSTEES = ["centre", "supervisor", "trustee"];
const EXPERTS = Array.from({ length: 14 }, (_, i) => `expert-${i + 1}`);
/** Shares of the ceiling, so that prices differ as they do. */
const OFFERS = [
  { share: 0.9093, duration_days: 150, quality: "合格", manager: "梁砚舟" },
  { share: 0.9329, duration_days: 145, quality: "合格", manager: "陆知行" },
  { share: 0.92585, duration_days: 140, quality: "合格", manager: "许听澜" },
];
const SECONDS = 150;
/** @type {Record<string, object>} what the host may do once every bidder has answered */
const EARLY = {
  bidder_decryption: { act: "close_window" },
  record_confirmation: { act: "close_confirmation" },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string" },
    "upload-url": { type: "string" },
    "bank-url": { type: "string" },
    lot: { type: "string" },
    until: { type: "string", default: "archived" },
  },
});
const places = {
  url: needed(values.url),
  uploadUrl: needed(values["upload-url"]),
  bankUrl: needed(values["bank-url"]),
};
const lotId = needed(values.lot);

async function playBids() {
  await until(canClaim, { what: "the bank's sub-accounts" });
  await Promise.all(
    BIDDERS.map(async (login, i) => {
      const self = await arrive(places, login);
      const bidder = await enter(self, lotId);
      await payDeposit(self, bidder);
      const { share, ...offer } = OFFERS[i];
      const { ceiling_fen: ceiling } = await readPublic(`${places.url}/lots/${lotId}/bid/terms`);
      const price = Math.round((ceiling * share) / 1000) * 1000;
      await bid(self, bidder, { price_fen: price, ...offer });
      await hall.signIn({ wire: self.wire, bidder });
    }),
  );
}

const hallState = () => readPublic(`${places.url}/lots/${lotId}/hall/state`);

async function playOpening() {
  const host = await signIn(places.url, "agency");
  const trustees = await Promise.all(TRUSTEES.map((login) => signIn(places.url, login)));
  const bidders = await Promise.all(
    BIDDERS.map(async (login) => {
      const self = await arrive(places, login);
      const bidder = await enter(self, lotId);
      return { seat: { wire: self.wire, bidder }, done: new Set() };
    }),
  );
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const { stage } = await hallState();
    if (stage === "closed") return;
    if (stage === "deadline_lock") await decideClose(trustees[1], lotId, hallState);
    await Promise.all(trustees.map((account) => release(account, lotId)));
    await Promise.all(bidders.map((each) => actAsBidder(each, stage)));
    const all = bidders.every(({ done }) => done.has(stage));
    const act = all ? EARLY[stage] : await nextAct(host, lotId, stage);
    if (act) await perform(host, lotId, act);
    await pause(300);
  }
  throw new Error("the past opening did not close");
}

/** @param {{seat: import("../openings/bidder.js").Seat, done: Set<string>}} each @param {string} stage */
async function actAsBidder({ seat, done }, stage) {
  if (done.has(stage)) return;
  if (stage === "bidder_decryption") await hall.unlock(seat);
  else if (stage === "record_confirmation") await hall.answer(seat, "agreed", "");
  else return;
  done.add(stage);
}

async function playOn() {
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const life = await readPublic(`${places.url}/demo/lots/${lotId}/life`);
    if (life.stage === values.until) return;
    if (life.ask === "draw") await Promise.all(life.whose.map(drawAs));
    else if (life.ask === "evaluate") await evaluate(life.room);
    else for (const login of whoActs(life)) await results.act(await account(login), lotId, life);
    await pause(150);

    /** @param {string} login */
    async function drawAs(login) {
      await takePart(await account(login), life.room.id);
    }
  }
  throw new Error(`the past lot did not become ${values.until}`);
}

/** Both approvers are needed for money; else the first of those who may. @param {results.Life} life */
const whoActs = ({ ask, whose }) => (ask === "approval" ? whose : whose.slice(0, ask ? 1 : 0));

/** @type {Map<string, Promise<import("./session.js").Session>>} */
const accounts = new Map();

/** @param {string} login */
function account(login) {
  const known = accounts.get(login) ?? signIn(places.url, login);
  accounts.set(login, known);
  return known;
}

/** @type {Map<string, experts.Expert>} those of the pool who were drawn */
const members = new Map();

/** Everyone who was drawn does what there is to do. @param {{id: string, stage: string}} room */
async function evaluate({ id, stage }) {
  if (stage === "inviting" || members.size === 0)
    await Promise.all(EXPERTS.map((login) => admit(login, id)));
  await Promise.all([...members.values()].map((expert) => actAll(expert, id)));
}

/** @param {string} login @param {string} room */
async function admit(login, room) {
  if (members.has(login)) return;
  const { invitations, rooms } = await (await account(login)).get("/evaluations");
  if (![...invitations, ...rooms].some((/** @type {any} */ one) => one.room_id === room)) return;
  members.set(login, await experts.enter(places.url, login));
}

/** @param {experts.Expert} expert @param {string} room */
async function actAll(expert, room) {
  while (await experts.act(expert, room));
}

async function canClaim() {
  const terms = await readPublic(`${places.url}/lots/${lotId}/bid/terms`);
  return terms.banks.length > 0;
}

/** @param {string | undefined} value @returns {string} */
function needed(value) {
  if (!value) throw new Error("usage: play.js bids|opening --url --upload-url --bank-url --lot");
  return value;
}

const acts = { bids: playBids, opening: playOpening, on: playOn };
await acts[/** @type {keyof typeof acts} */ (needed(positionals[0]))]();

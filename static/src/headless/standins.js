// The demonstration's stand-ins: whoever no person has logged in as acts by himself, in the last
// quarter of each window, through the public interface. `node standins.js CAST --lot=… --url=…`
// with CAST one of bidders, trustees, host, committee, results: a process each. After the opening
// nothing has a window; there each act waits a while, so that people can follow or take the seat.
import { parseArgs } from "node:util";
import * as seats from "../openings/bidder.js";
import * as bidding from "./bidder.js";
import { takePart } from "./draw.js";
import * as experts from "./experts.js";
import { nextAct, perform } from "./host.js";
import * as results from "./results.js";
import { pause, readPublic, signIn } from "./session.js";
import { standIn } from "./panel.js";
import { decideClose } from "./supervisor.js";
import { release } from "./trustee.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./results.js").Life} Life */
/** @typedef {{now: number, stage: string, since: number, until: number | null}} Moment */

const TURN = 1000;
const REST = 30_000;
const LAST_WINDOW = 10 * 60_000;
const CALM = 4000;
/** How long people are left alone with what is asked, after the opening. */
const COURTESY = 12_000;
const BREATH = 6000;
/** A stand-in expert takes about this long over a sheet. */
const SHEET = 7000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string", default: "" },
    "upload-url": { type: "string", default: "" },
    "bank-url": { type: "string", default: "" },
    lot: { type: "string", default: "" },
  },
});
const places = {
  url: values.url,
  uploadUrl: values["upload-url"],
  bankUrl: values["bank-url"],
};
const lotId = values.lot;
/** @type {Record<string, () => Promise<void>>} */
const casts = {
  bidders: () => live(bidders),
  trustees: () => live(trustees),
  host: () => live(host),
  committee: () => liveOn(committee),
  results: () => liveOn(parties),
};

const cast = positionals[0] ?? "";

/** @param {(moment: Moment) => Promise<void>} act */
async function live(act) {
  let since = { stage: "", at: 0 };
  for (;;) {
    try {
      const hall = await readPublic(`${places.url}/lots/${lotId}/hall/state`);
      if (["closed", "failed_too_few", "cancelled"].includes(hall.stage)) {
        await pause(REST);
        continue;
      }
      const now = Date.parse(hall.now);
      if (since.stage !== hall.stage) since = { stage: hall.stage, at: now };
      const ends = hall.until ? Date.parse(hall.until) : null;
      if (!hall.paused) await act({ now, stage: hall.stage, since: since.at, until: ends });
      else if (cast === "host" && hall.paused_by === "system") await goOn();
    } catch (error) {
      // Another try comes with the next turn; only the kind is told, never what was sent.
      console.error(`${cast}: ${error instanceof Error ? error.message : "fault"}`);
    }
    await pause(TURN);
  }
}

/**
 * Logins for whose organisation no person is at work, in the order of the cast.
 * @param {string} prefix
 */
async function unattended(prefix) {
  const { logins } = await readPublic(`${places.url}/demo/logins`);
  const staffed = new Set();
  for (const one of logins) if (one.by_person_at) staffed.add(`${one.role} ${one.credit_code}`);
  const free = logins.filter(
    (/** @type {any} */ one) =>
      one.login.startsWith(prefix) && !staffed.has(`${one.role} ${one.credit_code}`),
  );
  return /** @type {string[]} */ (free.map((/** @type {any} */ one) => one.login));
}

/** Whether the last quarter of a window has begun. @param {Moment} m @param {number} [length] */
function late(m, length) {
  if (m.until === null) return m.now - m.since > CALM;
  const whole = length ?? m.until - m.since;
  return m.until - m.now <= Math.max(whole / 4, 5000);
}

/** @type {Map<string, {self: any, bidder: any, done: Set<string>}>} */
const players = new Map();

/** @param {Moment} moment */
async function bidders(moment) {
  const wanted = ["sign_in", "bidder_decryption", "record_confirmation"];
  if (!wanted.includes(moment.stage)) return;
  if (!late(moment, moment.stage === "sign_in" ? LAST_WINDOW : undefined)) return;
  for (const login of await unattended("bidder-")) {
    const player = players.get(login) ?? (await join(login));
    if (!player.done.has(moment.stage)) {
      await actAsBidder(login, player, moment.stage);
      player.done.add(moment.stage);
    }
  }
}

/** @param {string} login */
async function join(login) {
  const self = await bidding.arrive(places, login);
  const player = { self, bidder: await bidding.enter(self, lotId), done: new Set() };
  players.set(login, player);
  return player;
}

/** @param {string} login @param {{self: any, bidder: any}} player @param {string} stage */
async function actAsBidder(login, { self, bidder }, stage) {
  if (stage === "sign_in") {
    await bidding.payDeposit(self, bidder);
    await bidding.bid(self, bidder, await offer(login));
    await seats.signIn({ wire: self.wire, bidder });
  } else if (stage === "bidder_decryption") await seats.unlock({ wire: self.wire, bidder });
  else await seats.answer({ wire: self.wire, bidder }, "agreed", "");
}

/** A price somewhat below the ceiling, drawn afresh. @param {string} login */
async function offer(login) {
  const { ceiling_fen: ceiling } = await readPublic(`${places.url}/lots/${lotId}/bid/terms`);
  const share = 86 + Math.floor(Math.random() * 1200) / 100;
  const names = { "bidder-1": "梁砚舟", "bidder-2": "陆知行", "bidder-3": "许听澜" };
  return {
    price_fen: Math.round((ceiling * share) / 10_000) * 100,
    duration_days: 160 + Math.floor(Math.random() * 40),
    quality: "合格",
    manager: /** @type {Record<string, string>} */ (names)[login] ?? "岑怀瑾",
  };
}

/** @type {Map<string, Session>} */
const accounts = new Map();

/** @param {string} login */
async function accountOf(login) {
  const known = accounts.get(login) ?? (await signIn(places.url, login));
  accounts.set(login, known);
  return known;
}

/** @param {Moment} moment */
async function trustees(moment) {
  if (moment.now - moment.since < CALM) return;
  if (moment.stage === "bidder_decryption") return panel();
  const seats = ["agency", "tenderee", "centre", "supervisor", "trustee"];
  const free = new Set(await unattended(""));
  const present = seats.filter((seat) => free.has(seat));
  if (free.has("supervisor")) await decideClose(await accountOf("supervisor"), lotId, hallState);
  const done = await Promise.allSettled(
    present.map(async (login) => release(await accountOf(login), lotId)),
  );
  // One who cannot release holds up nobody; the first fault is told with the others done.
  const failed = done.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
}

const hallState = () => readPublic(`${places.url}/lots/${lotId}/hall/state`);

/** The rescue panel: whoever is asked and has nobody at the keyboard gives a share. */
async function panel() {
  for (const login of await unattended("rescuer-")) {
    await standIn(await accountOf(login), { lotId });
  }
}

/** @param {Moment} moment */
async function host(moment) {
  if (!late(moment) && moment.stage !== "opening") return;
  if (!(await unattended("agency")).includes("agency")) return;
  const account = await accountOf("agency");
  const act = await nextAct(account, lotId, moment.stage);
  if (act) await perform(account, lotId, act);
}

/** After an outage of the installation nobody else would let the hall go on. */
async function goOn() {
  if (!(await unattended("agency")).includes("agency")) return;
  await (await accountOf("agency")).post(`/lots/${lotId}/hall/resume`, {});
}

/** The life after the opening: `act` by what the lot asks, `waited` ms since it began to ask it. */
/** @param {(life: Life, waited: number) => Promise<void>} act */
async function liveOn(act) {
  let asked = { what: "", at: 0 };
  for (;;) {
    try {
      const life = await readPublic(`${places.url}/demo/lots/${lotId}/life`);
      const what = `${life.stage} ${life.ask} ${life.room?.stage ?? ""}`;
      if (asked.what !== what) asked = { what, at: performance.now() };
      if (life.ask && !life.room?.paused) await act(life, performance.now() - asked.at);
      await pause(life.ask ? TURN : 3 * TURN);
    } catch (error) {
      console.error(`${cast}: ${error instanceof Error ? error.message : "fault"}`);
      await pause(3 * TURN);
    }
  }
}

/** @param {Life} life @param {number} waited */
async function parties(life, waited) {
  if (waited < COURTESY || ["draw", "evaluate"].includes(life.ask)) return;
  const free = new Set(await unattended(""));
  // The first of them does what either may; both approvers are needed for money.
  const mine = life.whose.filter((login) => free.has(login));
  const due = life.ask === "approval" ? mine : mine.slice(0, 1);
  for (const login of due) {
    await results.act(await accountOf(login), lotId, life);
    await pause(BREATH);
  }
}

/** @param {Life} life @param {number} waited */
async function committee(life, waited) {
  if (!life.room || waited < COURTESY) return;
  if (life.ask === "draw") await draw(life.room.id, life.whose);
  else if (life.ask === "evaluate") await evaluate(life.room.id);
}

/** @param {string} room @param {string[]} logins */
async function draw(room, logins) {
  const free = new Set(await unattended(""));
  for (const login of logins.filter((each) => free.has(each))) {
    if (await takePart(await accountOf(login), room)) await pause(BREATH / 2);
  }
}

/** @type {Map<string, {expert: experts.Expert, next: number}>} when each may act again */
const pool = new Map();

/** @param {string} room */
async function evaluate(room) {
  const done = await Promise.allSettled(
    (await unattended("expert-")).map((login) => turn(login, room)),
  );
  const failed = done.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
}

/** One expert's turn, if he is of the room and not busy. @param {string} login @param {string} room */
async function turn(login, room) {
  const known = pool.get(login) ?? { expert: await experts.enter(places.url, login), next: 0 };
  pool.set(login, known);
  if (performance.now() < known.next) return;
  const { invitations, rooms } = await known.expert.account.get("/evaluations");
  const here = [...invitations, ...rooms].some((/** @type {any} */ one) => one.room_id === room);
  const act = here ? await experts.act(known.expert, room) : null;
  const rest = act === "submitted" ? SHEET : BREATH / 2;
  known.next = performance.now() + rest * (0.6 + 0.8 * Math.random());
}

if (!(cast in casts))
  throw new Error("usage: standins.js bidders|trustees|host|committee|results --lot --url …");
await casts[cast]();

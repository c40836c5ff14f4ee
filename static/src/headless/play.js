// Plays the past opening of the demonstration: `node play.js bids|opening --lot=… --url=…`.
// Each player has a session of its own and uses the public interface only.
import { parseArgs } from "node:util";
import * as hall from "../openings/bidder.js";
import { arrive, bid, enter, payDeposit } from "./bidder.js";
import { nextAct, perform } from "./host.js";
import { pause, readPublic, signIn, until } from "./session.js";
import { release } from "./trustee.js";

const BIDDERS = ["bidder-1", "bidder-2", "bidder-3"];
const TRUSTEES = ["centre", "supervisor", "trustee"];
const OFFERS = [
  { price_fen: 186_400_000, duration_days: 150, quality: "合格", manager: "梁砚舟" },
  { price_fen: 191_250_000, duration_days: 145, quality: "合格", manager: "陆知行" },
  { price_fen: 189_800_050, duration_days: 140, quality: "合格", manager: "许听澜" },
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
  },
});
const places = {
  url: needed(values.url),
  uploadUrl: needed(values["upload-url"]),
  bankUrl: needed(values["bank-url"]),
};
const lotId = needed(values.lot);

await (positionals[0] === "bids" ? playBids() : playOpening());

async function playBids() {
  await until(canClaim, { what: "the bank's sub-accounts" });
  await Promise.all(
    BIDDERS.map(async (login, i) => {
      const self = await arrive(places, login);
      const bidder = await enter(self, lotId);
      await payDeposit(self, bidder);
      await bid(self, bidder, OFFERS[i]);
      await hall.signIn({ wire: self.wire, bidder });
    }),
  );
}

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
    const { stage } = await readPublic(`${places.url}/lots/${lotId}/hall/state`);
    if (stage === "closed") return;
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

async function canClaim() {
  const terms = await readPublic(`${places.url}/lots/${lotId}/bid/terms`);
  return terms.banks.length > 0;
}

/** @param {string | undefined} value @returns {string} */
function needed(value) {
  if (!value) throw new Error("usage: play.js bids|opening --url --upload-url --bank-url --lot");
  return value;
}

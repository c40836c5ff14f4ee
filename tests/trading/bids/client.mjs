// The bidders' modules against running servers: what pages and stand-ins use, with a bad network.
import assert from "node:assert/strict";
import {
  arrive,
  bid,
  claim,
  enter,
  obtainGuarantee,
  payDeposit,
} from "../../../static/src/headless/bidder.js";
import { applyForGuarantee, guaranteeStanding } from "../../../static/src/bids/guarantee.js";
import { keepRefusals } from "../../../static/src/bids/refusals.js";
import { fetchBack } from "../../../static/src/bids/rehearsal.js";
import { keepReceipt, ownBids, withdrawBid } from "../../../static/src/bids/submit.js";
import { bidderFetch, bidderOf, enterLot } from "../../../static/src/bids/ticket.js";
import { entrants, grant, printCode, renew } from "../../../static/src/bids/vault-keys.js";
import { openVault } from "../../../static/src/bids/vault-session.js";
import { Refusal, makeWire, readTerms } from "../../../static/src/bids/wire.js";
import { uploadPart } from "../../../static/src/bids/upload.js";
import { rehearse } from "../../../static/src/headless/rehearsal.js";
import { signIn } from "../../../static/src/headless/session.js";
import { fromHex } from "../../../static/src/sealing/bytes.js";
import { SealingError } from "../../../static/src/sealing/errors.js";
import { parse } from "../../../static/src/sealing/recovery.js";
import { holderSecret } from "../../../static/src/sealing/unseal.js";
import { verifyReceipt } from "../../../static/src/sealing/receipts.js";

const [url, uploadUrl, bankUrl, lotId, logKeys] = process.argv.slice(2);
const places = { url, uploadUrl, bankUrl };
const offer = { price_fen: 432_100_000, duration_days: 120, quality: "合格", manager: "梁砚舟" };
const log = JSON.parse(logKeys);

/** @param {string} name @param {() => Promise<void>} run */
async function step(name, run) {
  await run();
  console.log(`ok ${name}`);
}

/** @param {Promise<unknown>} act @param {string} code */
async function refused(act, code) {
  await assert.rejects(act, (error) => error instanceof Refusal && error.code === code);
}

/** @param {any} self @param {any} seat */
async function claimFor(self, seat) {
  const { banks } = await readTerms(self.wire, lotId);
  return claim(self, seat, banks[0].code);
}

const self = await arrive(places, "bidder-1");
const printed = self.vault.recoveryCode ?? "";
const bidder = await enter(self, lotId);

await step("a deposit is paid and seen by its owner", () => payDeposit(self, bidder));

await step("a bid is handed in and its receipt verifies", async () => {
  const kept = await bid(self, bidder, offer);
  const { leaf, cosigned, stamped } = await verifyReceipt(kept.receipt, log);
  assert.equal(kept.sequence, 1);
  assert.equal(cosigned.length, 1);
  assert.ok(stamped !== null);
  assert.deepEqual(Object.keys(leaf.body).sort(), ["at", "commitment"]);
});

await step("a replacement supersedes", async () => {
  const kept = await bid(self, bidder, { ...offer, price_fen: 432_000_000 });
  assert.equal(kept.sequence, 2);
  const states = (await ownBids(self.wire, bidder)).map(({ state }) => state);
  assert.deepEqual(states, ["superseded", "live"]);
});

await step(
  "another machine opens the vault by the recovery code and is the same bidder",
  async () => {
    const again = await openVault(self.wire, { recovery: await parse(printed) });
    const known = again.lot(lotId);
    assert.equal(known?.receipts.length, 2);
    assert.equal((await again.pseudonym(lotId))?.id, bidder.pseudonym.id);
    assert.ok(known?.subAccount?.token);
  },
);

await step("an upload survives a network that loses requests and answers", async () => {
  let calls = 0;
  /** @type {typeof fetch} */
  const bad = async (input, init) => {
    calls++;
    if (calls % 3 === 0) throw new TypeError("lost before it came");
    const answer = await fetch(input, init);
    if (calls % 5 === 0) throw new TypeError("the answer was lost");
    return answer;
  };
  const wire = makeWire({ baseUrl: url, uploadUrl, fetch: bad });
  const sealed = 1024 * 1024 + 16;
  async function* chunks() {
    for (let i = 0; i < 40; i++) yield new Uint8Array(sealed).fill(i);
  }
  const seen = { lost: 0, resumed: 0 };
  const part = { part: "technical", size: 40 * sealed, chunks: chunks() };
  const id = await uploadPart(wire, bidder, part, {
    onLost: ({ attempt }) => (seen.lost += attempt > 0 ? 1 : 0),
    onUploaded: ({ resumed }) => (seen.resumed += resumed ? 1 : 0),
  });
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.ok(seen.lost > 0 && seen.resumed > 0, JSON.stringify(seen));
});

await step("a clock that is wrong is set once and the call repeated", async () => {
  const wire = { ...self.wire, ahead: 4000, seconds: () => self.wire.seconds() + wire.ahead };
  wire.setClock = async () => {
    wire.ahead = 0;
  };
  assert.equal((await ownBids(wire, bidder)).length, 2);
});

await step("a rehearsal opens what it sealed and leaves nothing", async () => {
  const { bytes, parts, uploads, bidder: rehearser } = await rehearse(self);
  assert.deepEqual([parts, bytes], [4, (6 << 20) + (700 << 10)]);
  const gone = { header: "", signature: "", uploads, commitment: "" };
  await refused(fetchBack(self.wire, rehearser, /** @type {any} */ (gone)), "BID-1202");
  assert.deepEqual(await ownBids(self.wire, rehearser), []);
});

await step("what is not sealed is refused, and the refusal can be proven", async () => {
  const path = `/lots/${lotId}/bids`;
  const clear = { price_fen: 1, technical: "clear text" };
  await refused(bidderFetch(self.wire, bidder, "POST", path, clear), "BID-1407");
  const kept = await keepRefusals(self.wire, self.vault, bidder);
  const clearly = kept.find(({ code }) => code === "BID-1407");
  const { leaf } = await verifyReceipt(/** @type {any} */ (clearly).receipt, log);
  assert.equal(leaf.body.code, "BID-1407");
  assert.equal(clearly?.act, "submit");
  assert.ok(clearly?.what && clearly.next);
  const again = await keepRefusals(self.wire, self.vault, bidder);
  assert.equal(again.length, kept.length);
});

await step("a ticket opens its own lot only, and only with its key", async () => {
  const elsewhere = lotId.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  const other = bidderFetch(self.wire, bidder, "GET", `/lots/${elsewhere}/bids`);
  await assert.rejects(other, (error) => error instanceof Refusal && error.status >= 400);
  const rival = await arrive(places, "bidder-2");
  const theirs = await enter(rival, lotId);
  const stolen = { ...theirs, ticket: bidder.ticket };
  await refused(ownBids(rival.wire, stolen), "BID-1303");
  assert.deepEqual(await ownBids(rival.wire, theirs), []);
});

await step("a colleague's certificate opens the vault once it was let in", async () => {
  await refused(arrive(places, "colleague-1"), "BID-1105");
  const colleague = await signIn(url, "colleague-1");
  const { certificates, person } = await colleague.get("/account/session");
  const own = certificates.find((/** @type {any} */ one) => one.mine);
  await grant(self.vault, { publicKey: fromHex(own.public_key), name: person.name });
  const second = await arrive(places, "colleague-1");
  const same = await enter(second, lotId);
  assert.equal(same.pseudonym.id, bidder.pseudonym.id);
  const third = await bid(second, same, { ...offer, price_fen: 431_000_000 });
  assert.equal(third.sequence, 3);
  await self.vault.refresh();
  assert.equal(self.vault.lot(lotId)?.receipts.length, 3);
  const inside = await entrants(second.vault);
  const names = inside.map(({ kind, note, mine }) => [kind, note?.by, note?.name, mine]).sort();
  const [me, him] = [self.vault.who, person.name];
  const told = [
    ["certificate", me, him, true],
    ["certificate", me, me, false],
    ["recovery", me, "", false],
  ];
  assert.deepEqual(names, told.sort());
});

await step(
  "whoever is left out of the new key reads nothing that is added afterwards",
  async () => {
    const second = await arrive(places, "colleague-1");
    const code = await printCode(self.vault);
    const stale = Object.assign(Object.create(self.vault), { refresh: async () => stale });
    await renew(second.vault, new Set());
    await refused(renew(stale, new Set()), "BID-1106");
    await self.vault.refresh();
    const leaving = (await entrants(self.vault)).find(
      ({ note }) => note?.name === second.vault.who,
    );
    await renew(self.vault, new Set([leaving?.key ?? ""]));
    await self.vault.append({ type: "note", lot: "none" });
    await refused(second.vault.append({ type: "note", lot: "none" }), "BID-1105");
    await refused(arrive(places, "colleague-1"), "BID-1105");
    for (const each of [code.printed, printed]) {
      const again = await openVault(self.wire, { recovery: await parse(each) });
      assert.equal(again.generation, 3);
      assert.equal(again.records.length, self.vault.records.length);
      assert.equal((await again.pseudonym(lotId))?.id, bidder.pseudonym.id);
    }
    const unknown = openVault(self.wire, { recovery: new Uint8Array(32) });
    await assert.rejects(unknown, (error) => error instanceof SealingError);
  },
);

await step("two machines at once found one vault, take one seed and lose no receipt", async () => {
  const both = await Promise.all([arrive(places, "bidder-3"), arrive(places, "bidder-3")]);
  assert.equal(both.filter(({ vault }) => vault.recoveryCode).length, 1);
  const lot = await readTerms(self.wire, lotId);
  const seats = await Promise.all(both.map((each) => enterLot(each.wire, each.vault, lot)));
  assert.equal(seats[0].pseudonym.id, seats[1].pseudonym.id);
  await both[0].vault.refresh();
  const seeds = both[0].vault.records.filter(({ value }) => value.type === "lot");
  assert.equal(seeds.length, 2, "both had asked before either had an answer");
  const accounts = await Promise.all(both.map((each, i) => claimFor(each, seats[i])));
  assert.equal(accounts[0].number, accounts[1].number);
  const tries = await Promise.allSettled(both.map((each, i) => bid(each, seats[i], offer)));
  const late = tries.findIndex(({ status }) => status === "rejected");
  assert.equal(/** @type {any} */ (tries[late]).reason.code, "BID-1408");
  const [first] = await ownBids(both[late].wire, seats[late]);
  await keepReceipt(both[late].wire, both[late].vault, seats[late], first);
  assert.equal((await bid(both[late], seats[late], offer)).sequence, 2);
  for (const { vault } of both) {
    await vault.refresh();
    const kept = vault.lot(lotId)?.receipts.map(({ sequence }) => sequence);
    assert.deepEqual(kept, [1, 2]);
  }
});

await step(
  "a guarantee is asked for in sealed words, paid, kept, and carried by a bid",
  async () => {
    const other = await arrive(places, "bidder-3");
    const seat = await enter(other, lotId);
    const terms = await readTerms(other.wire, lotId);
    const [issuer] = terms.issuers;
    const { name, credit_code } = other.organisation;
    const ask = () =>
      applyForGuarantee(other.wire, other.vault, seat, terms, issuer, { name, credit_code });
    const first = await ask();
    assert.equal(first.word, "applied");
    assert.equal((await ask()).application, first.application);
    const paper = await obtainGuarantee(other, seat);
    assert.deepEqual(paper.principal, { name, credit_code });
    assert.deepEqual({ ...terms.guarantee, ...paper }, paper);
    assert.deepEqual(other.vault.lot(lotId)?.guarantee, paper);
    assert.equal((await bid(other, seat, offer)).sequence, 3);
    const standing = await guaranteeStanding(other.wire, other.vault, seat, terms);
    assert.equal(standing?.word, "issued");
    const path = `/lots/${lotId}/guarantees`;
    const told = (/** @type {object} */ body) => bidderFetch(other.wire, seat, "POST", path, body);
    await refused(told({ issuer: "nobody", sealed: "00" }), "ESC-1701");
    await refused(told({ issuer: issuer.code, sealed: "00" }), "ESC-1704");
    await refused(told({ issuer: issuer.code, sealed: "00".repeat(4177) }), "ESC-1705");
  },
);

await step(
  "from elsewhere by the code: open its own lock, withdraw, get the deposit back",
  async () => {
    const elsewhere = await openVault(self.wire, { recovery: await parse(printed) });
    const pseudonym = await elsewhere.pseudonym(lotId);
    assert.ok(pseudonym);
    const seat = await bidderOf(self.wire, lotId, pseudonym);
    const live = (await ownBids(self.wire, seat)).at(-1);
    const secrets = [pseudonym, bidder.pseudonym].map(({ bidPair }) =>
      holderSecret(live?.header ?? "", bidPair),
    );
    assert.equal(await secrets[0], await secrets[1], "who decrypts at the opening does not matter");
    const token = elsewhere.lot(lotId)?.subAccount?.token;
    const told = await withdrawBid(self.wire, seat, live?.commitment ?? "", token);
    const { deposit_fen: due } = await readTerms(self.wire, lotId);
    assert.equal(told.returned_fen, due);
    assert.equal((await ownBids(self.wire, bidder)).at(-1)?.state, "withdrawn");
  },
);

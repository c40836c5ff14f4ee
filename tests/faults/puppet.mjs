// People without browsers for the fault tests: one JSON request a line on standard input, one
// answer a line. They use the very modules of the pages; nothing they hold touches a file.
import { createInterface } from "node:readline";
import { awaitReceipt, handIn, identityOf, sealAndUpload } from "../../static/src/bids/submit.js";
import { fetchBackup, nextPlace, ownBids, withdrawBid } from "../../static/src/bids/submit.js";
import { bidderFetch } from "../../static/src/bids/ticket.js";
import { uploadPart } from "../../static/src/bids/upload.js";
import { readTerms, settled } from "../../static/src/bids/wire.js";
import {
  arrive,
  claim,
  enter,
  obtainGuarantee,
  pay,
  payDeposit,
} from "../../static/src/headless/bidder.js";
import { nextAct, perform } from "../../static/src/headless/host.js";
import { signIn, until } from "../../static/src/headless/session.js";
import { decideClose } from "../../static/src/headless/supervisor.js";
import { release } from "../../static/src/headless/trustee.js";
import { standIn } from "../../static/src/headless/panel.js";
import * as hall from "../../static/src/openings/bidder.js";
import { askPanel, need, recover, report } from "../../static/src/openings/remedies.js";
import { desk as panelDesk } from "../../static/src/openings/rescue-desk.js";
import { initial, reduceAll } from "../../static/src/openings/state.js";
import { give, orderOf, wanted } from "../../static/src/openings/trustee-desk.js";
import { concat, hex } from "../../static/src/sealing/bytes.js";
import { canonical } from "../../static/src/sealing/jcs.js";
import { sign } from "../../static/src/sealing/p256.js";
import { newCode, parse as parseCode } from "../../static/src/sealing/recovery.js";
import { release as rescueRelease } from "../../static/src/sealing/rescue.js";
import { open as openSoftkey } from "../../static/src/sealing/softkey.js";
import { release as makeRelease } from "../../static/src/sealing/trustee.js";

/** @typedef {Record<string, any>} Request */

const [url = "", uploadUrl = "", bankUrl = ""] = process.argv.slice(2);
const places = { url, uploadUrl, bankUrl };

/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/** @param {string} name @param {() => Promise<any>} make */
function once(name, make) {
  const known = kept.get(name);
  if (known) return known;
  const made = make();
  kept.set(name, made);
  made.catch(() => kept.delete(name));
  return made;
}

/** @param {string} login */
const account = (login) => once(`account ${login}`, () => signIn(url, login));

/** @param {Request} r @returns {Promise<any>} the bidder's desk: wire, vault, keys */
const self = (r) => once(`self ${r.as}`, () => arrive(places, r.as));

/** @param {Request} r @returns {Promise<{self: any, wire: any, bidder: any}>} */
async function seat(r) {
  const own = await self(r);
  const bidder = await once(`bidder ${r.as} ${r.lot}`, () => enter(own, r.lot));
  return { self: own, wire: own.wire, bidder };
}

/** @param {Request} r */
async function seal(r) {
  const { self: own, wire, bidder } = await seat(r);
  const terms = await readTerms(wire, r.lot);
  const { name, credit_code, account: basic } = own.organisation;
  const filed = { account_name: basic?.name ?? "", account_number: basic?.number ?? "" };
  const content = {
    policy: terms.policy,
    documents: Object.entries(r.files).map(([part, text]) => ({
      name: /** @type {"technical"} */ (part),
      source: new Blob([String(text)]),
    })),
    opening: r.offer,
    identity: identityOf({ name, credit_code, ...filed }, own.chain, own.vault.lot(r.lot) ?? null),
    certificate: own.certificate,
    recovery: r.recovery ? await parseCode(r.recovery) : undefined,
    consent: r.consent ?? false,
  };
  const place = r.place ?? nextPlace(await ownBids(wire, bidder));
  return sealAndUpload(wire, bidder, content, place);
}

/** @type {import("../../static/src/sealing/trustee.js").Memory} */
const forgetful = { get: async () => null, set: async () => {} };

/** @param {Request} r */
async function trustee(r) {
  const desk = await account(r.as);
  const held = await desk.get("/demo/key");
  return { desk, keys: await openSoftkey(held.softkey, held.passphrase) };
}

/** @param {string} text base64 */
async function* bytesOf(text) {
  yield new Uint8Array(Buffer.from(text, "base64"));
}

/** @type {Record<string, (r: Request) => Promise<any>>} */
const acts = {
  seal: async (r) => {
    const { header, signature, uploads } = await seal(r);
    return { header, signature, uploads };
  },
  bid: async (r) => {
    const { self: own, wire, bidder } = await seat(r);
    return handIn(wire, own.vault, bidder, await seal(r));
  },
  receipt: async (r) => {
    const { wire, bidder } = await seat(r);
    return awaitReceipt(wire, bidder, r.envelope);
  },
  backup: async (r) => {
    const { wire, bidder } = await seat(r);
    const { envelope_id: live } = (await ownBids(wire, bidder)).at(-1) ?? { envelope_id: "" };
    const file = await fetchBackup(wire, bidder, live);
    return Buffer.from(await file.arrayBuffer()).toString("base64");
  },
  pseudonym: async (r) => (await seat(r)).bidder.pseudonym.id,
  publicKey: async (r) => hex((await seat(r)).bidder.pseudonym.publicKey),
  deposit: async (r) => {
    const { self: own, bidder } = await seat(r);
    await until(() => payable(r.lot), { what: "the bank's sub-accounts", every: 200 });
    if (r.payer === undefined) await payDeposit(own, bidder);
    const terms = await readTerms(own.wire, r.lot);
    const sub = await claim(own, bidder, terms.banks[0].code);
    if (r.payer !== undefined) await pay(bankUrl, r.payer, sub.number, terms.deposit_fen);
    return sub;
  },
  guarantee: async (r) => {
    const { self: own, bidder } = await seat(r);
    await obtainGuarantee(own, bidder);
    return own.vault.lot(r.lot)?.guaranteeAsked;
  },
  upload: async (r) => {
    const { wire, bidder } = await seat(r);
    const size = r.size ?? Buffer.from(r.bytes, "base64").length;
    return uploadPart(wire, bidder, { part: r.part, size, chunks: bytesOf(r.bytes) });
  },
  ticketed: async (r) => {
    const { wire, bidder } = await seat(r);
    return bidderFetch(wire, bidder, r.method, r.path, r.json);
  },
  signIn: async (r) => hall.signIn(await seat(r)),
  unlock: async (r) => hall.unlock(await seat(r)),
  answer: async (r) => hall.answer(await seat(r), r.answer ?? "agreed", r.text ?? ""),
  objection: async (r) => hall.objectTo(await seat(r), r.text, []),
  reduce: async (r) => reduceAll(initial, r.events),
  self: async (r) => void (await self(r)),
  withdraw: async (r) => {
    const { self: own, wire, bidder } = await seat(r);
    const bids = await ownBids(wire, bidder);
    const last = bids[bids.length - 1];
    const { token } = own.vault.lot(r.lot)?.subAccount ?? {};
    return withdrawBid(wire, bidder, last.commitment, token);
  },
  get: async (r) => (await account(r.as)).get(r.path),
  post: async (r) => (await account(r.as)).post(r.path, r.json),
  postAsNobody: async (r) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(r.json) };
    return (await settled(fetch(`${url}${r.path}`, init))).json();
  },
  release: async (r) => release(await account(r.as), r.lot),
  decide: async (r) => {
    const desk = await account(r.as);
    return decideClose(desk, r.lot, () => desk.get(`/lots/${r.lot}/hall/state`));
  },
  releaseWithoutMemory: async (r) => {
    const { desk, keys } = await trustee(r);
    return give(desk, await wanted(desk, r.lot), { keys, memory: forgetful });
  },
  // At any stage, whatever an honest client would wait for.
  releaseAt: async (r) => {
    const { desk, keys } = await trustee(r);
    const order = await wanted(desk, r.lot);
    const unlocked = order.manifest.entries.map((/** @type {any} */ one) => one.commitment);
    const asked = orderOf({ ...order, stage: r.stage, unlocked }, { keys, memory: forgetful });
    const made = await makeRelease({ ...asked, floor: 0 });
    return desk.post(`/lots/${r.lot}/releases`, made.release);
  },
  releaseWrongShare: async (r) => {
    const { desk, keys } = await trustee(r);
    /** @type {any} */
    let made;
    const caught = {
      ...desk,
      post: async (/** @type {string} */ _, /** @type {any} */ b) => (made = b),
    };
    await give(caught, await wanted(desk, r.lot), { keys, memory: forgetful });
    const body = { ...made };
    delete body.signature;
    body.shares = [{ ...body.shares[0], share: "5a".repeat(32) }, ...body.shares.slice(1)];
    const signature = await sign(keys.signing, concat("SBE/1 release", canonical(body)));
    return desk.post(`/lots/${r.lot}/releases`, { ...body, signature: hex(signature) });
  },
  newCode: async () => (await newCode()).printed,
  need: async (r) => need(await account(r.as), r.lot),
  recover: async (r) => {
    const own = await account(r.as);
    return recover(own, await need(own, r.lot), r.code);
  },
  keyLost: async (r) => report(await account(r.as), r.lot, "OPN-2101", "bid_key"),
  askPanel: async (r) => {
    const own = await account(r.as);
    const held = await own.get("/demo/key");
    const certificate = {
      keys: await openSoftkey(held.softkey, held.passphrase),
      chain: held.certificate_chain,
    };
    return askPanel(own, await need(own, r.lot), certificate);
  },
  rescue: async (r) => standIn(await account(r.as), { lotId: r.lot }),
  rescueWrongShare: async (r) => {
    const { desk, keys } = await trustee(r);
    const [asked] = (await panelDesk(desk)).requests;
    const { lot_id: lot, member, request, envelope } = asked;
    const order = { lot, member: member.index, keys, request, envelope };
    const body = { ...(await rescueRelease(order)), share: "5a".repeat(32) };
    delete (/** @type {any} */ (body).signature);
    const signature = await sign(keys.signing, concat("SBE/1 rescue release", canonical(body)));
    return desk.post(`/lots/${lot}/rescue-releases`, { ...body, signature: hex(signature) });
  },
  host: async (r) => {
    const agency = await account(r.as ?? "agency");
    const act = r.act ?? (await nextAct(agency, r.lot, r.stage));
    return act && perform(agency, r.lot, act);
  },
};

/** @param {string} lot */
async function payable(lot) {
  const answer = await fetch(`${url}/lots/${lot}/bid/terms`);
  return answer.ok && (await answer.json()).banks.length > 0;
}

/** @param {Request} r */
async function answer(r) {
  try {
    return { value: (await acts[r.do]?.(r)) ?? null };
  } catch (error) {
    const { code, status, message } = /** @type {any} */ (error);
    return { error: { code: code ?? "", status: status ?? 0, message: String(message) } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  void answer(request).then((told) => {
    process.stdout.write(`${JSON.stringify({ id: request.id, ...told })}\n`);
  });
}

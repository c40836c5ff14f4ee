// Objections, pauses, reconvened sessions and signatures on the record, as the stream tells them.

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./state.js").Handler} Handler */
/** @typedef {{name: string, size: number, sha256: string, url: string}} Attachment */
/** @typedef {{text: string, attachments: Attachment[], at: string}} Reply */
/**
 * @typedef {object} Objection
 * @property {number} no
 * @property {number} seat
 * @property {string} organisation
 * @property {string} text
 * @property {Attachment[]} attachments
 * @property {string} stage when it was raised
 * @property {string} at
 * @property {Reply | null} answer
 */
/** @typedef {{role: "host" | "bidder", seat: number | null, name: string}} Signatory */
/**
 * @typedef {object} IssuedRecord
 * @property {number} no 1 the opening's own, later ones of reconvened sessions
 * @property {string} facts_hash
 * @property {string} pdf_hash
 * @property {string} url
 * @property {string | null} signUntil
 * @property {(Signatory & {revision: number, at: string})[]} signed
 * @property {Signatory[] | null} unsigned named once the time to sign is over
 */
/** @typedef {{at: string, by: string, reason: string, resumes_at: string | null}} Pause */

export const nothingRecorded = Object.freeze({
  /** @type {Pause | null} */
  paused: null,
  /** @type {Objection[]} */
  objections: [],
  sitting: 1,
  /** @type {IssuedRecord[]} */
  records: [],
});

/** @param {Hall} hall @param {number} seat @param {number} by @returns {Hall} */
function waiting(hall, seat, by) {
  const bids = hall.bids?.map((bid) =>
    bid.seat === seat ? { ...bid, waiting: bid.waiting + by } : bid,
  );
  return { ...hall, bids: bids ?? null };
}

/** @param {Hall} hall @param {number} no @param {Partial<IssuedRecord>} change @returns {Hall} */
function patchRecord(hall, no, change) {
  const records = hall.records.map((one) => (one.no === no ? { ...one, ...change } : one));
  return { ...hall, records };
}

/** @type {{[kind: string]: Handler}} */
export const RECORD_HANDLERS = {
  objection_raised: (hall, p, at) => {
    const { no, seat, organisation, text, stage } = p;
    const attachments = p.attachments ?? [];
    const raised = { no, seat, organisation, text, attachments, stage, at, answer: null };
    return waiting({ ...hall, objections: [...hall.objections, raised] }, seat, 1);
  },
  objection_answered: (hall, p, at) => {
    const answer = { text: p.text, attachments: p.attachments ?? [], at };
    const open = hall.objections.some((one) => one.no === p.no && !one.answer);
    const objections = hall.objections.map((one) => (one.no === p.no ? { ...one, answer } : one));
    return waiting({ ...hall, objections }, p.seat, open ? -1 : 0);
  },
  paused: (hall, p) => ({
    ...hall,
    paused: { at: p.at, by: p.by, reason: p.reason, resumes_at: p.resumes_at ?? null },
  }),
  resumed: (hall, p) => ({ ...hall, paused: null, until: p.until }),
  reconvened: (hall, p) => ({ ...hall, sitting: p.no }),
  closed: (hall, p) => (p.no ? hall : { ...hall, record: { facts_hash: p.facts_hash } }),
  record_issued: (hall, p) => {
    const no = p.no ?? 1;
    const { facts_hash, pdf_hash, url } = p;
    const told = { facts_hash, pdf_hash, url };
    const issued = { no, ...told, signUntil: p.sign_until ?? null, signed: [], unsigned: null };
    const records = [...hall.records, issued];
    return no === 1 ? { ...hall, records, record: told } : { ...hall, records };
  },
  record_signed: (hall, p, at) => {
    const { revision, role, seat, name } = p;
    const before = hall.records.find((one) => one.no === p.no)?.signed ?? [];
    return patchRecord(hall, p.no, { signed: [...before, { revision, role, seat, name, at }] });
  },
  signing_closed: (hall, p) => patchRecord(hall, p.no, { unsigned: p.unsigned }),
};

/** Objections that still want an answer. @param {Hall} hall @returns {Objection[]} */
export const openObjections = (hall) => hall.objections.filter((one) => one.answer === null);

/** Whether bidders may object now: from the list to the end, a pause included. @param {Hall} hall */
export const objectable = (hall) =>
  hall.bids !== null && !["closed", "failed_too_few", "cancelled"].includes(hall.stage);

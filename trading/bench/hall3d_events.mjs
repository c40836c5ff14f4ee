// A whole opening as its numbered events, for any number of bidders: benches and tests fold them.

const START = Date.parse("2026-11-24T01:30:00Z");
const at = (/** @type {number} */ minutes) => new Date(START + minutes * 60_000).toISOString();
const PLACES = ["云岭", "清源", "恒泰", "江澜", "华屹", "南屏", "远岫", "金砺", "长汀", "瑞川"];
const TRADES = ["建设工程", "路桥集团", "市政工程", "建工集团", "水利水电", "交通建设", "机械施工"];
const TRUSTEES = ["城投集团", "正和招标代理", "市交易中心", "市发改委", "东湖公证处"];
const hex = (/** @type {number} */ n) =>
  Array.from({ length: 64 }, (_, i) => ((n * 7 + i * 13 + (i * i) / 3) & 15).toString(16)).join("");

/** @param {number} seat */
const bidOf = (seat) => ({
  seat,
  organisation: `${PLACES[(seat * 7) % 10]}${TRADES[(seat * 5 + (seat >> 3)) % 7]}有限公司`,
  credit_code: "91330000MA27XXXX0A",
  pseudonym: hex(seat),
  commitment: hex(seat + 5),
  deposit: { outcome: "ok", finality: "final", word: "已到账" },
  attended: seat % 23 !== 20,
  state: "listed",
  code: null,
  word: null,
});

/** @param {number} seat */
const fateOf = (seat) => {
  if (seat % 23 === 20)
    return { state: "revoked_absent", code: "OPN-2114", word: "未在窗口内解密" };
  if (seat % 17 === 3) return { state: "revoked_key", code: "OPN-2103", word: "密钥不符" };
  if (seat % 19 === 7) return { state: "withdrawn_platform", code: "OPN-2131", word: "平台故障" };
  return null;
};

/** @param {number} seat */
const offerOf = (seat) => ({
  price_fen: 18_640_000_000 + ((seat * 7919) % 997) * 1_284_311,
  price_words: "",
  duration_days: 520 + ((seat * 13) % 40),
  quality: "合格",
  manager: "陈立群",
  above_ceiling: seat % 11 === 5,
});

/** @typedef {[string, any]} Step */
/** @typedef {{[stage: string]: Step[]}} Acts */

/** @param {number} minutes @param {string} stage @param {number | null} until @returns {Step} */
const enter = (minutes, stage, until) => [
  "stage_changed",
  { stage, until: until === null ? null : at(until), at: at(minutes) },
];

/** @param {number} n @returns {Acts} */
function acts(n) {
  const seats = Array.from({ length: n }, (_, i) => i + 1);
  const good = seats.filter((seat) => !fateOf(seat));
  const trustees = TRUSTEES.map((name, index) => ({ index, role: "notary", name }));
  /** @param {number} release @returns {Step[]} */
  const shares = (release) =>
    [0, 2, 4].map((trustee) => [
      "share_released",
      { release, trustee, role: "notary", name: TRUSTEES[trustee] },
    ]);
  const options = ["95.0%", "95.5%", "96.0%", "96.5%", "97.0%", "97.5%", "98.0%"];
  const many = Array.from({ length: 200 }, (_, i) => (0.9 + i / 2000).toFixed(4));
  const announced = [
    { name: "K", title: "下浮系数 K", options, kind: "factor" },
    { name: "Q1", title: "权重系数 Q1", options: many, kind: "factor" },
  ];
  const parts = good.map((seat) => ({ commitment: hex(seat + 5), part: hex(seat + 9) }));
  /** @param {number} no @param {number} index @returns {Step} */
  const drawn = (no, index) => [
    "parameter_drawn",
    {
      ...announced[no - 1],
      no,
      index,
      value: announced[no - 1].options[index],
      seed: hex(31 + no),
      close_root: hex(2),
      parts,
      log_leaf: 4813 + no,
    },
  ];
  const asker = good[1] ?? 1;
  const floor = good.slice(0, Math.max(1, Math.ceil(good.length * 0.6)));
  return {
    waiting: [
      [
        "session_opened",
        { deadline: at(0), sign_in_from: at(-60), threshold: 3, trustees, say: "" },
      ],
    ],
    sign_in: [enter(-60, "sign_in", 0)],
    deadline_lock: [
      enter(0, "deadline_lock", null),
      ["deadline_locked", { checkpoint: { size: 812, root: hex(2) } }],
      ["manifest_published", { hash: hex(3) }],
      ["close_witnessed", { checkpoint: hex(2), manifest: hex(3), stamped_at: at(0.1) }],
      ...shares(1).slice(0, 2),
    ],
    list_published: [
      ...shares(1).slice(2),
      ["list_published", { bids: seats.map(bidOf), superseded: [] }],
      enter(2, "list_published", null),
    ],
    bidder_decryption: [
      enter(3, "bidder_decryption", 33),
      ["decryption_started", { no: 1, opens: at(3), until: at(33) }],
      ...floor.map((seat) => /** @type {Step} */ (["bid_unlocked", { seat }])),
      ...seats
        .filter((seat) => fateOf(seat) && seat % 2)
        .map(
          (seat) => /** @type {Step} */ (["bid_failed", { seat, final: true, ...fateOf(seat) }]),
        ),
      ...good
        .slice(-2)
        .map(
          (seat, i) =>
            /** @type {Step} */ (
              i
                ? ["bid_failed", { seat, final: false, code: "OPN-2103" }]
                : ["rescue_asked", { seat }]
            ),
        ),
    ],
    opening: [
      ...good
        .filter((seat) => !floor.includes(seat))
        .map((seat) => /** @type {Step} */ (["bid_unlocked", { seat }])),
      ...seats
        .filter((seat) => fateOf(seat) && seat % 2 === 0)
        .map(
          (seat) => /** @type {Step} */ (["bid_failed", { seat, final: true, ...fateOf(seat) }]),
        ),
      enter(34, "opening", null),
      ...shares(2).slice(0, 2),
      ...good.slice(0, -1).map((seat) => /** @type {Step} */ (["bid_opened", { seat }])),
    ],
    verification: [
      ...shares(2).slice(2),
      ...good.slice(-1).map((seat) => /** @type {Step} */ (["bid_opened", { seat }])),
      ["openings_unsealed", { digest: hex(4) }],
      ["manifest_signed", { signer: "正和招标代理", certificate_tail: "8E21" }],
      enter(36, "verification", null),
      ["verified", { matched: good }],
    ],
    parameter_draw: [
      enter(37, "parameter_draw", null),
      ["parameters_announced", { draws: announced }],
      drawn(1, Math.min(4, options.length - 1)),
    ],
    draw_large: [drawn(2, 137), ["draws_done", {}]],
    read_out: [
      enter(40, "read_out", 100),
      ...good
        .slice(0, Math.max(1, Math.ceil(good.length / 2)))
        .map((seat) => /** @type {Step} */ (["bid_read_out", { seat, ...offerOf(seat) }])),
    ],
    paused: [
      ["paused", { at: at(50), by: "市发展和改革委员会", reason: "现场停电，核实供电后恢复" }],
    ],
    record_confirmation: [
      ["resumed", { until: at(100) }],
      ...good
        .slice(Math.max(1, Math.ceil(good.length / 2)))
        .map((seat) => /** @type {Step} */ (["bid_read_out", { seat, ...offerOf(seat) }])),
      ["read_out_done", { record_digest: hex(6) }],
      enter(60, "record_confirmation", 90),
      ["confirmation_started", { no: 1, opens: at(60), until: at(90) }],
      ...good
        .filter((_, i) => i % 4 !== 3)
        .map(
          (seat, i) =>
            /** @type {Step} */ (
              i === 1
                ? ["bid_objected", { seat }]
                : ["bid_confirmed", { seat, deemed: i % 7 === 5 }]
            ),
        ),
    ],
    questions: [
      [
        "objection_raised",
        {
          no: 1,
          seat: asker,
          organisation: bidOf(asker).organisation,
          text: "大写金额与开标一览表的小写不一致，请核对。",
          stage: "record_confirmation",
        },
      ],
      enter(91, "questions", 121),
      [
        "objection_answered",
        { seat: good.filter((_, i) => i % 4 !== 3)[1], text: "以开标一览表为准，已注明。" },
      ],
    ],
    closed: [enter(100, "closed", null), ["closed", { facts_hash: hex(8) }]],
  };
}

/**
 * The events up to and with a stage, numbered; `draw_large` and `paused` are stops of their own.
 * @param {number} n bidders
 * @param {string} until
 * @returns {{seq: number, kind: string, payload: any, at: string}[]}
 */
export function openingEvents(n, until) {
  const all = acts(n);
  const stops = Object.keys(all);
  const steps = stops.slice(0, stops.indexOf(until) + 1).flatMap((stop) => all[stop]);
  return steps.map(([kind, payload], i) => ({
    seq: i + 1,
    kind,
    payload,
    at: payload.at ?? at(0),
  }));
}

/** The moment a picture of a stage is taken at. @param {string} until */
export function momentOf(until) {
  /** @type {{[stage: string]: number}} */
  const minutes = { waiting: -62, sign_in: -3.4, deadline_lock: 0.6, bidder_decryption: 11.3 };
  return START + (minutes[until] ?? 45) * 60_000;
}

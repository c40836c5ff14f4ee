// What each step of the check is about, and what its failing means. Names: the specification.

/** @type {Record<string, Record<"zh" | "en", [string, string, string]>>} name, about, when it fails */
export const STEPS = {
  contents: {
    zh: [
      "文件",
      "文件齐全、无多余、格式规范",
      "这个文件不是平台发布的样子：可能下载不完整，也可能被人改过。",
    ],
    en: [
      "Contents",
      "All files, no others, in canonical form",
      "This is not what the platform published: the download is damaged, or somebody changed it.",
    ],
  },
  signatures: {
    zh: [
      "签名",
      "每份投标、撤回、份额和开标清单的签名",
      "有一份文件不是它自称的人签的，或签后被改过。",
    ],
    en: [
      "Signatures",
      "Of every bid, withdrawal, release and the statement",
      "Something was not signed by whom it names, or was changed after signing.",
    ],
  },
  inclusion: {
    zh: [
      "入日志",
      "每份回执都在日志里，截标时的日志包含它们",
      "有一份回执不在平台公开的日志里：平台给不同的人看了不同的日志，或事后加了投标。",
    ],
    en: [
      "Inclusion",
      "Every receipt lies in the log that the close extends",
      "A receipt is not in the public log: somebody was shown another log, or a bid was added later.",
    ],
  },
  cosignatures: {
    zh: ["见证", "独立见证人签过截标时的日志", "没有独立的见证人证明截标时的日志只有这一份。"],
    en: [
      "Cosignatures",
      "Independent witnesses signed the close",
      "No independent witness vouches that there was only this log at the close.",
    ],
  },
  times: {
    zh: [
      "时刻",
      "截标有时间戳，落在截止后几秒内，或有监督人书面决定",
      "截标的时刻没有得到证明：可能晚了，晚了就可能多放进一份投标。",
    ],
    en: [
      "Times",
      "The close was stamped within seconds of the deadline, or a supervisor decided",
      "The time of the close is not proven: it may have been late, with room for one more bid.",
    ],
  },
  receipts: {
    zh: ["回执", "每张回执都有平台签名", "有一张回执不是平台发的。"],
    en: ["Receipts", "Every receipt is signed by the platform", "A receipt is not the platform's."],
  },
  manifest: {
    zh: [
      "清单",
      "清单与全部投标、撤回逐一对应，只有一份",
      "清单与投标对不上：有投标被藏起或被换掉。",
    ],
    en: [
      "Manifest",
      "Names exactly the bids and withdrawals, and is the only one",
      "The manifest and the bids disagree: a bid was hidden or exchanged.",
    ],
  },
  shares: {
    zh: [
      "份额",
      "开标人交出的份额与封标时写下的一致，能重建秘密",
      "有人交出的份额不是封标时给他的那一份，或份额不够。",
    ],
    en: [
      "Shares",
      "What trustees gave is what was sealed to them, and rebuilds the secrets",
      "A trustee gave another share than the one sealed to him, or there were too few.",
    ],
  },
  keys: {
    zh: [
      "密钥",
      "公布的解密密钥就是封标时承诺的那一把",
      "公布的密钥不是封标时承诺的：同一份密文可能被解成两种内容。",
    ],
    en: [
      "Keys",
      "Published content keys are the ones committed to when sealing",
      "A published key is not the one committed to: one ciphertext could read as two things.",
    ],
  },
  tags: {
    zh: ["解密", "密文在这里重新解密，与公布的内容一字不差", "公布的报价不是密文里的报价。"],
    en: [
      "Tags",
      "Ciphertexts are decrypted here again and give what was published",
      "What was published is not what was sealed.",
    ],
  },
  bindings: {
    zh: ["身份", "每份开出的投标都有投标人证书的签名", "有一份投标没有证书签名，或证书链不成立。"],
    en: [
      "Bindings",
      "Every opened bid is signed by its bidder's certificate",
      "A bid has no certificate's signature, or its chain does not hold.",
    ],
  },
  "read-out": {
    zh: ["唱标", "记录里的报价就是解密出的报价", "唱出的与解密出的不一样。"],
    en: [
      "Read-out",
      "The record's offers are the decrypted ones",
      "Something was read out that had not been sealed.",
    ],
  },
  refusals: {
    zh: [
      "拒收",
      "每一次拒收都有日志、时间和理由；截止前没有人被当作迟到",
      "有一次拒收没有如实登记。",
    ],
    en: [
      "Refusals",
      "Every refusal is logged with time and reason; nobody was late before the deadline",
      "A refusal was not logged as it is told.",
    ],
  },
  draws: {
    zh: ["抽签", "抽签的种子来自每份投标，结果可重算", "抽签不是由各投标的密封数字决定的。"],
    en: [
      "Draws",
      "Seeds come from every bid; results compute again",
      "A draw does not follow from what the bids had sealed.",
    ],
  },
  record: {
    zh: [
      "记录",
      "每家的确认和异议都由其投标密钥签名，补充记录前后相接",
      "记录中有人的话不是其本人说的。",
    ],
    en: [
      "Record",
      "Every answer and objection is signed by its bidder's key; supplements follow one another",
      "The record tells words that the bidder did not sign.",
    ],
  },
  draw: {
    zh: [
      "专家抽取",
      "专家名单、随机数和顺序可重算，该回避的都回避了",
      "抽出的专家不是按公布的规则抽出的。",
    ],
    en: [
      "Experts' draw",
      "Pool, nonces and order compute again; who must be avoided was",
      "The experts were not drawn as the rules say.",
    ],
  },
  sheets: {
    zh: ["评分表", "每张评分表都有签名、入日志，一张不多一张不少", "有评分表被改、被加或被撤。"],
    en: [
      "Sheets",
      "Every sheet is signed and logged, none missing, none more",
      "A sheet was changed, added or removed.",
    ],
  },
  scores: {
    zh: ["得分", "由评分表重算得分", ""],
    en: ["Scores", "Scores computed again from the sheets", ""],
  },
  ranking: {
    zh: ["名次", "由得分重排名次", ""],
    en: ["Ranking", "Places computed again from the scores", ""],
  },
  report: {
    zh: ["评标报告", "每位成员都对同一份报告签字", "评标报告不是成员们签的那一份。"],
    en: [
      "Report",
      "Every member signed this very report",
      "The report is not the one its members signed.",
    ],
  },
  award: {
    zh: ["定标", "中标人是报告推荐的候选人，由招标人签发", "定标结果与评标报告不符。"],
    en: [
      "Award",
      "The winner is a candidate of the report, signed by the tenderee",
      "The award does not follow from the report.",
    ],
  },
};

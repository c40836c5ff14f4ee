// What the page says, in Chinese and English; the steps' own words stand in step-words.js.
import { STEPS } from "./step-words.js";

/** @typedef {"zh" | "en"} Language */
/**
 * What a step is about, and what it means when it fails.
 * @typedef {{name: string, about: string, fails: string}} StepWords
 */

/** @type {Record<Language, Record<string, string>>} */
export const WORDS = {
  zh: {
    title: "离线验证数据包",
    brand: "阳光招采",
    lead: "这一个文件就是全部程序。它不联网，数据包不会离开你的电脑；断网打开，结果一样。",
    drop: "把数据包拖到这里",
    dropNote: "ZIP，从标段的开标记录页下载",
    choose: "选择文件",
    running: "正在验证：{name}",
    progress: "验证进度",
    holds: "全部成立",
    holdsLead: "标段 {lot}：{count} 份投标按规定密封、截标、解密、唱标，每一步都能重新算出来。",
    fails: "没有通过：{name}",
    why: "程序的原话",
    meaning: "这意味着什么",
    next: "可以做什么",
    nextText:
      "重新下载一次数据包再验，排除下载损坏。仍然不过，请保留这个文件，连同步骤名交给监督部门：它本身就是证据。",
    steps: "验证步骤",
    waiting: "等待",
    now: "正在算",
    unchecked: "未验",
    done: "成立",
    refused: "不成立",
    left: "本页不算",
    leftNote: "需要评标办法的公式，请用命令行 ./dev verify 重算",
    keys: "这些钥匙对不对，只有你能看",
    keysNote:
      "任何验证都从公钥开始。请把下面的公钥（证书是它的 SHA-256 指纹）与公开日志页、见证人和时间戳机构另行公布的逐一比对。",
    logKey: "公开日志",
    platformKey: "平台回执",
    cosigner: "见证人 {name}",
    stamping: "时间戳机构",
    language: "English",
    unsupported: "这个浏览器缺少 Ed25519 验签，请用较新的 Chrome、Edge、Firefox 或 Safari。",
    took: "{ms} 毫秒",
    spec: "步骤和算法公开在 docs/sealed-bid-envelope.md 第 11 节。",
    tooLarge: "文件超过 256 MiB，数据包不会这么大。",
    another: "换一个数据包",
  },
  en: {
    title: "Check a bundle offline",
    brand: "Sunbid",
    lead: "This one file is the whole program. It opens no connection and your bundle never leaves this computer; unplug the network and the result is the same.",
    drop: "Drop the bundle here",
    dropNote: "A ZIP, downloaded from a lot's opening record",
    choose: "Choose a file",
    running: "Checking: {name}",
    progress: "Progress of the check",
    holds: "Everything holds",
    holdsLead:
      "Lot {lot}: {count} bids were sealed, closed, decrypted and read out by the rules, and every step can be computed again.",
    fails: "Does not hold: {name}",
    why: "What the program says",
    meaning: "What this means",
    next: "What you can do",
    nextText:
      "Download the bundle again and repeat, to rule out a damaged download. If it still fails, keep this file and hand it to the supervisor with the name of the step: it is evidence by itself.",
    steps: "Steps of the check",
    waiting: "Waiting",
    now: "Computing",
    unchecked: "Not checked",
    done: "Holds",
    refused: "Does not hold",
    left: "Not computed here",
    leftNote: "This needs the plan's formulas: recompute it with ./dev verify",
    keys: "Only you can tell whether these keys are right",
    keysNote:
      "Every check starts from public keys. Compare these keys (certificates by SHA-256) with those that the public log, its cosigners and its time-stamping authority publish elsewhere.",
    logKey: "Public log",
    platformKey: "Platform's receipts",
    cosigner: "Cosigner {name}",
    stamping: "Time-stamping authority",
    language: "中文",
    unsupported: "This browser cannot check Ed25519. Use a recent Chrome, Edge, Firefox or Safari.",
    took: "{ms} ms",
    spec: "Steps and algorithm are published in docs/sealed-bid-envelope.md, section 11.",
    tooLarge: "The file is larger than 256 MiB; no bundle is.",
    another: "Check another bundle",
  },
};

/** @param {string} step @param {Language} language @returns {StepWords} */
export function stepWords(step, language) {
  const [name, about, fails] = STEPS[step][language];
  return { name, about, fails };
}

/** @param {Language} language @param {string} key @param {Record<string, string | number>} [facts] */
export function say(language, key, facts = {}) {
  return Object.entries(facts).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, String(value)),
    WORDS[language][key],
  );
}

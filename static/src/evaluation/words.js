// Words for what the room shows: stages, sites, parts of a bid, names of bids.
import { _ } from "../kernel/words.js";

/** @param {string} name */
export function partWord(name) {
  /** @type {{[name: string]: string}} */
  const words = {
    technical: _("技术文件"),
    commercial: _("商务文件"),
    attachments: _("附件"),
    business: _("商务文件"),
  };
  return words[name] ?? name;
}

/** B04 @param {number} number */
export const bidName = (number) => `B${String(number).padStart(2, "0")}`;

/** @param {string} stage */
export function stageWord(stage) {
  /** @type {{[stage: string]: string}} */
  const words = {
    drawing: _("抽取专家"),
    inviting: _("通知专家"),
    check_in: _("签到承诺"),
    election: _("推选组长"),
    qualification: _("资格审查"),
    technical: _("技术评审"),
    price: _("价格评审"),
    signing: _("签署报告"),
    closed: _("评标结束"),
    failed: _("评标终止"),
  };
  return words[stage] ?? stage;
}

/** @param {number} seat */
export const memberName = (seat) => _("委员 %(n)s", { n: seat });

// What the stages of an opening are called, on the line and on the scene's screen.
import { _ } from "../kernel/words.js";

/** @returns {{[stage: string]: string}} */
export const stageNames = () => ({
  waiting: _("等候"),
  sign_in: _("签到"),
  deadline_lock: _("截止"),
  list_published: _("公布名单"),
  bidder_decryption: _("投标人解密"),
  opening: _("开启"),
  verification: _("核验"),
  parameter_draw: _("参数抽取"),
  read_out: _("唱标"),
  record_confirmation: _("记录确认"),
  questions: _("异议答复"),
  closed: _("结束"),
  reconvened: _("复会"),
  failed_too_few: _("流标"),
  cancelled: _("不再开标"),
});

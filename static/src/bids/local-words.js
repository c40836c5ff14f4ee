// Words for refusals that arise in the browser itself, before any server is asked.
import { _ } from "../kernel/words.js";

/** @param {string} code @returns {{what: string, why: string, next: string}} */
export function localWords(code) {
  const refresh = _("刷新页面后再试；若仍出现，请带上代码联系交易中心。");
  switch (code) {
    case "":
      return {
        what: _("没有收到服务器的回答。"),
        why: _("连接可能中断了。"),
        next: _("检查网络后再试，已上传的内容都还在。"),
      };
    case "BID-1105":
      return {
        what: _("这张证书打不开本单位的保险柜。"),
        why: _("保险柜是用另一张证书或恢复码建立的。"),
        next: _("换用那张证书，或由它为这张证书授权。"),
      };
    case "ENV-5201":
      return {
        what: _("恢复码抄错了。"),
        why: _("位数、字母或校验不对，还没有拿去开柜。"),
        next: _("对照纸上的恢复码再输一遍，共 14 组，每组 4 位。"),
      };
    case "ENV-3101":
    case "ENV-3102":
      return {
        what: _("证书或恢复码打不开保险柜。"),
        why: _("密钥不符，或保险柜里的内容已损坏。"),
        next: _("确认选对了证书；仍不行请联系交易中心。"),
      };
    case "ENV-5102":
      return {
        what: _("保险柜里有一条记录打不开。"),
        why: _("记录的内容与编号不符，可能被改动过。"),
        next: _("请联系交易中心核查，不要继续投标。"),
      };
    case "ENV-1008":
      return {
        what: _("文件太大，无法封装。"),
        why: _("单个部分不超过 8 GB。"),
        next: _("压缩或拆分后再选择。"),
      };
    case "ENV-1202":
      return {
        what: _("上传的内容与封装的内容不一致。"),
        why: _("封装时文件可能被改动了。"),
        next: _("重新选择文件并再次封装。"),
      };
    case "ENV-9003":
      return {
        what: _("选择之后，文件被改动、移动或删除了，没有封装。"),
        why: _("浏览器只读取选择时的那一份文件。"),
        next: _("重新选择文件，再次封装。"),
      };
    default:
      return { what: _("封装没有完成。"), why: _("本机处理时出错。"), next: refresh };
  }
}

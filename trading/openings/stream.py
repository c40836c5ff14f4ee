"""Facts as numbered public events: what each payload holds, and how it is said aloud.

Before the list a payload names no bidder, no seat and no number of either.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kernel.pure.closes import Verdict
from kernel.pure.money import capital, format_yuan
from trading.openings.causes import CAUSES, BidState, Cause
from trading.openings.states import Fact, Kind, Opening, Party, Stage

SHANGHAI = ZoneInfo("Asia/Shanghai")

STAGE_NAMES: Mapping[Stage, str] = {
    Stage.WAITING: "等候开标",
    Stage.SIGN_IN: "签到",
    Stage.DEADLINE_LOCK: "截止锁定",
    Stage.LIST_PUBLISHED: "公布名单",
    Stage.BIDDER_DECRYPTION: "投标人解密",
    Stage.OPENING: "开启",
    Stage.VERIFICATION: "验证",
    Stage.PARAMETER_DRAW: "参数抽取",
    Stage.READ_OUT: "唱标",
    Stage.RECORD_CONFIRMATION: "确认记录",
    Stage.QUESTIONS: "异议答复",
    Stage.CLOSED: "开标结束",
    Stage.RECONVENED: "复会",
    Stage.FAILED_TOO_FEW: "流标",
    Stage.CANCELLED: "不再开标",
}
CAUSE_WORDS: Mapping[Cause, str] = {
    Cause.NOT_DECRYPTED: "未在窗口内解密，投标人原因，撤销",
    Cause.NO_KEY_LEFT: "试过的密钥和恢复码都打不开，投标人原因，撤销",
    Cause.RESCUE_SHORT: "救援小组在窗口内没有到齐，密钥由投标人丢失，撤销",
    Cause.WRONG_SECRET: "密钥与封标时登记的不符，投标人原因，撤销",
    Cause.UNREADABLE: "投标文件未按格式封装，无法读取，投标人原因，撤销",
    Cause.UNSIGNED: "没有有效的单位证书签名，视为未签章",
    Cause.STORAGE_DAMAGED: "平台保存的密文已损坏，非投标人原因，撤回",
    Cause.NOT_AS_LOGGED: "指纹与登记不一致，非投标人原因，撤回",
    Cause.SERVICE_DOWN: "平台或证书服务故障，非投标人原因，撤回",
}
PAUSERS: Mapping[Party, str] = {
    Party.HOST: "主持人",
    Party.SUPERVISOR: "监督人员",
    Party.SYSTEM: "平台",
}
FAILED_WORDS = {
    "at_deadline": "截止时投标人少于 {floor} 个，依法不开标，投标文件原样退回。",
    "at_list": "名单公布后投标人少于 {floor} 个，依法不开标，报价不予开启。",
    "after_decryption": "解密后有效投标不足，不再开启报价，本次招标失败。",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """What the stream may say of one trustee."""

    index: int
    role: str
    name: str


class Rows(Mapping[int, Mapping[str, Any]]):
    """What is shown of each seat, made when it is asked for: most facts name one."""

    def __init__(self, seats: Mapping[int, Any], show: Callable[[Any], Mapping[str, Any]]) -> None:
        self._seats, self._show = seats, show

    def __getitem__(self, seat: int) -> Mapping[str, Any]:
        return self._show(self._seats[seat])

    def __iter__(self) -> Iterator[int]:
        return iter(self._seats)

    def __len__(self) -> int:
        return len(self._seats)


@dataclass(frozen=True, slots=True)
class Book:
    """Names and values that facts only point at: public rows of the list and offers, by seat."""

    opening: Opening
    trustees: Mapping[int, Seat]
    rows: Mapping[int, Mapping[str, Any]]
    offers: Mapping[int, Mapping[str, Any]]
    extras: Mapping[Kind, Mapping[str, Any]]
    ceiling_fen: int | None = None

    def organisation(self, seat: int) -> str:
        """The bidder's name on a seat."""
        return str(self.rows[seat]["organisation"])


Words = Callable[[Fact, Book], str]


def payload(fact: Fact, book: Book) -> dict[str, Any]:
    """The event's payload: the fact's plain values, what only the book knows, and `say`."""
    shown: dict[str, Any] = {name: plain(value) for name, value in fact.values.items()}
    if adjust := ADJUST.get(fact.kind):
        shown = adjust(fact, book)
    shown |= {name: plain(value) for name, value in book.extras.get(fact.kind, {}).items()}
    if words := SAYINGS.get(fact.kind):
        shown["say"] = words(fact, book)
    return shown


def plain(value: Any) -> Any:
    """JSON values: times as ISO text, bytes as hexadecimal, tuples as lists."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [plain(each) for each in value]
    return value


def clock(at: datetime | None) -> str:
    """09:30:00 in Shanghai."""
    return "—" if at is None else at.astimezone(SHANGHAI).strftime("%H:%M:%S")


def moment(at: datetime) -> str:
    """11 月 24 日 09:30 in Shanghai."""
    here = at.astimezone(SHANGHAI)
    return f"{here.month} 月 {here.day} 日 {here:%H:%M}"


def seat_no(seat: int) -> str:
    """01, 02, … as the seats are called."""
    return f"{seat:02d}"


def offer_shown(offer: Mapping[str, Any], ceiling_fen: int | None) -> dict[str, Any]:
    """An opening part as read out: price in figures and capitals, whether it is too high."""
    price = int(offer["price_fen"])
    return {
        "price_fen": price,
        "price_words": capital(price),
        "duration_days": offer.get("duration_days"),
        "quality": offer.get("quality"),
        "manager": offer.get("manager"),
        "above_ceiling": ceiling_fen is not None and price > ceiling_fen,
    }


def _shared(fact: Fact, book: Book) -> dict[str, Any]:
    seat = book.trustees[fact["trustee"]]
    opening = book.opening
    given = opening.first if fact["release"] == 1 else opening.second
    return {
        "trustee": seat.index,
        "role": seat.role,
        "name": seat.name,
        "release": fact["release"],
        "given": len(given),
        "threshold": opening.threshold,
    }


def _listed(_fact: Fact, book: Book) -> dict[str, Any]:
    return {"bids": [dict(book.rows[seat]) for seat in sorted(book.rows)]}


def _failed_bid(fact: Fact, _book: Book) -> dict[str, Any]:
    shown = {name: plain(value) for name, value in fact.values.items()}
    if fact["final"]:
        withdrawn = fact["state"] is BidState.WITHDRAWN
        shown |= {"fault": "other" if withdrawn else "bidder", "word": CAUSE_WORDS[fact["cause"]]}
    return shown


def _read_out(fact: Fact, book: Book) -> dict[str, Any]:
    return {"seat": fact["seat"], **offer_shown(book.offers[fact["seat"]], book.ceiling_fen)}


def _objected(fact: Fact, book: Book) -> dict[str, Any]:
    shown = {name: plain(value) for name, value in fact.values.items()}
    return {**shown, "organisation": book.organisation(fact["seat"])}


def _announced(fact: Fact, book: Book) -> dict[str, Any]:
    """One bid's set is told when it is drawn: it follows from prices nobody has heard yet."""
    return {
        "ceiling_fen": book.ceiling_fen,
        "draws": [{"options": [], **each.to_json()} for each in fact["draws"]],
    }


def _drawn(fact: Fact, _book: Book) -> dict[str, Any]:
    drawn, parameter = fact["drawn"], fact["parameter"]
    return {
        "no": fact["no"],
        "name": drawn.name,
        "title": parameter.title,
        "kind": parameter.kind,
        "options": list(drawn.options),
        "index": drawn.index,
        "value": drawn.value,
        "seed": drawn.seed.hex(),
    }


def _locked(_fact: Fact, _book: Book) -> dict[str, Any]:
    """The number of envelopes stays out of the stream until the list."""
    return {}


ADJUST: Mapping[Kind, Callable[[Fact, Book], dict[str, Any]]] = {
    Kind.SHARE_RELEASED: _shared,
    Kind.LIST_PUBLISHED: _listed,
    Kind.BID_FAILED: _failed_bid,
    Kind.PARAMETERS_ANNOUNCED: _announced,
    Kind.PARAMETER_DRAWN: _drawn,
    Kind.BID_READ_OUT: _read_out,
    Kind.DEADLINE_LOCKED: _locked,
    Kind.OBJECTION_RAISED: _objected,
}


def _say_decided(fact: Fact, _book: Book) -> str:
    words = "可以继续释放" if fact["verdict"] is Verdict.GO_ON else "全部原封退回"
    return f"监督部门已签署决定：{words}。理由：{fact['reason']}。"


def _say_share(fact: Fact, book: Book) -> str:
    shown = _shared(fact, book)
    which = "名单份额" if shown["release"] == 1 else "报价份额"
    return f"受托人{shown['name']}释放{which}，{shown['given']}/{shown['threshold']}。"


def _say_declined(fact: Fact, _book: Book) -> str:
    which = "名单份额" if fact["release"] == 1 else "报价份额"
    return f"受托人{fact['name']}不释放{which}。理由：{fact['reason']}。"


def _say_failed(fact: Fact, book: Book) -> str:
    who = f"{seat_no(fact['seat'])} 席{book.organisation(fact['seat'])}"
    if not fact["final"]:
        return f"{who}解密未成功，代码 {fact['code']}，窗口内可以重试。"
    return f"{who}：{CAUSE_WORDS[fact['cause']]}，代码 {CAUSES[fact['cause']].code}。"


def _say_announced(fact: Fact, _book: Book) -> str:
    titles = "、".join(each.title for each in fact["draws"])
    return f"招标文件规定公开抽取 {len(fact['draws'])} 项：{titles}。各家投入的数在封标时已经登记。"


def _say_drawn(fact: Fact, book: Book) -> str:
    parameter, value = fact["parameter"], fact["drawn"].value
    if value is None:
        return f"{parameter.title}：没有可以抽取的投标，不抽取。"
    if parameter.among is None:
        return f"{parameter.title}抽得 {value}。"
    seat = next(seat for seat, row in book.rows.items() if row["commitment"] == value)
    return f"{parameter.title}抽得 {seat_no(seat)} 席{book.organisation(seat)}。"


def _say_read(fact: Fact, book: Book) -> str:
    shown = _read_out(fact, book)
    told = [
        f"{seat_no(fact['seat'])} 席",
        book.organisation(fact["seat"]),
        f"投标报价 {format_yuan(shown['price_fen'])}",
        shown["price_words"],
    ]
    if shown["duration_days"]:
        told.append(f"工期 {shown['duration_days']} 日历天")
    if shown["quality"]:
        told.append(f"质量 {shown['quality']}")
    if shown["manager"]:
        told.append(f"项目负责人 {shown['manager']}")
    if shown["above_ceiling"]:
        told.append("高于最高投标限价")
    return "，".join(told) + "。"


def _say_confirmed(fact: Fact, book: Book) -> str:
    who = f"{seat_no(fact['seat'])} 席{book.organisation(fact['seat'])}"
    return f"{who}未表示异议，视同确认。" if fact["deemed"] else f"{who}确认开标记录。"


def _say_deposit(fact: Fact, book: Book) -> str:
    who = f"{seat_no(fact['seat'])} 席{book.organisation(fact['seat'])}"
    return f"{who}保证金银行核实完毕：{fact['deposit']['word']}。"


def _say_extended(fact: Fact, _book: Book) -> str:
    verb = "重新开放" if fact["reopened"] else "延长"
    return f"窗口{verb}至 {clock(fact['until'])}，对全部投标人相同。原因：{fact['reason']}。"


def _say_rescue_share(fact: Fact, book: Book) -> str:
    told = book.extras[Kind.RESCUE_SHARE]
    seat = seat_no(fact["seat"])
    return f"救援小组{told['name']}为 {seat} 席放行，{told['given']}/{told['threshold']}。"


def _say_host(fact: Fact, _book: Book) -> str:
    return f"{fact['to']['name']}接手主持，原主持人{fact['from']['name']}。原因：{fact['reason']}。"


def _seat_words(words: str) -> Words:
    return lambda fact, book: words.format(
        seat=seat_no(fact["seat"]), who=book.organisation(fact["seat"])
    )


def _numbered(words: str) -> Words:
    return lambda fact, book: words.format(
        no=fact["no"], seat=seat_no(fact["seat"]), who=book.organisation(fact["seat"])
    )


def _say_paused(fact: Fact, _book: Book) -> str:
    again = f"预计 {moment(fact['resumes_at'])} 恢复。" if fact["resumes_at"] else ""
    return f"{PAUSERS[fact['by']]}暂停开标。原因：{fact['reason']}。{again}"


def _say_signed(fact: Fact, _book: Book) -> str:
    who = f"{seat_no(fact['seat'])} 席{fact['name']}" if fact["seat"] else fact["name"]
    return f"{who}已签署开标记录。"


def _say_signing_closed(fact: Fact, _book: Book) -> str:
    names = "、".join(each["name"] for each in fact["unsigned"])
    return f"开标记录签署时间已到，未签署：{names}。" if names else "开标记录已由各方全部签署。"


SAYINGS: Mapping[Kind, Words] = {
    Kind.SESSION_OPENED: lambda f, b: "开标大厅已准备，截止前谁都看不到有谁投标、有几家。",
    Kind.SIGN_IN_OPENED: lambda f, b: f"签到开始，投标截止时间 {clock(f['until'])}。",
    Kind.DEADLINE_LOCKED: lambda f, b: "投标截止，停止接收投标文件。",
    Kind.MANIFEST_PUBLISHED: lambda f, b: "截止清单已登记，等候受托人释放名单份额。",
    Kind.CLOSE_WITNESSED: lambda f, b: "截止检查点已由见证人和时间戳机构及时证明。",
    Kind.CLOSE_LATE: lambda f, b: "截止检查点未获及时见证，停止释放份额，等候监督部门决定。",
    Kind.CLOSE_DECIDED: _say_decided,
    Kind.SHARE_RELEASED: _say_share,
    Kind.SHARE_REFUSED: lambda f, b: f"受托人{f['name']}的份额与登记的指纹不符，不予采用。",
    Kind.RELEASE_DECLINED: _say_declined,
    Kind.LIST_PUBLISHED: lambda f, b: f"公布投标人名单，共 {len(b.rows)} 家。",
    Kind.DEPOSIT_JUDGED: _say_deposit,
    Kind.DECRYPTION_STARTED: lambda f, b: f"请投标人在 {clock(f['until'])} 前解密投标文件。",
    Kind.BID_UNLOCKED: _seat_words("{seat} 席{who}解密成功。"),
    Kind.BID_FAILED: _say_failed,
    Kind.RESCUE_ASKED: _seat_words("{seat} 席{who}申请救援小组代为解密，单位证书签名有效。"),
    Kind.RESCUE_SHARE: _say_rescue_share,
    Kind.RESCUE_REFUSED: lambda f, b: f"救援小组{f['name']}的份额与登记的指纹不符，不予采用。",
    Kind.BYTES_RESTORED: _seat_words(
        "{seat} 席{who}以备份文件补回平台保存不全的密文，与截止前登记的指纹一致。"
    ),
    Kind.WINDOW_CLOSED: lambda f, b: "窗口关闭。",
    Kind.OPENINGS_UNSEALED: lambda f, b: "报价已开启，等候招标代理签署开启清单。",
    Kind.MANIFEST_SIGNED: lambda f, b: "招标代理已签署开启清单。",
    Kind.VERIFIED: lambda f, b: f"{len(f['matched'])} 家投标文件的指纹与回执一致。",
    Kind.PARAMETERS_ANNOUNCED: _say_announced,
    Kind.PARAMETER_DRAWN: _say_drawn,
    Kind.DRAWS_DONE: lambda f, b: "参数抽取完毕。",
    Kind.BID_READ_OUT: _say_read,
    Kind.READ_OUT_DONE: lambda f, b: "唱标完毕。",
    Kind.CONFIRMATION_STARTED: lambda f, b: (
        f"请各投标人在 {clock(f['until'])} 前确认开标记录或提出异议。"
    ),
    Kind.BID_CONFIRMED: _say_confirmed,
    Kind.BID_OBJECTED: _seat_words("{seat} 席{who}对开标记录提出异议。"),
    Kind.OBJECTION_RAISED: _numbered("第 {no} 号异议，由 {seat} 席{who}提出。"),
    Kind.OBJECTION_ANSWERED: _numbered("招标人已答复 {seat} 席{who}的第 {no} 号异议。"),
    Kind.PAUSED: _say_paused,
    Kind.RESUMED: lambda f, b: "开标继续。",
    Kind.EXTENDED: _say_extended,
    Kind.HOST_CHANGED: _say_host,
    Kind.ANNOUNCED: lambda f, b: str(f["text"]),
    Kind.FAILED_TOO_FEW: lambda f, b: FAILED_WORDS[f["when"]].format(floor=f["floor"]),
    Kind.CANCELLED: lambda f, b: f"本标段{f['word']}，开标不再进行。原因：{f['reason']}。",
    Kind.CLOSED: lambda f, b: "开标结束，开标记录正在签发。",
    Kind.RECONVENED: lambda f, b: f"第 {f['no']} 次开会。原因：{f['reason']}。",
    Kind.RECORD_ISSUED: lambda f, b: "开标记录已签发，可以下载，请各方签署。",
    Kind.RECORD_SIGNED: _say_signed,
    Kind.SIGNING_CLOSED: _say_signing_closed,
}

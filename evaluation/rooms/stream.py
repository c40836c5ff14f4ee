"""Facts as numbered events of the room: what each payload holds, and how it is said aloud.

Seats and sites only: no name, no mark, no reason of a recusal, nobody's vote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluation.rooms.states import Fact, Kind, Party, Room, Stage

STAGE_NAMES: Mapping[Stage, str] = {
    Stage.DRAWING: "抽取专家",
    Stage.INVITING: "通知专家",
    Stage.CHECK_IN: "签到承诺",
    Stage.ELECTION: "推选组长",
    Stage.QUALIFICATION: "资格审查",
    Stage.TECHNICAL: "技术评审",
    Stage.PRICE: "价格评审",
    Stage.SIGNING: "签署报告",
    Stage.CLOSED: "评标结束",
    Stage.FAILED: "评标终止",
}
PARTY_NAMES: Mapping[str, str] = {
    Party.AGENCY: "招标代理",
    Party.CENTRE: "交易中心",
    Party.SUPERVISOR: "监督人员",
    Party.EXPERT: "评标专家",
    Party.SYSTEM: "平台",
}


@dataclass(frozen=True, slots=True)
class Book:
    """What facts only point at."""

    room: Room
    sites: Mapping[int, str]
    """The site of each manned seat."""
    extras: Mapping[str, Any]


Words = Callable[[Fact, Book], str]


def payload(fact: Fact, book: Book) -> dict[str, Any]:
    """The event's payload: what may be told of the fact, and `say`."""
    shown = SHOWN.get(fact.kind, _plainly)(fact, book)
    shown |= {name: plain(value) for name, value in book.extras.items()}
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


def _plainly(fact: Fact, _book: Book) -> dict[str, Any]:
    return {name: plain(value) for name, value in fact.values.items()}


def _seat(fact: Fact, book: Book) -> dict[str, Any]:
    return {"seat": fact["seat"], "site": book.sites.get(fact["seat"])}


def _drawn(_fact: Fact, book: Book) -> dict[str, Any]:
    seats = [
        {"seat": member.seat, "site": book.sites.get(member.seat)} for member in book.room.members
    ]
    return {"turn": book.room.turn, "seats": seats, "reserves": _reserves(book.room)}


def _reserves(room: Room) -> int:
    sitting = {member.expert for member in room.members}
    return sum(token not in sitting | room.gone for token in room.order)


def _restarted(fact: Fact, _book: Book) -> dict[str, Any]:
    return {"turn": fact["turn"], "reason": fact["reason"], "silent": list(fact["silent"])}


def _vote(_fact: Fact, book: Book) -> dict[str, Any]:
    """How many have voted; after the count the ballot is emptied, and that is told by its fact."""
    return {"round": book.room.round, "votes": len(book.room.votes)}


def _nonce(fact: Fact, _book: Book) -> dict[str, Any]:
    return {"party": fact["party"].value}


SHOWN: Mapping[Kind, Callable[[Fact, Book], dict[str, Any]]] = {
    Kind.NONCE_COMMITTED: _plainly,
    Kind.NONCE_REVEALED: _nonce,
    Kind.DRAWN: _drawn,
    Kind.DRAW_RESTARTED: _restarted,
    Kind.INVITATION_DECLINED: _seat,
    Kind.MEMBER_RECUSED: _seat,
    Kind.REPLACEMENT_ORDERED: lambda fact, book: {
        **_seat(fact, book),
        "by": fact["by"].value,
    },
    Kind.MEMBER_REPLACED: lambda fact, book: {**_seat(fact, book), "turn": fact["turn"]},
    Kind.VOTED: _vote,
}


def _leader(fact: Fact, _book: Book) -> str:
    if fact["by"] == "draw":
        return (
            f"推选 {fact['round']} 轮仍票数相同，按公开可复算的抽签，{fact['seat']} 号委员任组长。"
        )
    return f"{fact['seat']} 号委员以 {fact['votes']} 票当选组长。"


def _restarted_words(fact: Fact, _book: Book) -> str:
    silent = "、".join(PARTY_NAMES[each] for each in fact["silent"])
    named = f"未公开随机数的是：{silent}。" if silent else ""
    return f"监督人员决定重新抽取专家。{named}原因：{fact['reason']}。"


SAYINGS: Mapping[Kind, Words] = {
    Kind.CONVENED: lambda f, b: "标段已移交评标，专家库已冻结并登记，等候三方登记承诺值。",
    Kind.STAGE_CHANGED: lambda f, b: f"进入{STAGE_NAMES[f['stage']]}。",
    Kind.NONCE_COMMITTED: lambda f, b: f"{PARTY_NAMES[f['party']]}已登记承诺值。",
    Kind.NONCE_REVEALED: lambda f, b: f"{PARTY_NAMES[f['party']]}已公开随机数，与承诺值相符。",
    Kind.DRAWN: lambda f, b: f"专家已抽出，共 {len(f['members'])} 席，名单保密。",
    Kind.DRAW_RESTARTED: _restarted_words,
    Kind.INVITATION_ACCEPTED: lambda f, b: f"{f['seat']} 号席位的专家接受邀请。",
    Kind.INVITATION_DECLINED: lambda f, b: f"{f['seat']} 号席位的专家不能参加。",
    Kind.CHECKED_IN: lambda f, b: f"{f['seat']} 号委员已用证书签到。",
    Kind.PLEDGED: lambda f, b: f"{f['seat']} 号委员已签署承诺书。",
    Kind.MEMBER_RECUSED: lambda f, b: f"{f['seat']} 号委员申请回避，退出评标。",
    Kind.REPLACEMENT_ORDERED: lambda f, b: (
        f"{PARTY_NAMES[f['by']]}决定更换 {f['seat']} 号委员，其评审结论无效。"
    ),
    Kind.MEMBER_REPLACED: lambda f, b: f"{f['seat']} 号席位按抽取顺序递补，等候专家答复。",
    Kind.SEAT_VACANT: lambda f, b: f"{f['seat']} 号席位无人可以递补，请监督人员处理。",
    Kind.VOTED: lambda f, b: f"第 {b.room.round} 轮推选组长，已投 {len(b.room.votes)} 票。",
    Kind.VOTES_VOID: lambda f, b: "成员有变动，本轮投票作废，请重新投票。",
    Kind.ROUND_TIED: lambda f, b: f"第 {f['round']} 轮票数相同，进行下一轮推选。",
    Kind.LEADER_ELECTED: _leader,
    Kind.LEADER_GONE: lambda f, b: "组长退出评标，请成员重新推选组长。",
    Kind.PAUSED: lambda f, b: f"评标暂停。原因：{f['reason']}。",
    Kind.RESUMED: lambda f, b: "评标继续。",
    Kind.FAILED: lambda f, b: f"评标终止。原因：{f['reason']}。",
    Kind.CLOSED: lambda f, b: "评标结束，评标报告已签署。",
}

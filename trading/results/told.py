"""The words of results, shared by desk, public page and the lot's own page."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.public import (
    ForfeitState,
    LineState,
    SettledLine,
    SettlementState,
    SettlementView,
    forfeit,
)
from kernel import log
from kernel.format import local, stamp
from kernel.i18n import say
from trading.openings.causes import BidState
from trading.results import queries
from trading.results.limits import Kept, Limit, Timed
from trading.results.queries import Bidder, NoticeView, ObjectionView
from trading.results.rules import Cause, NoticeKind, end_words, last_day


def limit_word(limit: Limit) -> str:
    """What has to happen in time."""
    return {
        Limit.CANDIDATES: say("公示候选人"),
        Limit.ANSWER: say("答复异议"),
        Limit.CONTRACT: say("订立合同"),
        Limit.REFUND: say("退还保证金"),
    }[limit]


def limits(found: dict[str, Timed], now: datetime) -> list[dict[str, Any]]:
    """Every limit with its state, a sentence and the clause."""
    return [_limit(key, each, now) for key, each in found.items()]


def _limit(key: str, each: Timed, now: datetime) -> dict[str, Any]:
    kept = each.kept(now)
    last = last_day(each.due).isoformat()
    done = local(each.done).date().isoformat() if each.done else ""
    text = {
        Kept.RUNNING: say("最迟 %(last)s", last=last),
        Kept.KEPT: say("%(done)s 办理，期限 %(last)s", done=done, last=last),
        Kept.OVERDUE: say("已过期限 %(last)s，尚未办理", last=last),
        Kept.LATE: say("%(done)s 办理，期限 %(last)s，逾期", done=done, last=last),
    }[kept]
    if each.unpublished:
        note = say("%(year)s 年放假安排尚未公布，未计入节假日顺延", year=each.unpublished)
        text = f"{text}；{note}"
    name = limit_word(each.limit)
    if key.startswith("answer:"):
        name = say("答复第 %(n)s 号异议", n=key.partition(":")[2])
    return {
        "key": key,
        "name": name,
        "text": text,
        "clause": each.clause_short,
        "state": _STATES[kept],
        "due": each.due,
        "running": kept is Kept.RUNNING,
    }


_STATES = {
    Kept.RUNNING: "progress",
    Kept.KEPT: "done",
    Kept.OVERDUE: "refused",
    Kept.LATE: "refused",
}


def cause_word(cause: Cause) -> str:
    """A listed cause of 条例 55."""
    return {
        Cause.GAVE_UP: say("放弃中标"),
        Cause.FORCE_MAJEURE: say("因不可抗力不能履行合同"),
        Cause.NO_BOND: say("未按招标文件提交履约保证金"),
        Cause.VIOLATION: say("被查实有影响中标结果的违法行为"),
    }[cause]


def notice_word(kind: NoticeKind) -> str:
    """A notice by its usual name."""
    return {
        NoticeKind.CANDIDATES: say("中标候选人公示"),
        NoticeKind.AWARD: say("中标通知书"),
        NoticeKind.OUTCOME: say("招标结果通知书"),
        NoticeKind.RESULT: say("中标结果公告"),
    }[kind]


def notices(session: Session, found: tuple[NoticeView, ...]) -> list[dict[str, Any]]:
    """Notices with their place in the log and where their PDF is."""
    told = []
    for view in found:
        row = view.row
        entry = log.entry(session, row.leaf_id)
        name = row.kind.value if row.kind is not NoticeKind.OUTCOME else f"outcome-{row.seat}"
        told.append(
            {
                "row": row,
                "word": notice_word(row.kind),
                "to": row.body.get("recipient"),
                "index": entry.index if entry else None,
                "pdf": view.pdf,
                "href": f"/lots/{row.lot_id}/notices/{name}.pdf",
            }
        )
    return told


def objections(
    found: tuple[ObjectionView, ...], limits: dict[str, Timed], now: datetime
) -> list[dict[str, Any]]:
    """Objections with their answers; late ones are said to be late."""
    told = []
    for view in found:
        limit = limits[f"answer:{view.row.number}"]
        told.append(
            {
                "row": view.row,
                "answer": view.answer,
                "due": limit.due,
                "last": last_day(limit.due).isoformat(),
                "late": limit.kept(now) in (Kept.OVERDUE, Kept.LATE),
            }
        )
    return told


def unranked(bidder: Bidder) -> str:
    """Why a listed bid was not evaluated."""
    return {
        BidState.REVOKED: say("撤销，投标人原因"),
        BidState.WITHDRAWN: say("撤回，非投标人原因"),
        BidState.UNSIGNED: say("拒收，没有有效签名"),
    }.get(bidder.state, say("未唱标"))


def settlement(view: SettlementView | None, listed: tuple[Bidder, ...]) -> dict[str, Any] | None:
    """The settlement by line, each with the bidder's name and the bank's state."""
    if view is None:
        return None
    names = {bidder.ref: bidder.organisation for bidder in listed}
    places = {bidder.ref: bidder.seat for bidder in listed}
    lines = sorted(view.lines, key=lambda line: places.get(line.bidder_ref, 0))
    return {
        "view": view,
        "word": settlement_word(view.state),
        "state": _SETTLEMENT_STATES[view.state],
        "lines": [line_told(line, names) for line in lines],
        "approvals": view.approvals,
    }


def line_told(line: SettledLine, names: dict[UUID, str]) -> dict[str, Any]:
    """One bidder's money."""
    return {
        "row": line,
        "organisation": names.get(line.bidder_ref, "—"),
        "word": line_word(line.state),
        "state": _LINE_STATES[line.state],
        "at": stamp(line.paid_at) if line.paid_at else "",
    }


def settlement_word(state: SettlementState) -> str:
    """How far the settlement is."""
    return {
        SettlementState.PROPOSED: say("待中心两人核准"),
        SettlementState.HALF_APPROVED: say("一人已核准，待第二人"),
        SettlementState.PAYING: say("银行办理中"),
        SettlementState.ATTENTION: say("有退款被拒，需要处理"),
        SettlementState.SETTLED: say("全部退还"),
    }[state]


def line_word(state: LineState) -> str:
    """How far one bidder's refund is."""
    return {
        LineState.NOTHING: say("无可退金额"),
        LineState.PROPOSED: say("待核准"),
        LineState.PAYING: say("银行办理中"),
        LineState.PAID: say("已到账"),
        LineState.REFUSED: say("银行拒绝"),
        LineState.RETURNED: say("被退回"),
        LineState.HELD: say("暂扣，待决定"),
        LineState.FORFEITED: say("不予退还"),
    }[state]


_SETTLEMENT_STATES = {
    SettlementState.PROPOSED: "progress",
    SettlementState.HALF_APPROVED: "progress",
    SettlementState.PAYING: "progress",
    SettlementState.ATTENTION: "refused",
    SettlementState.SETTLED: "done",
}
_LINE_STATES = {
    LineState.NOTHING: "neutral",
    LineState.PROPOSED: "neutral",
    LineState.PAYING: "progress",
    LineState.PAID: "done",
    LineState.REFUSED: "refused",
    LineState.RETURNED: "refused",
    LineState.HELD: "need",
    LineState.FORFEITED: "neutral",
}


def renunciations(session: Session, lot_id: UUID) -> list[dict[str, Any]]:
    """Winners that gave up, and how far the forfeiture of what secured them is."""
    seats = {bidder.seat: bidder.ref for bidder in queries.bidders(session, lot_id)}
    return [
        {
            "row": row,
            "word": cause_word(row.cause),
            "forfeit": forfeit(session, lot_ref=lot_id, bidder_ref=seats[row.seat])
            if row.forfeit_ref
            else None,
        }
        for row in queries.renunciations(session, lot_id)
    ]


def forfeit_word(state: ForfeitState) -> str:
    """How far a forfeiture is."""
    return {
        ForfeitState.PROPOSED: say("不予退还，待中心两人批准"),
        ForfeitState.HALF_APPROVED: say("一人已批准不予退还，待第二人"),
        ForfeitState.PAYING: say("不予退还，付款办理中"),
        ForfeitState.ATTENTION: say("不予退还，付款未成"),
        ForfeitState.PAID: say("不予退还，已付给招标人"),
        ForfeitState.ENDED: say("中心未予支持"),
    }[state]


def candidates(session: Session, lot_id: UUID) -> dict[str, Any] | None:
    """What the candidates' notice tells, with the running publicity."""
    notice = queries.candidates_notice(session, lot_id)
    if notice is None:
        return None
    shown = queries.publicity_of(notice)
    until = end_words(shown.until) if shown else ""
    return {"notice": notice, "body": notice.body, "publicity": shown, "until": until}

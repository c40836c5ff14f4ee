"""What the life of a lot asks for now, and of whom: for the demonstration's bar and stand-ins."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public as evaluation
from evaluation.public import RoomSummary
from kernel.i18n import say
from trading.demo.cast import cast
from trading.openings import queries as openings
from trading.results import queries as results
from trading.results import settling
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

S = LotStage
AGENCY, CENTRE, SUPERVISOR = "agency", "centre", "supervisor"
APPROVERS = ("centre", "finance")


@dataclass(frozen=True, slots=True)
class Asked:
    """One act: its key (empty when the lot waits for time or for the platform), whose it is (logins
    of the cast; nobody named when the names are secret), what it is, and where it is done."""

    ask: str
    whose: tuple[str, ...]
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Life:
    """A lot with what it asks for now."""

    stage: LotStage
    asked: Asked
    room: RoomSummary | None
    award: tuple[str, int] | None
    """The winner and the price in fen."""
    objections: tuple[UUID, ...]
    """Those without an answer."""
    publicity_until: datetime | None


def life(session: Session, lot: Lot, now: datetime) -> Life:
    """Where the lot stands."""
    room = evaluation.room_of(session, lot.id)
    award = results.award_of(session, lot.id)
    shown = results.publicity_of(results.candidates_notice(session, lot.id))
    waiting = tuple(o.row.id for o in results.objections(session, lot.id) if o.answer is None)
    return Life(
        stage=lot.stage,
        asked=_asked(session, lot, room, now, waits=bool(waiting)),
        room=room,
        award=(award.organisation, award.price_fen) if award else None,
        objections=waiting,
        publicity_until=shown.until if shown else None,
    )


def _asked(
    session: Session, lot: Lot, room: RoomSummary | None, now: datetime, *, waits: bool
) -> Asked:
    desk = f"/tenders/lots/{lot.id}/results"
    if waits:
        return Asked("answer", (AGENCY, _tenderee(lot)), say("招标代理或招标人答复异议"), desk)
    if lot.stage in _BEFORE_HANDOVER:
        return _opening(session, lot)
    if lot.stage is S.EVALUATING and room is not None:
        return _evaluating(room)
    if lot.stage is S.CANDIDATES_PUBLISHED:
        return _publicity(session, lot, now)
    if lot.stage is S.CONTRACT_SIGNED:
        return _settlement(session, lot, now)
    if lot.stage is S.ARCHIVED:
        return Asked("", (), say("已归档，数据包可以离线核验"), f"/lots/{lot.id}")
    return _plain(lot, desk) or Asked("", (), "", f"/lots/{lot.id}")


_BEFORE_HANDOVER = frozenset(
    {S.NOTICE_PUBLISHED, S.DOCUMENTS_ON_OFFER, S.SUBMISSION_CLOSED, S.OPENING}
)


def _plain(lot: Lot, desk: str) -> Asked | None:
    """The stages that ask one act of one party."""
    acts = {
        S.OPENED: ("handover", AGENCY, say("招标代理移交评标")),
        S.REPORT_SIGNED: ("candidates", AGENCY, say("招标代理公示中标候选人")),
        S.AWARDED: ("notices", AGENCY, say("招标代理发出中标通知书和结果通知")),
        S.NOTICE_ISSUED: ("contract", _tenderee(lot), say("招标人登记合同")),
        S.DEPOSITS_SETTLED: ("archive", AGENCY, say("招标代理归档")),
    }
    if lot.stage not in acts:
        return None
    ask, who, words = acts[lot.stage]
    return Asked(ask, (who,), words, desk)


def _opening(session: Session, lot: Lot) -> Asked:
    view = openings.opening_of(session, lot.id)
    stage = view.stage.value if view else "waiting"
    words = {
        "waiting": say("投标人缴纳保证金、封装投标文件、签到"),
        "sign_in": say("投标人缴纳保证金、封装投标文件、签到"),
        "deadline_lock": say("受托人释放名单份额"),
        "list_published": say("主持人开放解密窗口"),
        "bidder_decryption": say("投标人解密"),
        "opening": say("受托人释放报价份额，主持人签署开启清单"),
        "read_out": say("主持人唱标"),
        "record_confirmation": say("投标人确认开标记录"),
        "questions": say("主持人宣布开标结束"),
    }
    return Asked("", (), words.get(stage, ""), f"/lots/{lot.id}/hall")


def _room_words(stage: str) -> str:
    return {
        "inviting": say("专家答复邀请"),
        "check_in": say("专家签到并签署承诺"),
        "election": say("评委推选组长"),
        "qualification": say("评委独立作资格评审"),
        "technical": say("评委独立作技术评分"),
        "price": say("评委核对报价得分和汇总"),
        "signing": say("评委签署评标报告"),
    }.get(stage, "")


def _evaluating(room: RoomSummary) -> Asked:
    if room.stage == "drawing":
        words = say("招标代理、交易中心、监督人各投入一个随机数，抽取评委")
        return Asked(
            "draw", (AGENCY, CENTRE, SUPERVISOR), words, f"/evaluations/{room.room_id}/draw"
        )
    # Who sits on a committee is secret until the result (法 37).
    return Asked("evaluate", (), _room_words(room.stage), f"/evaluations/{room.room_id}")


def _publicity(session: Session, lot: Lot, now: datetime) -> Asked:
    shown = results.publicity_of(results.candidates_notice(session, lot.id))
    if shown is not None and shown.runs(now):
        return Asked("", (), say("公示候选人，投标人可以提出异议"), f"/lots/{lot.id}/results")
    desk = f"/tenders/lots/{lot.id}/results"
    return Asked("award", (_tenderee(lot),), say("招标人确定中标人"), desk)


def _settlement(session: Session, lot: Lot, now: datetime) -> Asked:
    found = settling.view(session, lot.id, now)
    if found is None:
        desk = f"/tenders/lots/{lot.id}/results"
        return Asked("settlement", (AGENCY,), say("招标代理提出退还保证金"), desk)
    if found.state.value in ("proposed", "half_approved"):
        words = say("交易中心两人先后核准退款")
        return Asked("approval", APPROVERS, words, "/refunds")
    return Asked("", (), say("银行办理退款"), f"/lots/{lot.id}/results")


def _tenderee(lot: Lot) -> str:
    """The login of the lot's tenderee."""
    told = cast()
    name = lot.project.tenderee_name
    found = (p.login for p in told.people if told.organisation(p.organisation).name == name)
    return next(found, "")

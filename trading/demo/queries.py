"""What the demonstration bar shows: the main lot's next event and what else a step would move."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kernel.i18n import say
from trading.demo.cast import MAIN, cast
from trading.demo.rules import Due, Step, begin, is_playing, next_step
from trading.demo.timetable import OPENING, SHANGHAI
from trading.openings import queries as openings
from trading.results import queries as results
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

BEFORE_DEADLINE = (LotStage.NOTICE_PUBLISHED, LotStage.DOCUMENTS_ON_OFFER)


def window_words() -> dict[str, str]:
    """What ends the windows of an opening, by stage."""
    return {
        "sign_in": say("投标截止"),
        "waiting": say("投标截止"),
        "bidder_decryption": say("解密窗口关闭"),
        "read_out": say("唱标"),
        "record_confirmation": say("记录确认结束"),
        "questions": say("开标结束"),
    }


def main_lot(session: Session) -> Lot | None:
    """The lot the newcomer plays, once seeded."""
    return session.scalars(select(Lot).where(Lot.name == cast().lot(MAIN).name)).first()


def step(session: Session, now: datetime) -> Step | None:
    """The next step of the demonstration's time."""
    lot = main_lot(session)
    if lot is None or is_playing(lot.deadline, now):
        return None
    ahead = begin(lot.deadline, now)
    if ahead is not None:
        return Step(now + ahead, lot.name, say("投标截止前 10 分钟"), ())
    return next_step(_main_dues(session, lot), _other_dues(session, lot), now)


def must_begin(session: Session, now: datetime) -> bool:
    """Whether the first page of the demonstration is yet to be served."""
    lot = main_lot(session)
    return lot is not None and begin(lot.deadline, now) is not None


def still_playing(session: Session, now: datetime) -> bool:
    """Whether the demonstration's history is still being played behind the pages."""
    lot = main_lot(session)
    if lot is None:
        known = [one.name for one in cast().lots]
        return session.scalar(select(exists().where(Lot.name.in_(known)))) or False
    return is_playing(lot.deadline, now)


def _main_dues(session: Session, lot: Lot) -> tuple[Due, ...]:
    if lot.stage is LotStage.CANDIDATES_PUBLISHED:
        over = publicity_over(session, lot)
        return (Due(lot.name, say("公示期满的次日"), over, timedelta(0)),) if over else ()
    words = window_words()
    view = openings.opening_of(session, lot.id)
    if view is None or view.paused_at is not None:
        return (Due(lot.name, words["sign_in"], lot.deadline),)
    if view.stage.value in ("waiting", "sign_in"):
        return (Due(lot.name, words["sign_in"], lot.deadline),)
    if view.until is None or view.stage.value not in words:
        return ()
    return (Due(lot.name, words[view.stage.value], view.until),)


def publicity_over(session: Session, lot: Lot) -> datetime | None:
    """The morning after the candidates' publicity; None when nothing was published."""
    shown = results.publicity_of(results.candidates_notice(session, lot.id))
    if shown is None:
        return None
    return datetime.combine(shown.until.astimezone(SHANGHAI).date(), OPENING, SHANGHAI)


def _other_dues(session: Session, main: Lot) -> tuple[Due, ...]:
    lots = session.scalars(select(Lot).where(Lot.id != main.id, Lot.stage.in_(BEFORE_DEADLINE)))
    return tuple(
        Due(lot.name, name, at)
        for lot in lots
        for name, at in ((say("开始发售文件"), lot.documents_from), (say("投标截止"), lot.deadline))
    )

"""What the public may search, count and read. Nothing here touches a bid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from kernel.format import local
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime
from trading.tenders.models import Lot, Project, StageChange
from trading.tenders.rules import ACCEPTS_BIDS, BEFORE_NOTICE, ENDED, LotStage

PAGE = 10
DAY = timedelta(days=1)


class StageGroup(StrEnum):
    """Stages as a reader asks for them."""

    OFFER = "offer"
    CLOSING = "closing"
    OPENING = "opening"
    EVALUATION = "evaluation"
    PUBLICITY = "publicity"
    AWARD = "award"
    ENDED = "ended"


class Window(StrEnum):
    """Deadlines as a reader asks for them."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


GROUPS: dict[StageGroup, frozenset[LotStage]] = {
    StageGroup.OFFER: ACCEPTS_BIDS | {LotStage.NOTICE_PUBLISHED},
    StageGroup.CLOSING: ACCEPTS_BIDS,
    StageGroup.OPENING: frozenset({LotStage.SUBMISSION_CLOSED, LotStage.OPENING, LotStage.OPENED}),
    StageGroup.EVALUATION: frozenset(
        {LotStage.EVALUATING, LotStage.RE_EVALUATION, LotStage.REPORT_SIGNED}
    ),
    StageGroup.PUBLICITY: frozenset({LotStage.CANDIDATES_PUBLISHED}),
    StageGroup.AWARD: frozenset(
        {
            LotStage.AWARDED,
            LotStage.NOTICE_ISSUED,
            LotStage.CONTRACT_SIGNED,
            LotStage.DEPOSITS_SETTLED,
        }
    ),
    StageGroup.ENDED: ENDED,
}


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for; empty means all. Pages count from 1."""

    text: str = ""
    regimes: tuple[Regime, ...] = ()
    region: str = ""
    groups: tuple[StageGroup, ...] = ()
    window: Window | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of lots and how many there are in all."""

    lots: Sequence[Lot]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of published lots, none of which says anything about a bid."""

    on_offer: int
    closing_this_week: int
    opening: int
    evaluating: int
    on_publicity: int


def public() -> ColumnElement[bool]:
    """What the public sees: everything that ever had a notice."""
    return and_(Lot.stage.not_in(BEFORE_NOTICE), Lot.notice_version > 0)


def public_lot(session: Session, lot_id: UUID) -> Lot:
    """A published lot. Raises Refused TEN-1001, also for one that is only a draft."""
    row = session.scalars(_lots().where(Lot.id == lot_id, public())).first()
    if row is None:
        raise Refused("TEN-1001")
    return row


def search_lots(session: Session, search: Search, *, now: datetime) -> Found:
    """Lots by deadline: those to come first, the nearest on top, then those past."""
    wanted = and_(public(), *_conditions(search, now))
    total = session.scalar(select(func.count()).select_from(Lot).join(Lot.project).where(wanted))
    pages = max(1, -(-(total or 0) // PAGE))
    page = min(max(1, search.page), pages)
    past = Lot.deadline < now
    lots = session.scalars(
        _lots()
        .where(wanted)
        .order_by(
            past,
            case((~past, Lot.deadline)).asc(),
            case((past, Lot.deadline)).desc(),
            Lot.number,
        )
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    return Found(lots, total or 0, page, pages)


def _conditions(search: Search, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text := search.text.strip():
        found.append(
            or_(
                Lot.name.icontains(text, autoescape=True),
                Lot.number.istartswith(text, autoescape=True),
                Project.name.icontains(text, autoescape=True),
                Project.tenderee_name.icontains(text, autoescape=True),
            )
        )
    if search.regimes:
        found.append(Project.regime.in_(search.regimes))
    if search.region:
        found.append(Project.region_code == search.region)
    if search.groups:
        found.append(or_(*(_group(group, now) for group in search.groups)))
    if search.window is not None:
        start, end = window(search.window, now)
        found.append(and_(Lot.deadline >= start, Lot.deadline < end))
    return found


def _group(group: StageGroup, now: datetime) -> ColumnElement[bool]:
    """By row and clock: a lot past its deadline is no longer on offer, whatever a job did."""
    # A held lot is found where it will go on.
    stages = func.coalesce(Lot.held_from, Lot.stage).in_(GROUPS[group])
    if group is StageGroup.OFFER:
        return and_(Lot.stage.in_(GROUPS[group]), Lot.deadline > now)
    if group is StageGroup.CLOSING:
        near = and_(Lot.deadline > now, Lot.deadline <= now + 3 * DAY)
        return and_(Lot.stage.in_(GROUPS[group]), near)
    if group is StageGroup.OPENING:
        return or_(stages, and_(Lot.stage.in_(ACCEPTS_BIDS), Lot.deadline <= now))
    return stages


def window(chosen: Window, now: datetime) -> tuple[datetime, datetime]:
    """The half-open span of a window, from the start of today or of this week (Monday)."""
    today = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if chosen is Window.TODAY:
        return today, today + DAY
    if chosen is Window.WEEK:
        monday = today - DAY * today.weekday()
        return monday, monday + 7 * DAY
    return today, today + 30 * DAY


def figures(session: Session, *, now: datetime) -> Figures:
    """The live numbers of the home page."""
    start, end = window(Window.WEEK, now)

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(and_(*conditions))

    row = session.execute(
        select(
            count(_group(StageGroup.OFFER, now)),
            count(_group(StageGroup.OFFER, now), Lot.deadline >= start, Lot.deadline < end),
            count(Lot.stage == LotStage.OPENING),
            count(Lot.stage.in_({LotStage.EVALUATING, LotStage.RE_EVALUATION})),
            count(Lot.stage == LotStage.CANDIDATES_PUBLISHED),
        ).where(public())
    ).one()
    return Figures(*row)


def regime_counts(session: Session) -> dict[Regime, int]:
    """How many published lots each category has."""
    rows = session.execute(
        select(Project.regime, func.count())
        .select_from(Lot)
        .join(Lot.project)
        .where(public())
        .group_by(Project.regime)
    ).all()
    return {row[0]: row[1] for row in rows}


def regions(session: Session) -> Sequence[tuple[str, str]]:
    """Code and name of every region with a published lot."""
    rows = session.execute(
        select(Project.region_code, Project.region_name)
        .join(Lot, Lot.project_id == Project.id)
        .where(public())
        .distinct()
        .order_by(Project.region_code)
    ).all()
    return [(code, name) for code, name in rows]


def openings_on(session: Session, start: datetime, end: datetime) -> Sequence[Lot]:
    """Published lots to be opened in [start, end), by time."""
    hidden = {LotStage.TERMINATED, LotStage.VOID, LotStage.FAILED}
    return session.scalars(
        _lots()
        .where(public(), Lot.deadline >= start, Lot.deadline < end, Lot.stage.not_in(hidden))
        .order_by(Lot.deadline, Lot.number)
    ).all()


def lots_in(session: Session, *stages: LotStage) -> Sequence[Lot]:
    """Published lots in some stages, by deadline."""
    return session.scalars(
        _lots().where(public(), Lot.stage.in_(stages)).order_by(Lot.deadline, Lot.number)
    ).all()


def recent_changes(session: Session, *, limit: int) -> Sequence[tuple[StageChange, Lot]]:
    """The newest public steps of any lot."""
    rows = session.execute(
        select(StageChange, Lot)
        .join(Lot, Lot.id == StageChange.lot_id)
        .where(public(), StageChange.to_stage.not_in(BEFORE_NOTICE))
        .order_by(StageChange.at.desc(), StageChange.number.desc())
        .limit(limit)
    ).all()
    return [(change, lot) for change, lot in rows]


def _lots() -> Select[Lot]:
    return select(Lot).join(Lot.project).options(joinedload(Lot.project))

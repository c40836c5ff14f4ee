"""The bank board as its readers see it: one tile a bank, arrivals of listed lots, two charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.rules import LinkState
from escrow.banks.terms import terms
from escrow.board import queries, rules
from escrow.board.queries import Arrival, Link, Sum, Waiting
from escrow.board.rules import Chart, Credit
from escrow.disclosure import asking
from escrow.disclosure.rules import SHANGHAI, Horizon, LotName
from escrow.reconciliation import queries as reconciliation
from kernel.clock import clock_timestamp
from kernel.live import LiveSession

STREAM: Final = "bank-board"
ABOUT: Final = UUID(int=0)
"""The one board's stream is about no row in particular."""
ARRIVALS_SHOWN: Final = 12
LOTS_SHOWN: Final = 6
LISTS_OF: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tile:
    """A bank; figures are None where the reader may not see this bank's.

    `unknown` counts payments for no sub-account, on the days before `sealed_from` only.
    """

    link: Link
    breaks: int
    held_fen: int | None
    arrived: Sum | None
    unknown: Sum | None
    waiting: int | None
    next_day: date | None

    @property
    def is_troubled(self) -> bool:
        """Whether somebody should look."""
        return self.link.state is not LinkState.UP or bool(self.breaks or self.waiting)


@dataclass(frozen=True, slots=True)
class LotArrivals:
    """What came for one listed lot; the newest list first."""

    lot: LotName
    arrived: Sum
    late: Sum


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole board."""

    tiles: tuple[Tile, ...]
    horizon: Horizon
    lots: tuple[LotArrivals, ...]
    latest: tuple[tuple[Arrival, LotName | None, str], ...]
    waiting: tuple[Waiting, ...]
    balances: Chart | None
    towards: tuple[LotName, Chart] | None
    live_id: UUID | None


def board(session: Session, *, now: datetime, own: str | None = None) -> Shown:
    """Everything that may be shown now; to a bank (`own` is its name) figures of itself alone."""
    horizon = asking.horizon(session)
    links = queries.links(session)
    mine = {one.bank_id for one in links if own in (None, one.name)}
    wall = clock_timestamp(session)
    came = [one for one in queries.arrivals(session, since=now - LISTS_OF) if one.bank_id in mine]
    names = {one.name for one in links if one.bank_id in mine}
    waiting = [
        one
        for one in queries.waiting(session, asked_before=wall - terms().call_after)
        if one.bank in names
    ]
    lots = asking.named(session, {one.lot_ref for one in came})
    by_name = {one.bank_id: one.name for one in links}
    return Shown(
        tiles=_tiles(session, links, mine, came, waiting, horizon),
        horizon=horizon,
        lots=_by_lot(came, lots),
        latest=tuple(
            (one, lots.get(one.lot_ref), by_name[one.bank_id])
            for one in reversed(came[-ARRIVALS_SHOWN:])
        ),
        waiting=tuple(waiting),
        balances=_balances(session, links, mine, horizon, now.astimezone(SHANGHAI).date()),
        towards=_towards(came, lots),
        live_id=session.scalar(
            select(LiveSession.id).where(LiveSession.kind == STREAM, LiveSession.ref == ABOUT)
        ),
    )


def _tiles(
    session: Session,
    links: Sequence[Link],
    mine: set[UUID],
    came: Sequence[Arrival],
    waiting: Sequence[Waiting],
    horizon: Horizon,
) -> tuple[Tile, ...]:
    held, unknown = queries.held(session), queries.unknown(session, horizon)
    broken = queries.broken(session)
    return tuple(
        Tile(
            link=link,
            breaks=broken.get(link.bank_id, 0),
            held_fen=held.get(link.bank_id, 0) if link.bank_id in mine else None,
            arrived=_sum([one for one in came if one.bank_id == link.bank_id])
            if link.bank_id in mine
            else None,
            unknown=unknown.get(link.bank_id, Sum()) if link.bank_id in mine else None,
            waiting=sum(one.bank == link.name for one in waiting) if link.bank_id in mine else None,
            next_day=reconciliation.next_to_close(session, link.bank_id),
        )
        for link in links
    )


def _by_lot(came: Sequence[Arrival], lots: Mapping[UUID, LotName]) -> tuple[LotArrivals, ...]:
    found = [
        LotArrivals(
            lot,
            _sum([one for one in came if one.lot_ref == ref]),
            _sum([one for one in came if one.lot_ref == ref and one.booked_at > lot.deadline]),
        )
        for ref, lot in lots.items()
    ]
    return tuple(sorted(found, key=lambda one: one.lot.deadline, reverse=True)[:LOTS_SHOWN])


def _sum(came: Sequence[Arrival]) -> Sum:
    return Sum(len(came), sum(one.amount_fen for one in came))


def _balances(
    session: Session, links: Sequence[Link], mine: set[UUID], horizon: Horizon, today: date
) -> Chart | None:
    days = [today - timedelta(days=n) for n in range(rules.DAYS - 1, -1, -1)]
    shown = sum(horizon.shows(day) for day in days)
    if not shown:
        return None
    ends = queries.day_ends(session, days)
    lines = {one.name: ends[one.bank_id] for one in links if one.bank_id in mine & ends.keys()}
    return rules.balances(lines, days, shown=shown)


def _towards(came: Sequence[Arrival], lots: Mapping[UUID, LotName]) -> tuple[LotName, Chart] | None:
    """How deposits came in before the newest listed deadline."""
    if not lots:
        return None
    lot = max(lots.values(), key=lambda one: one.deadline)
    came_in = [Credit(one.booked_at, one.amount_fen) for one in came if one.lot_ref == lot.ref]
    chart = rules.arrivals(came_in, deadline=lot.deadline, name=lot.number)
    return (lot, chart) if chart else None

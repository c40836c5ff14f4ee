"""The seats of one hall, read when they are asked for: most acts are about one of five hundred."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from trading.openings.models import AttemptRow, RescueRow, SeatRow
from trading.openings.states import Bid

FEW = 4


class Seats(Mapping[int, SeatRow]):
    """Rows by seat, in order of seats; a few are read alone, all are read together."""

    def __init__(self, session: Session, lot_id: UUID) -> None:
        self._session, self._lot_id = session, lot_id
        self._all: dict[int, SeatRow] | None = None
        self._asked: set[int] = set()

    def __getitem__(self, seat: int) -> SeatRow:
        self._asked.add(seat)
        if self._all is not None or len(self._asked) > FEW:
            return self._rows()[seat]
        row = self._session.get(SeatRow, (self._lot_id, seat))
        if row is None:
            raise KeyError(seat)
        return row

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows())

    def __len__(self) -> int:
        return len(self._rows())

    def of(self, pseudonym: str) -> SeatRow | None:
        """The seat of a pseudonym."""
        return self._session.scalars(
            select(SeatRow).where(SeatRow.lot_id == self._lot_id, SeatRow.pseudonym == pseudonym)
        ).first()

    def _rows(self) -> dict[int, SeatRow]:
        """Without the identities: certificates of 500 bidders, and only deposits ask for them."""
        if self._all is None:
            wanted = select(SeatRow).where(SeatRow.lot_id == self._lot_id).order_by(SeatRow.seat)
            rows = self._session.scalars(wanted.options(defer(SeatRow.identity)))
            self._all = {row.seat: row for row in rows}
        return self._all


def bid_of(seat: SeatRow) -> Bid:
    """A seat's own row as the rules see it, without its attempts."""
    return Bid(seat.seat, seat.state, seat.cause, seat.read, seat.answer)


def bids(session: Session, lot_id: UUID) -> tuple[Bid, ...]:
    """The list as the rules see it; before the list nothing more is asked of the database."""
    seats = session.execute(
        select(SeatRow.seat, SeatRow.state, SeatRow.cause, SeatRow.read, SeatRow.answer)
        .where(SeatRow.lot_id == lot_id)
        .order_by(SeatRow.seat)
    ).all()
    if not seats:
        return ()
    failed = session.execute(
        select(AttemptRow.seat, AttemptRow.code).where(
            AttemptRow.lot_id == lot_id, AttemptRow.code.is_not(None), AttemptRow.member.is_(None)
        )
    ).all()
    asked = set(session.scalars(select(RescueRow.seat).where(RescueRow.lot_id == lot_id)))
    tried: dict[int, list[str]] = {}
    for number, code in failed:
        tried.setdefault(number, []).append(code or "")
    return tuple(
        Bid(
            *own,
            tried=frozenset(tried.get(own[0], ())),
            asked=own[0] in asked,
            failures=len(tried.get(own[0], ())),
        )
        for own in seats
    )

"""The rows behind the parameter draw: what it is made from, what came of it, what is told of it.

Parts are computed once, with the verification: every listed bid's, opened or not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.crypto.sealing import committee_secret
from kernel.pure import parameters
from kernel.pure.envelope import Header, draw_part
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.messages import ReleaseStage
from kernel.pure.parameters import Drawn, Inputs, Parameter
from trading.openings.causes import BidState
from trading.openings.models import DrawRow, OpeningRow, SeatRow
from trading.openings.states import AFTER_LIST, Fact, Opening, Stage
from trading.tenders.rules import LotSnapshot

if TYPE_CHECKING:
    from trading.openings.hall import Hall


def published(lot: LotSnapshot) -> tuple[Parameter, ...]:
    """The draws that the lot's documents name, in order."""
    fields = Fields(dict(lot.evaluation_plan), code="EVA-1101")
    return tuple(map(parameters.read, fields.some("draws", most=parameters.MOST)))


def loaded(opening: Opening, hall: "Hall") -> Opening:
    """The snapshot with its draws; before the list the database is not asked for any."""
    draws = published(hall.lot)
    if not draws or opening.stage not in AFTER_LIST:
        return replace(opening, draws=draws)
    drawn = tuple(_drawn(row) for row in rows(hall.session, hall.row.lot_id))
    waits = opening.stage is Stage.PARAMETER_DRAW
    return replace(opening, draws=draws, drawn=drawn, inputs=_inputs(hall) if waits else None)


def rows(session: Session, lot_id: UUID) -> list[DrawRow]:
    """What was drawn, in order."""
    return list(
        session.scalars(select(DrawRow).where(DrawRow.lot_id == lot_id).order_by(DrawRow.no))
    )


def _drawn(row: DrawRow) -> Drawn:
    return Drawn(row.name, tuple(row.options), row.index, row.value, bytes(row.seed))


def _inputs(hall: "Hall") -> Inputs:
    """Prices are those that were verified; nobody hears them before the read-out."""
    seats = hall.seats.values()
    return Inputs(
        lot=str(hall.row.lot_id),
        close_root=bytes(hall.row.close_root or b""),
        parts={
            bytes(seat.commitment): bytes(seat.draw_part) if seat.draw_part else None
            for seat in seats
        },
        prices={
            bytes(seat.commitment): int(seat.offer["price_fen"])
            for seat in seats
            if seat.state is BidState.OPENED and seat.offer
        },
        ceiling_fen=hall.lot.ceiling_fen,
    )


def part_of(header: Header, shares: Mapping[int, bytes]) -> bytes | None:
    """What a bid puts into the draws, from its second shares; None where they rebuild nothing."""
    try:
        return draw_part(committee_secret(header, ReleaseStage.OPEN, shares))
    except Refused:
        return None


def keep(hall: "Hall", fact: Fact) -> dict[str, Any]:
    """A drawn value in its row and in the log; returns what its event says besides."""
    drawn: Drawn = fact["drawn"]
    parameter: Parameter = fact["parameter"]
    told = {
        "lot": str(hall.lot.id),
        "no": fact["no"],
        "name": drawn.name,
        "options": list(drawn.options),
        "value": drawn.value,
        "seed": drawn.seed.hex(),
    }
    leaf = log.append(hall.session, "parameter_draw", told)
    hall.session.add(
        DrawRow(
            lot_id=hall.row.lot_id,
            no=fact["no"],
            name=drawn.name,
            parameter=parameter.to_json(),
            options=list(drawn.options),
            index=drawn.index,
            value=drawn.value,
            seed=drawn.seed,
            leaf_id=leaf,
            at=hall.now,
        )
    )
    hall.session.flush()
    root = (hall.row.close_root or b"").hex()
    parts = parts_told(hall.seats.values())
    return {"close_root": root, "parts": parts, "log_leaf": str(leaf)}


def parts_told(seats: Iterable[SeatRow]) -> list[dict[str, str | None]]:
    """Draw parts by commitment, in the order they enter the seed."""
    ordered = sorted(seats, key=lambda seat: bytes(seat.commitment))
    return [
        {
            "commitment": seat.commitment.hex(),
            "part": seat.draw_part.hex() if seat.draw_part else None,
        }
        for seat in ordered
    ]


def record(hall: "Hall") -> dict[str, Any]:
    """The record's chapter: what was published, what went in, what came out; empty without draws.

    The close's root, the last input, stands beside it in the record.
    """
    draws = published(hall.lot)
    return {
        "published": [each.to_json() for each in draws],
        "parts": parts_told(hall.seats.values()) if draws else [],
        "drawn": [
            {**each, "at": row.at.isoformat(), "log_leaf": str(row.leaf_id)}
            for row in rows(hall.session, hall.row.lot_id)
            for each in (told(row),)
        ],
    }


def told(row: DrawRow) -> dict[str, Any]:
    """One draw as bundle and record tell it."""
    return {
        "parameter": row.parameter,
        "options": list(row.options),
        "index": row.index,
        "value": row.value,
        "seed": row.seed.hex(),
    }


def values(session: Session, row: OpeningRow) -> dict[str, str | None]:
    """What was drawn by name: exact decimal text, or a bid's commitment in hexadecimal."""
    return {each.name: each.value for each in rows(session, row.lot_id)}

"""How interest was reckoned, as JSON and back: kept with the payment, shown segment by segment."""

from datetime import date
from decimal import Decimal
from typing import Any

from escrow.interest.rules import Interest, Segment


def interest_as_json(interest: Interest) -> dict[str, Any]:
    """Days as ISO dates, rates as decimal text."""
    return {
        "principal_fen": interest.principal_fen,
        "start": interest.start.isoformat(),
        "end": interest.end.isoformat(),
        "fen": interest.fen,
        "segments": [
            {
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
                "base_yuan": one.base_yuan,
                "percent": str(one.percent),
                "mils": one.mils,
            }
            for one in interest.segments
        ],
    }


def interest_from_json(told: dict[str, Any]) -> Interest:
    """Undo `interest_as_json`."""
    return Interest(
        principal_fen=told["principal_fen"],
        start=date.fromisoformat(told["start"]),
        end=date.fromisoformat(told["end"]),
        segments=tuple(
            Segment(
                start=date.fromisoformat(one["start"]),
                end=date.fromisoformat(one["end"]),
                base_yuan=one["base_yuan"],
                percent=Decimal(one["percent"]),
                mils=one["mils"],
            )
            for one in told["segments"]
        ),
        fen=told["fen"],
    )

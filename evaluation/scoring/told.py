"""What a member is told of sheets and results, as JSON. Marks come from current reveals alone."""

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from evaluation.rooms.seen import MemberView
from evaluation.scoring import queries
from evaluation.scoring.actions import flagged
from evaluation.scoring.desk import Desk, Head
from evaluation.scoring.formulas import half_up
from evaluation.scoring.sheets import SheetStage
from kernel.pure.errors import Refused
from kernel.web import explain


def sheets_json(desk: Desk, member: MemberView) -> dict[str, Any]:
    """The own sheets by bid with the fault of a returned one; of others only how many are in."""
    stage = desk.stage
    if stage is None:
        return {"stage": None, "owed": 0, "mine": [], "progress": []}
    return {
        "stage": stage.value,
        "owed": desk.owed(stage),
        "mine": [
            _mine(bid.number, bid.commitment, desk.head(member, stage, bid.commitment))
            for bid in desk.bids(stage)
        ],
        "progress": [
            {"seat": each.seat, "submitted": len(desk.standing(each, stage))}
            for each in desk.room.members
        ],
    }


def results_json(session: Session, desk: Desk, *, seat: int | None) -> dict[str, Any]:
    """What was revealed to the present committee; `seat` is the asking member's, if one asks."""
    told: dict[str, Any] = {
        "stages": {},
        "verdicts": None,
        "results": None,
        "price": [],
        "ranking": [],
        "flags": [],
        "reasons_due": [],
        "confirmed": [],
    }
    qualification = desk.current(SheetStage.QUALIFICATION)
    technical = desk.current(SheetStage.TECHNICAL)
    if qualification is not None:
        told["verdicts"] = qualification.content["verdicts"]
        told["stages"]["qualification"] = _rows(session, desk, SheetStage.QUALIFICATION)
    if technical is not None:
        results = dict(technical.content)
        told["stages"]["technical"] = _rows(session, desk, SheetStage.TECHNICAL)
        told |= _outcome(results)
        told["reasons_due"] = list(flagged(results, seat)) if seat is not None else []
        told["confirmed"] = [
            {"seat": each.seat, "reasons": dict(each.reasons)}
            for each in queries.confirmations(session, technical.id)
        ]
    return told


def _mine(number: int, commitment: bytes, head: Head | None) -> dict[str, Any]:
    state = "open" if head is None else "returned" if head.fault else "submitted"
    return {
        "number": number,
        "bid": commitment.hex(),
        "state": state,
        "commitment": head.commitment.hex() if head else None,
        "at": head.at.isoformat() if head else None,
        "fault": _fault(head.fault) if head and head.fault else None,
    }


def _fault(fault: Refused) -> dict[str, str]:
    told = explain(fault.code, **fault.facts)
    return {"code": fault.code, "what": told.what, "why": told.why, "next": told.next}


def _rows(session: Session, desk: Desk, stage: SheetStage) -> list[dict[str, Any]]:
    """Bid × key with every member's mark and note."""
    sheets = queries.revealed_sheets(session, desk, stage)
    marks = [(sheet.seat, sheet.bid, json.loads(sheet.text)["marks"]) for sheet in sheets]
    plan = desk.room.plan
    keys = [c.key for c in plan.checks]
    if stage is SheetStage.TECHNICAL:
        keys = [item.key for item in plan.items]
    return [
        _row(
            key, bid.commitment, [(seat, each) for seat, of, each in marks if of == bid.commitment]
        )
        for bid in desk.bids(stage)
        for key in keys
    ]


def _row(key: str, bid: bytes, marks: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    told = [{"seat": seat, **each[key]} for seat, each in marks]
    failed = sum(each["value"] == "fail" for each in told)
    return {"bid": bid.hex(), "key": key, "marks": told, "passed": 2 * failed <= len(told)}


def _outcome(results: dict[str, Any]) -> dict[str, Any]:
    bids = {bid["number"]: bid for bid in results["bids"]}
    return {
        "results": results,
        "price": [
            {
                "number": bid["number"],
                "bid": bid["commitment"],
                "price_fen": bid["price_fen"],
                "base_fen": results["base_fen"],
                "exact": bid["price"]["exact"] if bid["price"] else None,
                "score": bid["price"]["rounded"] if bid["price"] else None,
                "evaluated_fen": bid["evaluated_fen"],
            }
            for bid in results["bids"]
        ],
        "ranking": [
            {
                "rank": place["rank"],
                "number": place["number"],
                "bid": place["commitment"],
                "technical": bids[place["number"]]["technical"]["rounded"],
                "price": (bids[place["number"]]["price"] or {}).get("rounded"),
                "total": place["total"],
                "decided_by": place["decided_by"],
            }
            for place in results["ranking"]
        ],
        "flags": [
            {
                "number": bid["number"],
                "bid": bid["commitment"],
                "kind": flag["kind"],
                "seat": flag["seat"],
                "key": flag["key"],
                "percent": _percent(flag["away"]),
            }
            for bid in results["bids"]
            for flag in bid["flags"]
        ],
    }


def _percent(away: str | None) -> str | None:
    return None if away is None else str(half_up(Fraction(away) * 100, 1))

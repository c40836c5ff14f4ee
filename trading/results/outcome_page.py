"""The public page of a result, and what a bidder of the lot sees of its own on it."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from trading.results import queries, settling, timing, told
from trading.results.queries import Bidder
from trading.results.rules import Cause, NoticeKind
from trading.tenders import life
from trading.tenders import queries as lots
from trading.tenders.rules import BEFORE_NOTICE, HOLDS, LotStage

WAITING = frozenset({LotStage.OPENED, LotStage.EVALUATING, LotStage.REPORT_SIGNED})


def page(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Everything the template needs. Raises Refused TEN-1001 for a draft."""
    session, now = call.session, call.now
    lot = lots.lot_row(session, lot_id)
    if lot.stage in BEFORE_NOTICE:
        raise Refused("TEN-1001")
    shown = told.candidates(session, lot_id)
    limits = timing.limits_of(session, lot)
    standing = queries.standing(session, lot)
    listed = queries.bidders(session, lot_id)
    mine = _mine(call, lot_id, listed, public=shown is not None)
    papers = queries.notices(session, lot_id)
    addressed = mine["seat"] if mine else None
    award = queries.award_of(session, lot_id)
    runs = bool(standing.publicity and standing.publicity.runs(now))
    return {
        "lot": lot,
        "chip": life.chip(lot, now),
        "rail": life.rail(lot, now, tuple(lots.timeline(session, lot_id))),
        "stage": lot.stage.value,
        "is_waiting": lot.stage in WAITING,
        "is_held": lot.stage in HOLDS,
        "shown": shown,
        "runs": runs,
        "not_evaluated": [
            {"row": bidder, "why": told.unranked(bidder)}
            for bidder in listed
            if not bidder.effective
        ],
        "limits": told.limits(limits, now),
        "objections": told.objections(queries.objections(session, lot_id), limits, now),
        "award": award,
        "ground": _ground(award.body["ground"]) if award else [],
        "contract": queries.contract_of(session, lot_id),
        "archive": queries.archive_of(session, lot_id),
        "notices": told.notices(
            session,
            tuple(v for v in papers if v.row.seat is None or v.row.seat == addressed),
        ),
        "mine": mine,
        "may_object": runs and standing.on_show and mine is not None,
    }


def _mine(
    call: Call, lot_id: UUID, listed: tuple[Bidder, ...], *, public: bool
) -> dict[str, Any] | None:
    """The reader's own bid and refund; its rank only once the candidates are `public`."""
    actor = call.actor
    if not isinstance(actor, Account) or actor.role is not Role.BIDDER:
        return None
    bidder = next((each for each in listed if each.ref == actor.organisation_id), None)
    if bidder is None:
        return None
    outcome = queries.report_of(call.session, lot_id) if public else None
    ranking = outcome.ranking if outcome else ()
    rejected = outcome.rejected if outcome else ()
    award = queries.award_of(call.session, lot_id)
    view = settling.view(call.session, lot_id, call.now)
    line = next((x for x in view.lines if x.bidder_ref == bidder.ref), None) if view else None
    return {
        "bidder": bidder,
        "seat": bidder.seat,
        "ranked": next((r for r in ranking if r.number == bidder.seat), None),
        "rejected": next((r for r in rejected if r.number == bidder.seat), None),
        "won": award is not None and award.seat == bidder.seat,
        "paper": _paper(bidder.seat, won=award is not None and award.seat == bidder.seat),
        "refund": told.line_told(line, {bidder.ref: bidder.organisation}) if line else None,
    }


def _paper(seat: int, *, won: bool) -> str:
    return NoticeKind.AWARD.value if won else f"{NoticeKind.OUTCOME.value}-{seat}"


def _ground(ground: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [{**each, "word": told.cause_word(Cause(each["cause"]))} for each in ground or []]

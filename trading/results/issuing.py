"""中标通知书 to the winner, 招标结果通知书 to every other bidder, and the public result.

招标投标法 45: all of them at once; the contract's time runs from this moment (法 46).
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel import log
from kernel.calendar import published_holidays
from kernel.format import local
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.pure.errors import Refused
from trading.results import queries, rules
from trading.results.candidates import described, offered, ranked_json
from trading.results.models import Award, ResultNotice
from trading.results.queries import Bidder
from trading.results.rules import NoticeKind, Outcome
from trading.tenders import legal_calendar, rule_book
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage, zulu

FORMAT = "sunbid result notice/1"
TITLES = {
    NoticeKind.AWARD: "中标通知书",
    NoticeKind.OUTCOME: "招标结果通知书",
    NoticeKind.RESULT: "中标结果公告",
}


def issue_notices(
    session: Session, lot_id: Any, *, actor: Actor, now: datetime
) -> tuple[ResultNotice, ...]:
    """Issue every notice of an award, once; the worker writes their PDFs.

    Raises Refused TEN-1004 neither agency nor tenderee, RES-1004 another stage.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id, lot.project.tenderee_id})
    rules.check_stage(lot.stage, LotStage.AWARDED)
    award = queries.award_of(session, lot_id)
    if award is None:
        raise Refused("RES-1001")
    outcome = queries.need_report(session, lot_id)
    listed = queries.bidders(session, lot_id)
    issued = [_public(session, lot, award, outcome, now)]
    for bidder in listed:
        issued.append(_addressed(session, lot, award, outcome, bidder, now))
    session.add_all(issued)
    session.flush()
    move(session, lot, LotStage.NOTICE_ISSUED, actor=actor, now=now)
    return tuple(issued)


def _public(
    session: Session, lot: Lot, award: Award, outcome: Outcome, now: datetime
) -> ResultNotice:
    body = {
        **_begun(lot, award, NoticeKind.RESULT, now),
        "ranking": [ranked_json(each) for each in outcome.candidates(len(outcome.ranking))],
        "ground": award.body["ground"],
    }
    return _notice(session, lot, award, NoticeKind.RESULT, None, body, now)


def _addressed(
    session: Session,
    lot: Lot,
    award: Award,
    outcome: Outcome,
    bidder: Bidder,
    now: datetime,
) -> ResultNotice:
    won = bidder.seat == award.seat
    kind = NoticeKind.AWARD if won else NoticeKind.OUTCOME
    body = {**_begun(lot, award, kind, now), "recipient": bidder.organisation}
    if won:
        book = rule_book.rule_set(lot.rule_set)
        due = legal_calendar.ends(now, book.value("contract_days"), published_holidays())
        body |= {
            **offered(bidder),
            "contract_days": book.value("contract_days"),
            "contract_until": rules.last_day(due).isoformat(),
        }
    else:
        body |= _standing_of(bidder, outcome)
    return _notice(session, lot, award, kind, bidder.seat, body, now)


def _begun(lot: Lot, award: Award, kind: NoticeKind, now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": kind.value,
        "title": TITLES[kind],
        **described(lot),
        "award": bytes(award.digest).hex(),
        "winner": award.organisation,
        "winner_code": award.body["credit_code"],
        "price_fen": award.price_fen,
        "rank": award.rank,
        "decided_at": zulu(award.decided_at),
        "issued_on": local(now).date().isoformat(),
        "contact": lot.contact,
    }


def _standing_of(bidder: Bidder, outcome: Outcome) -> dict[str, Any]:
    """The reader's own rank and score, or why the bid was rejected or never opened."""
    ranked = next((r for r in outcome.ranking if r.number == bidder.seat), None)
    rejected = next((r for r in outcome.rejected if r.number == bidder.seat), None)
    return {
        "own": ranked_json(ranked) if ranked else None,
        "ranked": len(outcome.ranking),
        "rejected": rejected.reason if rejected else None,
    }


def _notice(
    session: Session,
    lot: Lot,
    award: Award,
    kind: NoticeKind,
    seat: int | None,
    body: dict[str, Any],
    now: datetime,
) -> ResultNotice:
    told = {**body, "seat": seat}
    digest = rules.digest(told)
    # Whom an addressed notice goes to stays between the parties: the log holds its digest only.
    leaf = log.append(
        session,
        "result_notice",
        {
            "lot": str(lot.id),
            "number": lot.number,
            "kind": kind.value,
            "digest": digest.hex(),
            "award": bytes(award.digest).hex(),
        },
    )
    return ResultNotice(
        id=new_id(),
        lot_id=lot.id,
        kind=kind,
        seat=seat,
        version=queries.next_version(session, lot.id, kind, seat),
        title=f"{lot.name}{TITLES[kind]}",
        body=told,
        digest=digest,
        signature=award.signature,
        certificate=award.certificate,
        signer=award.signer,
        leaf_id=leaf,
        published_at=now,
    )

"""When each legal limit of a lot began, ends, and was met: by rows and the calendar."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.calendar import published_holidays
from kernel.pure.legal_days import SHANGHAI
from trading.results import queries
from trading.results.limits import Limit, Timed, timed
from trading.results.models import Contract
from trading.tenders import queries as tenders
from trading.tenders import rule_book
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage


def limits_of(session: Session, lot: Lot) -> dict[str, Timed]:
    """The limits that have begun, by a stable key; objections as `answer:<number>`."""
    rules, holidays = rule_book.rule_set(lot.rule_set), published_holidays()
    found: dict[str, Timed] = {}
    report = queries.report_of(session, lot.id)
    if report is None:
        return found
    notice = queries.candidates_notice(session, lot.id)
    published = notice.published_at if notice else None
    found["candidates"] = timed(
        Limit.CANDIDATES, report.signed_at, published, rules=rules, holidays=holidays
    )
    for each in queries.objections(session, lot.id):
        found[f"answer:{each.row.number}"] = timed(
            Limit.ANSWER,
            each.row.raised_at,
            each.answer.answered_at if each.answer else None,
            rules=rules,
            holidays=holidays,
        )
    noticed = queries.notice_of_award(session, lot.id)
    contract = queries.contract_of(session, lot.id)
    if noticed is not None:
        signed = signed_at(contract) if contract else None
        found["contract"] = timed(
            Limit.CONTRACT, noticed.published_at, signed, rules=rules, holidays=holidays
        )
    if contract is not None:
        found["refund"] = timed(
            Limit.REFUND,
            signed_at(contract),
            settled_at(session, lot.id),
            rules=rules,
            holidays=holidays,
        )
    return found


def contract_due(session: Session, lot: Lot) -> Timed | None:
    """The contract's limit, once the award notice is out."""
    return limits_of(session, lot).get("contract")


def signed_at(contract: Contract) -> datetime:
    """The day of a contract as a moment: noon, so that it falls on its own day everywhere."""
    return datetime.combine(contract.signed_on, time(12, 0), SHANGHAI)


def settled_at(session: Session, lot_id: UUID) -> datetime | None:
    """When the lot's deposits had all gone back."""
    reached = (LotStage.DEPOSITS_SETTLED,)
    return next((c.at for c in tenders.timeline(session, lot_id) if c.to_stage in reached), None)

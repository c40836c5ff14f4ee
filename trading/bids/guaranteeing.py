"""What a lot asks of a guarantee (条例26): as long as the bid, from the day of the deadline."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from escrow.public import Asked, Named
from kernel.identity.queries import organisation
from kernel.pure.legal_days import local_date
from trading.tenders import rule_book
from trading.tenders.rules import LotSnapshot


def asked(session: Session, lot: LotSnapshot, principal: Named) -> Asked:
    """What the guarantee of `principal` must say."""
    tenderee = organisation(session, lot.tenderee_id)
    begins, through = _days(lot)
    return Asked(
        amount_fen=lot.deposit_fen,
        begins=begins,
        through=through,
        lot=lot.number,
        beneficiary=Named(tenderee.name, tenderee.credit_code),
        principal=principal,
    )


def terms(session: Session, lot: LotSnapshot) -> dict[str, Any] | None:
    """The same for everybody's browser, which names the principal itself; None without deposit."""
    if not lot.deposit_fen:
        return None
    wanted = asked(session, lot, Named("", ""))
    return {
        "beneficiary": {
            "name": wanted.beneficiary.name,
            "credit_code": wanted.beneficiary.credit_code,
        },
        "lot": wanted.lot,
        "project": lot.project_name,
        "amount_fen": wanted.amount_fen,
        "valid_from": wanted.begins.isoformat(),
        "valid_until": wanted.through.isoformat(),
    }


def _days(lot: LotSnapshot) -> tuple[date, date]:
    """From the day of the deadline through the last day of the bid's validity."""
    begins = local_date(lot.deadline)
    days = rule_book.rule_set(lot.rule_set).value("bid_validity_days")
    return begins, begins + timedelta(days=days)

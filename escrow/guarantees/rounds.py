"""The worker's edge to issuers: they are spoken to between transactions, never inside one."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.forfeits import actions as forfeits
from escrow.guarantees import actions, queries
from escrow.guarantees.issuer import GuaranteeIssuer, IssuerUnreachableError
from escrow.guarantees.models import Guarantee, Issuer
from escrow.guarantees.rules import GuaranteeState, Word
from kernel.clock import clock_timestamp, legal_now
from kernel.house import House
from kernel.pure.legal_days import local_date

LOG = logging.getLogger("sunbid.guarantees")
ASK_AFTER: Final = timedelta(seconds=10)
"""How long an issuer that was asked in vain is left in peace (wall time)."""


def waiting(house: House) -> tuple[UUID, ...]:
    """Guarantees about which their issuer has to hear or to be heard."""
    with house.database.reading() as session:
        return queries.waiting(session)


def advance(house: House, guarantee_id: UUID) -> None:
    """One question, release or claim; what the issuer answers is written down after."""
    with house.database.writing() as session:
        row = session.get_one(Guarantee, guarantee_id, with_for_update=True)
        wall = clock_timestamp(session)
        if row.asked_at is not None and wall - row.asked_at < ASK_AFTER:
            return
        row.asked_at = wall
        issuer = session.get_one(Issuer, row.issuer_id)
        speak = _question(queries.reach(issuer, house.keys), row)
    try:
        word = speak()
    except IssuerUnreachableError as error:
        LOG.info("an issuer did not answer: %s", error)
        return
    with house.database.writing() as session:
        _heard(session, guarantee_id, word)


def expire(house: House) -> None:
    """Those whose last day is over."""
    with house.database.writing() as session:
        now = legal_now(session)
        for row in queries.run_out(session, local_date(now)):
            actions.expire(session, row, now=now)


def _question(gateway: GuaranteeIssuer, row: Guarantee) -> Callable[[], Word]:
    """What has to be said, ready to be said outside the transaction."""
    number, digest = row.number or "", bytes(row.digest)
    match row.state:
        case GuaranteeState.RELEASED:
            return partial(gateway.release, number, digest, key=f"R{row.id.hex}")
        case GuaranteeState.CLAIMED if row.word is not Word.CLAIMED:
            return partial(gateway.claim, dict(row.claim or {}), key=row.claim_key or "")
        case _:
            return partial(gateway.standing, number, digest)


def _heard(session: Session, guarantee_id: UUID, word: Word) -> None:
    forfeits.hold_claimed(session, guarantee_id)
    row = session.get_one(Guarantee, guarantee_id, with_for_update=True)
    before = row.state
    now = legal_now(session)
    actions.hear(session, row, word, now=now)
    row.asked_at = clock_timestamp(session)
    if before is not row.state and row.state is GuaranteeState.PAID_OUT:
        forfeits.note_paid_out(session, row.id, at=now)

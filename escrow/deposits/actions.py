"""Claiming a sub-account, judging what arrived on it, giving it back (条例35, 57)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import SubAccountState
from escrow.bookings.seals import new_token, public_bytes, token_bytes, token_hash, token_key
from escrow.deposits import queries, rules
from escrow.deposits.models import DepositVerdict, Feed
from escrow.deposits.rules import (
    WRONG_PAYER,
    DepositTerms,
    Finality,
    Outcome,
    Payer,
    Payment,
    Verdict,
)
from escrow.ledger import actions as ledger
from escrow.ledger.models import Bank, MasterAccount
from escrow.ledger.rules import AccountKind, AccountName
from escrow.refunds import actions as refunds
from escrow.refunds import holds
from escrow.refunds.rules import (
    Held,
    HoldPurpose,
    RefundReason,
    ReleaseReason,
    check_releasable,
)
from kernel.ids import new_id
from kernel.pure.errors import Refused

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
RETURN_AFTER_MONTHS: Final = 6


class Claim(NamedTuple):
    """A claimed sub-account; the token is told once."""

    number: str
    bank_name: str
    master_name: str
    token: str


def open_sub_accounts(session: Session, bank: Bank, numbers: Iterable[str]) -> int:
    """Take numbers that the bank has opened into the pool; returns how many were new."""
    rows = [
        {"id": new_id(), "bank_id": bank.id, "number": n, "state": SubAccountState.POOL}
        for n in dict.fromkeys(numbers)
    ]
    if not rows:
        return 0
    taken = session.scalars(
        insert(SubAccount)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["number"])
        .returning(SubAccount.number)
    ).all()
    names = [AccountName(AccountKind.DEPOSIT, number) for number in taken]
    ledger.open_accounts(session, bank.id, names)
    return len(taken)


def claim(session: Session, *, bank: str, now: datetime) -> Claim:
    """Give a random number of the bank's pool to a new token. Refuses ESC-1101, ESC-1102."""
    chosen = bookings.bank_by_code(session, bank)
    if chosen is None:
        raise Refused("ESC-1102")
    sub = session.scalars(
        select(SubAccount)
        .where(SubAccount.bank_id == chosen.id, SubAccount.state == SubAccountState.POOL)
        .order_by(func.random())
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if sub is None:
        raise Refused("ESC-1101", bank=chosen.name)
    token = new_token()
    raw = token_bytes(token)
    assert raw is not None
    sub.state = SubAccountState.CLAIMED
    sub.token_hash = token_hash(raw)
    sub.token_key = public_bytes(token_key(raw))
    sub.return_by = return_month(now)
    session.flush()
    master = session.scalars(select(MasterAccount).where(MasterAccount.bank_id == chosen.id)).one()
    return Claim(sub.number, chosen.name, master.name, token)


def return_month(now: datetime) -> date:
    """First day of the month in which unclaimed money goes back."""
    today = now.astimezone(SHANGHAI)
    months = today.year * 12 + today.month + RETURN_AFTER_MONTHS
    return date(months // 12, months % 12 + 1, 1)


def status(session: Session, *, token: str, terms: DepositTerms, payer: Payer) -> Verdict:
    """What the deposit would be judged now; nothing is stored. Refuses ESC-1201."""
    sub, found = _opened(session, token)
    return rules.judge(
        tuple(payment for _, payment in found),
        terms=terms,
        payer=payer,
        complete_until=queries.complete_until(session, sub.bank_id),
    )


def return_wrong_payer(session: Session, *, token: str, payer: Payer, now: datetime) -> int:
    """Order back every credit that is not from the filed basic account. Refuses ESC-1201."""
    _, found = _opened(session, token, lock=True)
    return _return_wrong(session, found, payer=payer, now=now)


def judge(
    session: Session,
    *,
    number: str,
    token: str,
    terms: DepositTerms,
    payer: Payer,
    bidder_ref: UUID,
    lot_ref: UUID,
    now: datetime,
) -> Verdict:
    """Judge officially, after the lock, and keep the verdict; a final one never changes."""
    previous = queries.latest_verdict(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if previous is not None and previous.finality is Finality.FINAL:
        return rules.verdict_from_json(previous.verdict)
    sub = bookings.by_token(session, token, lock=True)
    if sub is None or sub.number != number.strip():
        sub = None
        verdict = rules.unmatched(Outcome.UNKNOWN_SUB, terms=terms)
    elif queries.judged_for_another(session, sub.id, lot_ref=lot_ref, bidder_ref=bidder_ref):
        sub = None
        verdict = rules.unmatched(Outcome.DUPLICATE, terms=terms)
    else:
        verdict = _judge(session, token, terms=terms, payer=payer, now=now)
    _keep(session, previous, verdict, lot_ref, bidder_ref, sub=sub, payer=payer, now=now)
    return verdict


def keep_verdict(
    session: Session, verdict: Verdict, *, lot_ref: UUID, bidder_ref: UUID, now: datetime
) -> None:
    """Keep the verdict on what is no deposit, by version; a final one never changes."""
    previous = queries.latest_verdict(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if previous is None or previous.finality is not Finality.FINAL:
        _keep(session, previous, verdict, lot_ref, bidder_ref, sub=None, payer=None, now=now)


def _keep(
    session: Session,
    previous: DepositVerdict | None,
    verdict: Verdict,
    lot_ref: UUID,
    bidder_ref: UUID,
    *,
    sub: SubAccount | None,
    payer: Payer | None,
    now: datetime,
) -> None:
    if previous is not None and not _differs(previous, verdict):
        return
    session.add(
        DepositVerdict(
            lot_ref=lot_ref,
            bidder_ref=bidder_ref,
            version=previous.version + 1 if previous else 1,
            sub_account_id=sub.id if sub else None,
            outcome=verdict.outcome,
            finality=verdict.finality,
            verdict=verdict.as_json(),
            payer_name=payer.name if sub and payer else None,
            payer_account=payer.account if sub and payer else None,
            decided_at=now,
        )
    )
    session.flush()


def release(session: Session, *, token: str, reason: ReleaseReason, now: datetime) -> int:
    """Order everything on the token's sub-account back; returns the fen ordered, 0 if none is left.

    Refuses ESC-1201 (unknown), ESC-1302 (already judged), ESC-1303 (a cause of officials).
    """
    sub = bookings.by_token(session, token, lock=True)
    if sub is None:
        raise Refused("ESC-1201")
    check_releasable(Held(judged=queries.judged(session, sub.id), by_token=True), reason)
    return release_locked(session, sub, reason=RefundReason(reason.value), now=now)


def release_judged(
    session: Session, *, lot_ref: UUID, bidder_ref: UUID, reason: ReleaseReason, now: datetime
) -> int:
    """Order back the deposit by which a bidder was judged; returns the fen ordered, 0 if none.

    Only the verdict names the sub-account: a number alone could be somebody else's.
    """
    verdict = queries.latest_verdict(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if verdict is None or verdict.sub_account_id is None:
        return 0
    sub = session.get_one(SubAccount, verdict.sub_account_id, with_for_update=True)
    check_releasable(Held(judged=True, by_token=False), reason)
    return release_locked(session, sub, reason=RefundReason(reason.value), now=now)


def release_locked(
    session: Session, sub: SubAccount, *, reason: RefundReason, now: datetime
) -> int:
    """Release a sub-account whose row the caller has locked."""
    holds.place(session, sub.id, HoldPurpose.REFUND, now=now)
    sub.state = SubAccountState.RELEASED
    return sum(
        refunds.order(session, credit, reason=reason, now=now)
        for credit in bookings.credits_of(session, sub.id)
    )


def advance_feed(session: Session, bank_id: UUID, complete_until: datetime) -> None:
    """Note that everything the bank booked up to that time is here; never moves back."""
    put = insert(Feed).values(bank_id=bank_id, complete_until=complete_until)
    session.execute(
        put.on_conflict_do_update(
            index_elements=["bank_id"],
            set_={
                "complete_until": func.greatest(Feed.complete_until, put.excluded.complete_until)
            },
        )
    )


_Found = tuple[tuple[BankEntry, Payment], ...]


def _opened(session: Session, token: str, *, lock: bool = False) -> tuple[SubAccount, _Found]:
    raw = token_bytes(token)
    sub = bookings.by_token(session, token, lock=lock)
    if sub is None or raw is None:
        raise Refused("ESC-1201")
    return sub, queries.payments(session, sub, token_key(raw))


def _judge(
    session: Session, token: str, *, terms: DepositTerms, payer: Payer, now: datetime
) -> Verdict:
    sub, found = _opened(session, token)
    verdict = rules.judge(
        tuple(payment for _, payment in found),
        terms=terms,
        payer=payer,
        complete_until=queries.complete_until(session, sub.bank_id),
    )
    _return_wrong(session, found, payer=payer, now=now)
    if verdict.finality is Finality.FINAL and verdict.outcome is Outcome.OVER:
        _return_excess(session, found, terms=terms, payer=payer, verdict=verdict, now=now)
    return verdict


def _return_wrong(session: Session, found: _Found, *, payer: Payer, now: datetime) -> int:
    # The deadline does not matter here: a wrong payer's money goes back whenever it came.
    anytime = DepositTerms(0, datetime.max.replace(tzinfo=SHANGHAI))
    return sum(
        refunds.order(session, credit, reason=RefundReason.WRONG_PAYER, now=now)
        for credit, payment in found
        if rules.standing(payment, terms=anytime, payer=payer) in WRONG_PAYER
    )


def _return_excess(
    session: Session,
    found: _Found,
    *,
    terms: DepositTerms,
    payer: Payer,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Give the excess back from the latest credits first."""
    left = verdict.excess_fen
    for credit, payment in reversed(found):
        if left and rules.standing(payment, terms=terms, payer=payer) is rules.Standing.COUNTED:
            left -= refunds.order(
                session, credit, reason=RefundReason.EXCESS, now=now, at_most_fen=left
            )


def _differs(previous: DepositVerdict, verdict: Verdict) -> bool:
    """A new version needs a new outcome, finality or sum; a later look alone makes none."""
    old = rules.verdict_from_json(previous.verdict)
    return (old.outcome, old.finality, old.received_fen, old.payments) != (
        verdict.outcome,
        verdict.finality,
        verdict.received_fen,
        verdict.payments,
    )

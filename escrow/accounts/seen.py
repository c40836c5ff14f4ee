"""A sub-account's life as one line of steps: what the bank booked, how it was judged, what left.

The row knows no moment of opening or claiming, on purpose: those steps stand there without a time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import EntryKind, SubAccountState
from escrow.bookings.seals import token_bytes, token_key
from escrow.deposits import queries as deposits
from escrow.deposits.models import DepositVerdict
from escrow.deposits.rules import Payer, Verdict, verdict_from_json
from escrow.disclosure import asking
from escrow.disclosure.rules import LotName
from escrow.ledger import queries as ledger
from escrow.ledger.models import Bank
from escrow.ledger.rules import AccountKind, AccountName
from escrow.refunds.models import Hold, Refund
from escrow.refunds.rules import HoldPurpose
from escrow.settlements.models import Settlement, SettlementLineRow
from kernel.pure.errors import Refused


class StepKind(StrEnum):
    """What may happen to a sub-account."""

    OPENED = "opened"
    CLAIMED = "claimed"
    CREDITED = "credited"
    REVERSED = "reversed"
    JUDGED = "judged"
    HELD = "held"
    LIFTED = "lifted"
    PROPOSED = "proposed"
    ORDERED = "ordered"
    PAID = "paid"
    CAME_BACK = "came_back"
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `at` is None where no time is kept. What it is about depends on its kind."""

    kind: StepKind
    at: datetime | None = None
    amount_fen: int = 0
    reference: str = ""
    payer: Payer | None = None
    verdict: Verdict | None = None
    version: int = 0
    lot: LotName | None = None
    refund: Refund | None = None
    purpose: HoldPurpose | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A sub-account: where it is, what stands on it, its steps in order."""

    number: str
    bank_code: str
    bank: str
    state: SubAccountState
    holder: str
    held_fen: int
    return_by: date | None
    steps: tuple[Step, ...]


def life(
    session: Session, sub: SubAccount, *, payers: Mapping[UUID, Payer | None] | None = None
) -> Life:
    """The whole life; `payers` are those whom the holder's token opens, by entry."""
    bank = session.get_one(Bank, sub.bank_id)
    verdicts = session.scalars(
        select(DepositVerdict)
        .where(DepositVerdict.sub_account_id == sub.id)
        .order_by(DepositVerdict.decided_at, DepositVerdict.version)
    ).all()
    lots = asking.named(session, {one.lot_ref for one in verdicts})
    timed = [
        *_booked(session, sub, payers or {}),
        *_judged(verdicts, lots),
        *_held(session, sub),
        *_proposed(session, sub, lots),
        *_ordered(session, sub),
    ]
    steps = [Step(StepKind.OPENED)]
    if sub.state is not SubAccountState.POOL:
        steps.append(Step(StepKind.CLAIMED))
    steps += sorted(timed, key=lambda one: (one.at is None, one.at))
    if sub.state in (SubAccountState.RELEASED, SubAccountState.CLOSED):
        steps.append(Step(StepKind.RELEASED))
    if sub.state is SubAccountState.CLOSED:
        steps.append(Step(StepKind.CLOSED))
    return Life(
        number=sub.number,
        bank_code=bank.code,
        bank=bank.name,
        state=sub.state,
        holder=next((one.payer_name for one in verdicts if one.payer_name), ""),
        held_fen=ledger.available(session, bank.id, AccountName(AccountKind.DEPOSIT, sub.number)),
        return_by=sub.return_by,
        steps=tuple(steps),
    )


def of_holder(session: Session, token: str) -> Life:
    """The life of the token's sub-account with its payers opened. Refuses ESC-1201."""
    raw, sub = token_bytes(token), bookings.by_token(session, token)
    if raw is None or sub is None:
        raise Refused("ESC-1201")
    found = deposits.payments(session, sub, token_key(raw))
    return life(session, sub, payers={credit.id: payment.payer for credit, payment in found})


def _booked(
    session: Session, sub: SubAccount, payers: Mapping[UUID, Payer | None]
) -> Iterator[Step]:
    for one in session.scalars(select(BankEntry).where(BankEntry.sub_account_id == sub.id)):
        if one.kind in (EntryKind.CREDIT, EntryKind.REVERSAL):
            kind = StepKind.CREDITED if one.kind is EntryKind.CREDIT else StepKind.REVERSED
            yield Step(kind, one.booked_at, one.amount_fen, one.bank_ref, payers.get(one.id))


def _judged(verdicts: Iterable[DepositVerdict], lots: Mapping[UUID, LotName]) -> Iterator[Step]:
    for one in verdicts:
        verdict = verdict_from_json(one.verdict)
        yield Step(
            StepKind.JUDGED,
            one.decided_at,
            verdict.received_fen,
            verdict=verdict,
            version=one.version,
            lot=lots.get(one.lot_ref),
        )


def _held(session: Session, sub: SubAccount) -> Iterator[Step]:
    for one in session.scalars(select(Hold).where(Hold.sub_account_id == sub.id)):
        yield Step(StepKind.HELD, one.placed_at, purpose=one.purpose)
        if one.lifted_at is not None:
            yield Step(StepKind.LIFTED, one.lifted_at, purpose=one.purpose)


def _proposed(session: Session, sub: SubAccount, lots: Mapping[UUID, LotName]) -> Iterator[Step]:
    rows = session.scalars(
        select(Settlement)
        .join(SettlementLineRow, SettlementLineRow.settlement_id == Settlement.id)
        .where(SettlementLineRow.sub_account_id == sub.id)
    )
    for one in rows:
        yield Step(
            StepKind.PROPOSED, one.proposed_at, reference=str(one.id), lot=lots.get(one.lot_ref)
        )


def _ordered(session: Session, sub: SubAccount) -> Iterator[Step]:
    """Every order for its credits, and what the bank booked under each key."""
    rows = session.scalars(
        select(Refund)
        .join(BankEntry, BankEntry.id == Refund.credit_id)
        .where(BankEntry.sub_account_id == sub.id)
    ).all()
    keys = {one.key: one for one in rows}
    for one in rows:
        total = one.amount_fen + one.interest_fen
        yield Step(StepKind.ORDERED, one.ordered_at, total, refund=one)
    booked = session.scalars(
        select(BankEntry).where(
            BankEntry.bank_id == sub.bank_id, BankEntry.end_to_end.in_(tuple(keys))
        )
    )
    for entry in booked:
        if entry.kind in (EntryKind.REFUND_SETTLED, EntryKind.REFUND_RETURNED):
            paid = entry.kind is EntryKind.REFUND_SETTLED
            yield Step(
                StepKind.PAID if paid else StepKind.CAME_BACK,
                entry.booked_at,
                entry.amount_fen,
                entry.bank_ref,
                refund=keys[entry.end_to_end or ""],
            )

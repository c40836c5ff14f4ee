"""Proposing that a security does not go back, two approvals, payment or claim (条例35, 74)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.bookings.models import SubAccount
from escrow.bookings.rules import SubAccountState
from escrow.deposits import queries as deposits
from escrow.forfeits import queries, standing
from escrow.forfeits.models import Forfeit, ForfeitApproval, ForfeitOrder, ForfeitPayment
from escrow.forfeits.queries import Whole
from escrow.forfeits.rules import (
    APPROVALS,
    TEXT_MOST,
    Beneficiary,
    ForfeitState,
    Ground,
    Taking,
    check_approver,
    check_proposal,
    order_key,
)
from escrow.guarantees import actions as guarantees
from escrow.guarantees import queries as guarantee_queries
from escrow.guarantees.issuer import Claim
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import GuaranteeState
from escrow.refunds import actions as refunds
from escrow.refunds import holds
from escrow.refunds.models import Refund
from escrow.refunds.rules import HoldPurpose, RefundReason
from escrow.settlements import actions as settlements
from escrow.settlements import queries as settlement_queries
from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Against:
    """Whose security in which lot, in the caller's references and in words for the approvers."""

    lot_ref: UUID
    bidder_ref: UUID
    centre_ref: UUID
    title: str
    bidder_name: str


def propose(
    session: Session,
    against: Against,
    ground: Ground,
    beneficiary: Beneficiary,
    *,
    by: str,
    now: datetime,
) -> UUID:
    """Put it before the approvers; from now on the security does not go back.

    Refuses ESC-1601, ESC-1602, ESC-1603 (nothing secures that bid), ESC-1607 (one stands already),
    ESC-1305 (a refund is ordered), ESC-1703 (the guarantee no longer stands).
    """
    lot, bidder = against.lot_ref, against.bidder_ref
    if standing.of_bidder(session, lot_ref=lot, bidder_ref=bidder, lock=True) is not None:
        raise Refused("ESC-1607")
    guarantee = guarantee_queries.of_bidder(session, lot_ref=lot, bidder_ref=bidder, lock=True)
    sub_id = None if guarantee is not None else _held(session, against, now)
    if guarantee is not None and guarantee.state is not GuaranteeState.VERIFIED:
        raise Refused("ESC-1703")
    check_proposal(ground, beneficiary)
    row = Forfeit(
        id=new_id(),
        lot_ref=lot,
        bidder_ref=bidder,
        centre_ref=against.centre_ref,
        title=against.title,
        bidder_name=against.bidder_name,
        reason=ground.reason,
        clause=ground.clause,
        wording=ground.text.strip(),
        document=ground.document,
        to_name=beneficiary.name,
        to_account=beneficiary.account,
        to_bank=beneficiary.bank,
        sub_account_id=sub_id,
        guarantee_id=guarantee.id if guarantee else None,
        proposed_by=by,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def approve(
    session: Session, forfeit_id: UUID, *, digest: bytes, by: Account, now: datetime
) -> Whole:
    """One person's yes to exactly `digest`; the second one orders the payment or the claim.

    Refuses ESC-1608 (none of his centre), ESC-1604, ESC-1605 (stale), ESC-1606 (same person).
    """
    row = _of_centre(session, forfeit_id, by)
    if row.sub_account_id is not None:
        session.get_one(SubAccount, row.sub_account_id, with_for_update=True)
    found = queries.whole(session, row)
    check_approver(found.order, shown=digest, person=by.person_id, before=found.approvers)
    session.add(
        ForfeitApproval(
            forfeit_id=row.id,
            digest=digest,
            person_id=by.person_id,
            person_name=by.person_name,
            at=now,
        )
    )
    session.flush()
    people = (*found.approvers, by.person_id)
    if len(people) == APPROVALS:
        names = (*(one.name for one in found.approvals), by.person_name)
        _order(session, found, people=people, names=names, now=now)
    return queries.whole(session, row)


def end(session: Session, forfeit_id: UUID, *, why: str, by: Account, now: datetime) -> None:
    """Not upheld: the security is as before. Refuses ESC-1608, ESC-1601, ESC-1609 (too late)."""
    row = _of_centre(session, forfeit_id, by)
    if not 0 < len(why.strip()) <= TEXT_MOST:
        raise Refused("ESC-1601", most=TEXT_MOST)
    if queries.whole(session, row).state not in (
        ForfeitState.PROPOSED,
        ForfeitState.HALF_APPROVED,
    ):
        raise Refused("ESC-1609")
    row.ended_by, row.ended_why, row.ended_at = by.person_name, why.strip(), now
    if row.sub_account_id is not None:
        session.get_one(SubAccount, row.sub_account_id, with_for_update=True)
        holds.lift(session, row.sub_account_id, HoldPurpose.FORFEIT, now=now)
    elif settlement_queries.by_lot(session, row.lot_ref) is not None:
        # What goes back with the lot's settlement has waited for this decision only.
        refs = {"lot_ref": row.lot_ref, "bidder_ref": row.bidder_ref}
        guarantees.release(session, **refs, why=RefundReason.NOT_SELECTED.value, now=now)
    session.flush()


def hold(session: Session, keys: Iterable[str]) -> None:
    """Lock what orders of these keys belong to, before anything is booked: the order of all locks
    is settlement, forfeit, refund, sub-account or guarantee, the ledger's accounts.
    """
    for row in queries.of_orders(session, keys):
        settlement_queries.by_lot(session, row.lot_ref, lock=True)
        session.refresh(row, with_for_update=True)


def hold_claimed(session: Session, guarantee_id: UUID) -> None:
    """As `hold`, for what claims a guarantee."""
    row = queries.by_guarantee(session, guarantee_id)
    if row is not None:
        settlement_queries.by_lot(session, row.lot_ref, lock=True)
        session.refresh(row, with_for_update=True)


def note_booked(session: Session, refund: Refund, *, booked_at: datetime) -> None:
    """A bank booked an order; the last one of a forfeit means that the beneficiary is paid."""
    order = queries.payment_of(session, refund.id)
    if order is None:
        return
    row = session.get_one(Forfeit, order.forfeit_id, with_for_update=True)
    session.flush()
    if queries.whole(session, row).state is ForfeitState.PAID:
        _paid(session, row, at=booked_at)


def note_paid_out(session: Session, guarantee_id: UUID, *, at: datetime) -> None:
    """The issuer paid what was claimed."""
    row = queries.by_guarantee(session, guarantee_id)
    if row is not None:
        _paid(session, row, at=at)


def _paid(session: Session, row: Forfeit, *, at: datetime) -> None:
    row.paid_at = at
    session.flush()
    settlements.note_decided(session, row.lot_ref, at=at)


def _held(session: Session, against: Against, now: datetime) -> UUID:
    """The sub-account by which the bidder was judged, kept for the forfeit from now on."""
    verdict = deposits.latest_verdict(
        session, lot_ref=against.lot_ref, bidder_ref=against.bidder_ref
    )
    if verdict is None or verdict.sub_account_id is None:
        raise Refused("ESC-1603")
    sub = session.get_one(SubAccount, verdict.sub_account_id, with_for_update=True)
    holds.place(session, sub.id, HoldPurpose.FORFEIT, now=now)
    return sub.id


def _of_centre(session: Session, forfeit_id: UUID, by: Account) -> Forfeit:
    row = session.get(Forfeit, forfeit_id, with_for_update=True)
    if row is None or row.centre_ref != by.organisation_id:
        raise Refused("ESC-1608")
    return row


def _order(
    session: Session,
    found: Whole,
    *,
    people: tuple[UUID, ...],
    names: tuple[str, ...],
    now: datetime,
) -> None:
    digest = found.order.digest
    order = ForfeitOrder(
        id=new_id(),
        forfeit_id=found.forfeit.id,
        round=found.order.round,
        digest=digest,
        first_person=people[0],
        second_person=people[1],
        approved_at=now,
    )
    session.add(order)
    session.flush()
    if found.guarantee is not None:
        _claim(session, found, found.guarantee, digest, names, now)
        return
    orders = [_payment(session, found.forfeit, digest, one, now) for one in found.order.takings]
    refunds.order_approved(session, orders)
    session.add_all(
        ForfeitPayment(order_id=order.id, credit_id=one.credit_id, refund_id=one.id)
        for one in orders
    )
    session.flush()


def _claim(
    session: Session,
    found: Whole,
    guarantee: Guarantee,
    digest: bytes,
    names: tuple[str, ...],
    now: datetime,
) -> None:
    row = session.get_one(Guarantee, guarantee.id, with_for_update=True)
    claim = Claim(
        number=row.number or "",
        digest=bytes(row.digest),
        amount_fen=found.order.total_fen,
        reason=found.forfeit.reason.value,
        document=bytes(found.forfeit.document),
        to_name=found.forfeit.to_name,
        to_account=found.forfeit.to_account,
        approved_by=names,
    )
    guarantees.claim(session, row, claim, key=order_key(digest, claim.number), now=now)


def _payment(
    session: Session, forfeit: Forfeit, digest: bytes, taking: Taking, now: datetime
) -> Refund:
    """One sum to the beneficiary; its sub-account takes no more deposits from here on."""
    sub = session.get_one(SubAccount, forfeit.sub_account_id)
    sub.state = SubAccountState.RELEASED
    assert taking.credit_id is not None
    return Refund(
        id=new_id(),
        key=order_key(digest, taking.source),
        bank_id=sub.bank_id,
        credit_id=taking.credit_id,
        amount_fen=taking.amount_fen,
        interest_fen=0,
        from_suspense=taking.number is None,
        reason=RefundReason.FORFEITED,
        to_name=forfeit.to_name,
        to_account=forfeit.to_account,
        ordered_at=now,
    )

"""What a simulated bank does with money: pay in, reverse, execute orders, send notices."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escrow.banks.simulator import interest
from escrow.banks.simulator.book import (
    BookEntry,
    Customer,
    DeclinedError,
    PaymentOrder,
    Push,
    bank_now,
    wall_now,
)
from escrow.banks.simulator.tills import Till, digits, till, till_of_reference

COPIES = 3
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer of a customer's order; interest is part of the amount.

    `credit_ref` is the bank's reference of the credit on which the interest was earned.
    """

    end_to_end: str
    amount_fen: int
    to_name: str
    to_number: str
    sub_account: str | None
    interest_fen: int = 0
    credit_ref: str | None = None


def pay(
    session: Session, *, payer: str, sub_account: str, amount_fen: int, at: datetime | None
) -> BookEntry:
    """Book a payment into a sub-account of whichever bank. Raises DeclinedError."""
    source = session.get(Customer, payer)
    target = session.get(Customer, sub_account)
    if source is None or source.kind in ("master", "sub", "own"):
        raise DeclinedError("没有这个付款账户")
    if target is None or target.kind != "sub":
        raise DeclinedError("没有这个子账号。请核对投标人页面上的账号")
    if not 0 < amount_fen <= source.balance_fen:
        raise DeclinedError("金额应大于零，且不超过账户余额")
    receiving = till(session, target.bank)
    late = receiving.fault("book_late") or 0
    now = bank_now(session)
    if receiving.fault("unknown_sub") is not None:
        sub_account = f"{receiving.house.subs}{digits(11)}"
    booked = [
        _transfer(
            session,
            source,
            receiving.master,
            BookEntry(
                bank_ref=_reference(receiving),
                amount_fen=part,
                sub_account=sub_account,
                booked_at=at or now + timedelta(seconds=late),
                recorded_at=now,
            ),
        )
        for part in _parts(receiving, amount_fen)
    ]
    for entry in booked:
        _push(receiving, entry, seconds=late)
    return booked[-1]


def _parts(at: Till, amount_fen: int) -> tuple[int, ...]:
    """One sum, or the two bookings as which a payment may arrive."""
    if amount_fen > 1 and at.fault("split_payment") is not None:
        return amount_fen // 2, amount_fen - amount_fen // 2
    return (amount_fen,)


def reverse(session: Session, bank_ref: str) -> BookEntry:
    """Take a credit back and return the money to its payer. Raises DeclinedError."""
    at = till_of_reference(session, bank_ref)
    credit = _credit(at, bank_ref)
    if credit is None:
        raise DeclinedError("没有这笔入账")
    return _pay_out(
        at,
        to=session.get_one(Customer, credit.other_number),
        amount_fen=credit.amount_fen,
        sub_account=credit.sub_account,
        end_to_end=None,
        reverses=bank_ref,
    )


def take_order(
    at: Till, *, key: str, raw: bytes, value_day: date, transfers: list[Transfer]
) -> str:
    """Execute a customer's order once; returns the ISO status of `key`.

    Interest counts to `value_day`, the day the customer asked for, whenever the order arrives.
    """
    digest = hashlib.sha256(raw).digest()
    known = status_of(at, key)
    if known is not None:
        # The key alone decides: asked again, the answer is the same and nothing is paid.
        return known
    status = "ACSC"
    targets = [at.session.get(Customer, t.to_number) for t in transfers]
    refused = at.fault("reject_refund") is not None
    agreed = all(_interest_agreed(at, one, value_day) for one in transfers)
    if refused or not agreed or any(target is None for target in targets):
        status = "RJCT"
    else:
        done = list(zip(transfers, targets, strict=True))
        if at.fault("partial_batch") is not None:
            done.pop()
        if at.fault("double_execution") is not None:
            done += done
        for transfer, target in done:
            assert target is not None
            _execute(at, transfer, target)
    now = bank_now(at.session)
    at.session.add(PaymentOrder(key=key, bank=at.code, digest=digest, status=status, taken_at=now))
    return status


def status_of(at: Till, key: str) -> str | None:
    """The ISO status of an order this bank took, None for one it never did."""
    order = at.session.get(PaymentOrder, key)
    return order.status if order is not None and order.bank == at.code else None


def entries_since(at: Till, since: datetime, until: datetime) -> list[BookEntry]:
    """What was booked or recorded on the master account in the period, in order."""
    found = list(
        at.session.scalars(
            select(BookEntry)
            .where(
                BookEntry.account == at.state.master_number,
                or_(BookEntry.booked_at >= since, BookEntry.recorded_at >= since),
                BookEntry.booked_at <= until,
            )
            .order_by(BookEntry.seq)
        )
    )
    return told_of(at, found)


def told_of(at: Till, found: list[BookEntry]) -> list[BookEntry]:
    """What a report tells of these entries; a careless bank forgets the last."""
    return found[:-1] if found and at.fault("report_line_missing") is not None else found


def _execute(at: Till, transfer: Transfer, target: Customer) -> None:
    if transfer.interest_fen:
        _pay_interest(at, transfer)
    _pay_out(
        at,
        to=target,
        amount_fen=transfer.amount_fen,
        sub_account=transfer.sub_account,
        end_to_end=transfer.end_to_end,
        reverses=None,
    )
    if at.fault("return_refund") is not None:
        _return(at, transfer, target)


def _interest_agreed(at: Till, transfer: Transfer, value_day: date) -> bool:
    """Whether the interest a customer asks for is what the bank's own book says."""
    if not transfer.interest_fen:
        return True
    credit = _credit(at, transfer.credit_ref or "")
    if credit is None or credit.sub_account != transfer.sub_account:
        return False
    own = interest.earned(
        transfer.amount_fen - transfer.interest_fen,
        start=credit.booked_at.astimezone(SHANGHAI).date(),
        end=value_day,
    )
    return own == transfer.interest_fen


def _credit(at: Till, bank_ref: str) -> BookEntry | None:
    return at.session.scalars(
        select(BookEntry).where(
            BookEntry.bank_ref == bank_ref,
            BookEntry.account == at.state.master_number,
            BookEntry.sign == "CRDT",
        )
    ).first()


def _pay_interest(at: Till, transfer: Transfer) -> None:
    """Out of the bank's own funds into the sub-account, just before the whole leaves."""
    own = at.session.get_one(Customer, at.state.interest_number)
    _pay_in(at, own, transfer, transfer.interest_fen, sub=transfer.sub_account, interest=True)


def _return(at: Till, transfer: Transfer, target: Customer) -> None:
    """The receiver's bank sends the money back; it stands on the master account, for nobody."""
    _pay_in(at, target, transfer, transfer.amount_fen, sub=None, returned=True)


def _pay_in(
    at: Till, source: Customer, about: Transfer, amount_fen: int, *, sub: str | None, **marks: bool
) -> None:
    now = bank_now(at.session)
    facts = BookEntry(
        bank_ref=_reference(at),
        amount_fen=amount_fen,
        sub_account=sub,
        booked_at=now,
        recorded_at=now,
        end_to_end=about.end_to_end,
        **marks,
    )
    _push(at, _transfer(at.session, source, at.master, facts), seconds=0)


def _pay_out(
    at: Till,
    *,
    to: Customer,
    amount_fen: int,
    sub_account: str | None,
    end_to_end: str | None,
    reverses: str | None,
) -> BookEntry:
    now = bank_now(at.session)
    facts = BookEntry(
        bank_ref=_reference(at),
        amount_fen=amount_fen,
        sub_account=sub_account,
        booked_at=now,
        recorded_at=now,
        end_to_end=end_to_end,
        reverses=reverses,
    )
    entry = _transfer(at.session, at.master, to, facts)
    _push(at, entry, seconds=0)
    return entry


def _transfer(session: Session, source: Customer, target: Customer, facts: BookEntry) -> BookEntry:
    """Book both sides of a transfer; returns the master account's side, made from `facts`."""
    wide = any(
        one.kind == "master" and till(session, one.bank).fault("full_width_names") is not None
        for one in (source, target)
    )
    for account, sign, other in ((source, "DBIT", target), (target, "CRDT", source)):
        account.balance_fen += facts.amount_fen if sign == "CRDT" else -facts.amount_fen
        side = facts if account.kind == "master" else _copy(facts)
        side.account, side.sign = account.number, sign
        side.other_number = other.number
        side.other_name = full_width(other.name) if wide else other.name
        side.other_personal = other.kind == "personal"
        session.add(side)
        session.flush()
    sub = session.get(Customer, facts.sub_account) if facts.sub_account else None
    if sub is not None:
        sub.balance_fen += facts.amount_fen if target.kind == "master" else -facts.amount_fen
    return facts


def full_width(name: str) -> str:
    """A name as banks with old machines tell it: every printable ASCII character wide."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _copy(facts: BookEntry) -> BookEntry:
    return BookEntry(
        bank_ref=facts.bank_ref,
        amount_fen=facts.amount_fen,
        sub_account=facts.sub_account,
        booked_at=facts.booked_at,
        recorded_at=facts.recorded_at,
        end_to_end=facts.end_to_end,
        reverses=facts.reverses,
        returned=facts.returned,
        interest=facts.interest,
    )


def _push(at: Till, entry: BookEntry, *, seconds: int) -> None:
    delay = at.fault("delay_push") or 0
    copies = at.fault("duplicate_push")
    if at.fault("drop_push") is not None:
        return
    due = wall_now(at.session) + timedelta(seconds=seconds + delay)
    copies = 1 if copies is None else copies or COPIES
    at.session.add(Push(seq=entry.seq, due_at=due, copies=copies))


def _reference(at: Till) -> str:
    return f"{at.house.refs}{digits(18)}"

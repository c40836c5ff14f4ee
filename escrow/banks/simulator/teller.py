"""What the simulated bank does with money: pay in, reverse, refund, open sub-accounts, faults."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.banks.simulator import interest
from escrow.banks.simulator.book import (
    BankState,
    BookEntry,
    Customer,
    Fault,
    PaymentOrder,
    Push,
    bank_now,
    wall_now,
)

FAULTS = frozenset(
    {
        "delay_push",
        "duplicate_push",
        "drop_push",
        "lose_refund_answer",
        "reject_refund",
        "return_refund",
        "book_late",
        "down",
        "statement_gap",
        "statement_line_missing",
        "statement_unbalanced",
    }
)
COPIES = 3
OWN_FUNDS = 10**12
SHANGHAI = ZoneInfo("Asia/Shanghai")


class DeclinedError(ValueError):
    """The bank declines, in words for the person at its counter."""


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


def open_bank(session: Session, *, master_name: str) -> BankState:
    """The bank's own row and master account, made at the first start."""
    state = session.get(BankState, 1)
    if state is None:
        state = BankState(
            signing_key=Ed25519PrivateKey.generate().private_bytes_raw(),
            master_number=f"33010401{_digits(11)}",
        )
        session.add(state)
        session.add(Customer(number=state.master_number, name=master_name, kind="master"))
        session.flush()
    if not state.interest_number:
        state.interest_number = f"33010499{_digits(11)}"
        session.add(
            Customer(
                number=state.interest_number,
                name="利息支出",
                kind="own",
                balance_fen=OWN_FUNDS,
            )
        )
        session.flush()
    return state


def open_sub_accounts(session: Session, count: int) -> list[str]:
    """Random numbers, so that none tells when it was opened or which came next."""
    numbers = [f"62330104{_digits(11)}" for _ in range(count)]
    session.add_all(Customer(number=n, name="", kind="sub") for n in numbers)
    return numbers


def add_payers(session: Session, payers: Iterable[tuple[str, str, str, int]]) -> None:
    """Accounts (number, name, kind, balance in fen) to pay from; known numbers stay."""
    for number, name, kind, balance in payers:
        if kind not in ("basic", "personal", "company"):
            raise DeclinedError("账户类别应为 basic、personal 或 company")
        session.execute(
            insert(Customer)
            .values(number=number, name=name, kind=kind, balance_fen=balance)
            .on_conflict_do_nothing(index_elements=["number"])
        )


def pay(
    session: Session, *, payer: str, sub_account: str, amount_fen: int, at: datetime | None
) -> BookEntry:
    """Book a payment into a sub-account. Raises DeclinedError."""
    source = session.get(Customer, payer)
    target = session.get(Customer, sub_account)
    if source is None or source.kind in ("master", "sub", "own"):
        raise DeclinedError("没有这个付款账户")
    if target is None or target.kind != "sub":
        raise DeclinedError("没有这个子账号。请核对投标人页面上的账号")
    if not 0 < amount_fen <= source.balance_fen:
        raise DeclinedError("金额应大于零，且不超过账户余额")
    state = session.get_one(BankState, 1)
    late = take_fault(session, "book_late")
    now = bank_now(session)
    booked_at = at or now + timedelta(seconds=late or 0)
    master = session.get_one(Customer, state.master_number)
    entry = _transfer(
        session,
        source,
        master,
        BookEntry(
            bank_ref=_reference(),
            amount_fen=amount_fen,
            sub_account=sub_account,
            booked_at=booked_at,
            recorded_at=now,
        ),
    )
    _push(session, entry, seconds=late or 0)
    return entry


def reverse(session: Session, bank_ref: str) -> BookEntry:
    """Take a credit back and return the money to its payer. Raises DeclinedError."""
    credit = _credit(session, bank_ref)
    if credit is None:
        raise DeclinedError("没有这笔入账")
    return _pay_out(
        session,
        to=session.get_one(Customer, credit.other_number),
        amount_fen=credit.amount_fen,
        sub_account=credit.sub_account,
        end_to_end=None,
        reverses=bank_ref,
    )


def take_order(
    session: Session, *, key: str, raw: bytes, value_day: date, transfers: list[Transfer]
) -> str:
    """Execute a customer's order once; returns the ISO status of `key`.

    Interest counts to `value_day`, the day the customer asked for, whenever the order arrives.
    """
    digest = hashlib.sha256(raw).digest()
    known = session.get(PaymentOrder, key)
    if known is not None:
        # The key alone decides: asked again, the answer is the same and nothing is paid.
        return known.status
    status = "ACSC"
    targets = [session.get(Customer, t.to_number) for t in transfers]
    refused = take_fault(session, "reject_refund") is not None
    agreed = all(_interest_agreed(session, one, value_day) for one in transfers)
    if refused or not agreed or any(target is None for target in targets):
        status = "RJCT"
    else:
        for transfer, target in zip(transfers, targets, strict=True):
            assert target is not None
            if transfer.interest_fen:
                _pay_interest(session, transfer)
            _pay_out(
                session,
                to=target,
                amount_fen=transfer.amount_fen,
                sub_account=transfer.sub_account,
                end_to_end=transfer.end_to_end,
                reverses=None,
            )
            if take_fault(session, "return_refund") is not None:
                _return(session, transfer, target)
    now = bank_now(session)
    session.add(PaymentOrder(key=key, digest=digest, status=status, taken_at=now))
    return status


def entries_since(session: Session, since: datetime, until: datetime) -> list[BookEntry]:
    """What was booked or recorded on the master account in the period, in order."""
    state = session.get_one(BankState, 1)
    return list(
        session.scalars(
            select(BookEntry)
            .where(
                BookEntry.account == state.master_number,
                or_(BookEntry.booked_at >= since, BookEntry.recorded_at >= since),
                BookEntry.booked_at <= until,
            )
            .order_by(BookEntry.seq)
        )
    )


def set_fault(session: Session, kind: str, *, times: int, seconds: int) -> None:
    """Make a fault from now on. Raises DeclinedError for an unknown kind."""
    if kind not in FAULTS:
        raise DeclinedError(f"没有这种故障：{kind}")
    session.merge(
        Fault(
            kind=kind,
            times=times,
            seconds=seconds,
            until=wall_now(session) + timedelta(seconds=seconds) if kind == "down" else None,
        )
    )


def take_fault(session: Session, kind: str) -> int | None:
    """Use a fault up by one; returns its seconds, None when there is none."""
    fault = session.get(Fault, kind)
    if fault is None or fault.times <= 0:
        return None
    fault.times -= 1
    return fault.seconds


def is_down(session: Session) -> bool:
    """Whether the bank plays dead at present."""
    fault = session.get(Fault, "down")
    return fault is not None and fault.until is not None and wall_now(session) < fault.until


def _interest_agreed(session: Session, transfer: Transfer, value_day: date) -> bool:
    """Whether the interest a customer asks for is what the bank's own book says."""
    if not transfer.interest_fen:
        return True
    credit = _credit(session, transfer.credit_ref or "")
    if credit is None or credit.sub_account != transfer.sub_account:
        return False
    own = interest.earned(
        transfer.amount_fen - transfer.interest_fen,
        start=credit.booked_at.astimezone(SHANGHAI).date(),
        end=value_day,
    )
    return own == transfer.interest_fen


def _credit(session: Session, bank_ref: str) -> BookEntry | None:
    state = session.get_one(BankState, 1)
    return session.scalars(
        select(BookEntry).where(
            BookEntry.bank_ref == bank_ref,
            BookEntry.account == state.master_number,
            BookEntry.sign == "CRDT",
        )
    ).first()


def _pay_interest(session: Session, transfer: Transfer) -> None:
    """Out of the bank's own funds into the sub-account, just before the whole leaves."""
    state = session.get_one(BankState, 1)
    now = bank_now(session)
    entry = _transfer(
        session,
        session.get_one(Customer, state.interest_number),
        session.get_one(Customer, state.master_number),
        BookEntry(
            bank_ref=_reference(),
            amount_fen=transfer.interest_fen,
            sub_account=transfer.sub_account,
            booked_at=now,
            recorded_at=now,
            end_to_end=transfer.end_to_end,
            interest=True,
        ),
    )
    _push(session, entry, seconds=0)


def _return(session: Session, transfer: Transfer, target: Customer) -> None:
    """The receiver's bank sends the money back; it stands on the master account, for nobody."""
    state = session.get_one(BankState, 1)
    now = bank_now(session)
    entry = _transfer(
        session,
        target,
        session.get_one(Customer, state.master_number),
        BookEntry(
            bank_ref=_reference(),
            amount_fen=transfer.amount_fen,
            booked_at=now,
            recorded_at=now,
            end_to_end=transfer.end_to_end,
            returned=True,
        ),
    )
    _push(session, entry, seconds=0)


def _pay_out(
    session: Session,
    *,
    to: Customer,
    amount_fen: int,
    sub_account: str | None,
    end_to_end: str | None,
    reverses: str | None,
) -> BookEntry:
    state = session.get_one(BankState, 1)
    master = session.get_one(Customer, state.master_number)
    now = bank_now(session)
    entry = _transfer(
        session,
        master,
        to,
        BookEntry(
            bank_ref=_reference(),
            amount_fen=amount_fen,
            sub_account=sub_account,
            booked_at=now,
            recorded_at=now,
            end_to_end=end_to_end,
            reverses=reverses,
        ),
    )
    _push(session, entry, seconds=0)
    return entry


def _transfer(session: Session, source: Customer, target: Customer, facts: BookEntry) -> BookEntry:
    """Book both sides of a transfer; returns the master account's side, made from `facts`."""
    for account, sign, other in ((source, "DBIT", target), (target, "CRDT", source)):
        account.balance_fen += facts.amount_fen if sign == "CRDT" else -facts.amount_fen
        side = facts if account.kind == "master" else _copy(facts)
        side.account, side.sign = account.number, sign
        side.other_number, side.other_name = other.number, other.name
        side.other_personal = other.kind == "personal"
        session.add(side)
        session.flush()
    sub = session.get(Customer, facts.sub_account) if facts.sub_account else None
    if sub is not None:
        sub.balance_fen += facts.amount_fen if target.kind == "master" else -facts.amount_fen
    return facts


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


def _push(session: Session, entry: BookEntry, *, seconds: int) -> None:
    delay = take_fault(session, "delay_push") or 0
    copies = COPIES if take_fault(session, "duplicate_push") is not None else 1
    if take_fault(session, "drop_push") is not None:
        return
    due = wall_now(session) + timedelta(seconds=seconds + delay)
    session.add(Push(seq=entry.seq, due_at=due, copies=copies))


def _reference() -> str:
    return f"YL{_digits(18)}"


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))

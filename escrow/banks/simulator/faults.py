"""Faults that a test or a person makes the simulated banks commit, each so many times.

`seconds` is how long, how late or how far, where a kind has such a thing.
"""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.simulator.book import BankState, DeclinedError, Fault, wall_now

PUSHES = frozenset(
    {
        "delay_push",
        "differing_push",
        "drop_push",
        "duplicate_push",
        "forged_push",
        "reorder_push",
        "replay_push",
    }
)
MONEY = frozenset(
    {
        "book_late",
        "double_execution",
        "full_width_names",
        "partial_batch",
        "reject_refund",
        "return_refund",
        "split_payment",
        "unknown_sub",
    }
)
ANSWERS = frozenset(
    {
        "damaged_answer",
        "down",
        "lose_answer",
        "lose_refund_answer",
        "report_line_missing",
        "slow_answer",
        "statement_gap",
        "statement_line_missing",
        "statement_unbalanced",
        "storm",
    }
)
CLOCKS_AND_KEYS = frozenset({"clock_skew", "rotate_key"})
FAULTS = PUSHES | MONEY | ANSWERS | CLOCKS_AND_KEYS


def make(session: Session, bank: str, kind: str, *, times: int, seconds: int) -> None:
    """Make a fault from now on. Raises DeclinedError for an unknown kind."""
    if kind not in FAULTS:
        raise DeclinedError(f"没有这种故障：{kind}")
    if kind == "rotate_key":
        state = session.get_one(BankState, bank)
        state.signing_key = Ed25519PrivateKey.generate().private_bytes_raw()
        return
    session.info.pop("faults", None)
    session.merge(
        Fault(
            bank=bank,
            kind=kind,
            times=times,
            seconds=seconds,
            until=wall_now(session) + timedelta(seconds=seconds) if kind == "down" else None,
        )
    )


def take(session: Session, bank: str, kind: str) -> int | None:
    """Use a fault up by one; returns its seconds, None when there is none."""
    fault = _of(session, bank).get(kind)
    if fault is None or fault.times <= 0:
        return None
    fault.times -= 1
    return fault.seconds


def is_down(session: Session, bank: str) -> bool:
    """Whether a bank plays dead at present."""
    fault = _of(session, bank).get("down")
    return fault is not None and fault.until is not None and wall_now(session) < fault.until


def all_down(session: Session) -> frozenset[str]:
    """Every bank that plays dead at present."""
    dead = select(Fault.bank).where(Fault.kind == "down", Fault.until > wall_now(session))
    return frozenset(session.scalars(dead))


def _of(session: Session, bank: str) -> dict[str, Fault]:
    """A bank's faults, asked for once in a transaction: nobody else writes while it lasts."""
    known: dict[str, dict[str, Fault]] = session.info.setdefault("faults", {})
    if bank not in known:
        known[bank] = {one.kind: one for one in session.scalars(select(Fault).filter_by(bank=bank))}
    return known[bank]


def skew(session: Session) -> timedelta:
    """How far the banks' clock is set wrong at present."""
    found = session.scalars(select(Fault.seconds).where(Fault.kind == "clock_skew"))
    return timedelta(seconds=sum(found))


def heal(session: Session) -> None:
    """No more faults, at any bank."""
    for fault in session.scalars(select(Fault)):
        session.delete(fault)

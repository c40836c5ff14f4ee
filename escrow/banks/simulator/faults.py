"""Faults that a test or a person makes the simulated banks commit, each so many times."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.simulator.book import DeclinedError, Fault, wall_now

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


def make(session: Session, bank: str, kind: str, *, times: int, seconds: int) -> None:
    """Make a fault from now on. Raises DeclinedError for an unknown kind."""
    if kind not in FAULTS:
        raise DeclinedError(f"没有这种故障：{kind}")
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
    fault = session.get(Fault, (bank, kind))
    if fault is None or fault.times <= 0:
        return None
    fault.times -= 1
    return fault.seconds


def is_down(session: Session, bank: str) -> bool:
    """Whether a bank plays dead at present."""
    fault = session.get(Fault, (bank, "down"))
    return fault is not None and fault.until is not None and wall_now(session) < fault.until


def heal(session: Session) -> None:
    """No more faults, at any bank."""
    for fault in session.scalars(select(Fault)):
        session.delete(fault)

"""The simulated banks behind their counters: one bank within one transaction, and its accounts."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.banks.simulator import faults
from escrow.banks.simulator.book import BankState, Customer, DeclinedError
from escrow.banks.simulator.houses import BankHouse, house, houses

OWN_FUNDS = 10**12
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Till:
    """One bank within one transaction of the book."""

    session: Session
    state: BankState

    @property
    def code(self) -> str:
        """The bank's code."""
        return self.state.code

    @property
    def house(self) -> BankHouse:
        """The bank as data."""
        return house(self.state.code)

    @property
    def master(self) -> Customer:
        """Our master account here."""
        return self.session.get_one(Customer, self.state.master_number)

    def fault(self, kind: str) -> int | None:
        """Use a fault of this bank up by one; returns its seconds, None when there is none."""
        return faults.take(self.session, self.code, kind)

    def is_down(self) -> bool:
        """Whether this bank plays dead at present, or fails at this one question."""
        return faults.is_down(self.session, self.code) or self.fault("storm") is not None


def till(session: Session, code: str) -> Till:
    """The bank of that code. Raises DeclinedError."""
    state = session.get(BankState, code)
    if state is None:
        raise DeclinedError("没有这家银行")
    return Till(session, state)


def till_of_master(session: Session, number: str) -> Till | None:
    """The bank that keeps a master account, None when nobody does."""
    found = session.scalars(select(BankState).where(BankState.master_number == number)).first()
    return Till(session, found) if found else None


def till_of_reference(session: Session, bank_ref: str) -> Till:
    """The bank that made a reference, by how it begins. Raises DeclinedError."""
    found = next((one for one in houses() if bank_ref.startswith(one.refs)), None)
    if found is None:
        raise DeclinedError("没有这笔入账")
    return till(session, found.code)


def open_banks(session: Session, *, master_name: str) -> None:
    """Every bank's own row, master account and funds, made at the first start."""
    for one in houses():
        state = session.get(BankState, one.code)
        if state is None:
            state = BankState(
                code=one.code,
                signing_key=Ed25519PrivateKey.generate().private_bytes_raw(),
                master_number=f"{one.accounts}01{digits(11)}",
            )
            session.add(state)
            session.add(_account(one, state.master_number, master_name, "master"))
            session.flush()
        if not state.interest_number:
            state.interest_number = f"{one.accounts}99{digits(11)}"
            session.add(_account(one, state.interest_number, "利息支出", "own", OWN_FUNDS))
            session.flush()


def _account(at: BankHouse, number: str, name: str, kind: str, balance_fen: int = 0) -> Customer:
    return Customer(number=number, bank=at.code, name=name, kind=kind, balance_fen=balance_fen)


def open_sub_accounts(at: Till, count: int) -> list[str]:
    """Random numbers, so that none tells when it was opened or which came next."""
    numbers = [f"{at.house.subs}{digits(11)}" for _ in range(count)]
    at.session.add_all(_account(at.house, number, "", "sub") for number in numbers)
    return numbers


def close_sub_account(at: Till, number: str) -> bool:
    """Close an empty sub-account of this bank; False when it is not empty or not one."""
    found = at.session.get(Customer, number)
    if found is None or found.bank != at.code or found.kind not in ("sub", CLOSED):
        return False
    if found.balance_fen:
        return False
    found.kind = CLOSED
    return True


def add_payers(at: Till, payers: Iterable[tuple[str, str, str, int]]) -> None:
    """Accounts (number, name, kind, balance in fen) to pay from; known numbers stay."""
    for number, name, kind, balance in payers:
        if kind not in ("basic", "personal", "company"):
            raise DeclinedError("账户类别应为 basic、personal 或 company")
        at.session.execute(
            insert(Customer)
            .values(number=number, bank=at.code, name=name, kind=kind, balance_fen=balance)
            .on_conflict_do_nothing(index_elements=["number"])
        )


def digits(count: int) -> str:
    """So many random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))

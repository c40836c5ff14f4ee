"""Whether a deposit qualifies: amount, payer, booking time, parts (条例26; domain rules, deposits).

Pure. The cut-off is the bank's booking time, not the moment its notice arrived. A verdict is final
only when the bank's feed is proven complete up to the deadline; until then it is provisional.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Outcome(StrEnum):
    """What a security is found to be: a deposit, then a guarantee. See QUALIFYING."""

    OK = "ok"
    OVER = "over"
    SPLIT = "split"
    SHORT = "short"
    LATE = "late"
    NOT_BASIC_ACCOUNT = "not_basic_account"
    NAME_MISMATCH = "name_mismatch"
    REVERSED = "reversed"
    DUPLICATE = "duplicate"
    UNKNOWN_SUB = "unknown_sub"
    GUARANTEED = "guaranteed"
    GUARANTEE_UNREADABLE = "guarantee_unreadable"
    GUARANTEE_ISSUER = "guarantee_issuer"
    GUARANTEE_SIGNATURE = "guarantee_signature"
    GUARANTEE_PRINCIPAL = "guarantee_principal"
    GUARANTEE_BENEFICIARY = "guarantee_beneficiary"
    GUARANTEE_LOT = "guarantee_lot"
    GUARANTEE_AMOUNT = "guarantee_amount"
    GUARANTEE_VALIDITY = "guarantee_validity"
    GUARANTEE_UNCONFIRMED = "guarantee_unconfirmed"


class Finality(StrEnum):
    """Provisional (待核实) until the bank's feed covers the deadline, then final."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class Standing(StrEnum):
    """How one payment counts."""

    COUNTED = "counted"
    LATE = "late"
    NOT_BASIC_ACCOUNT = "not_basic_account"
    NAME_MISMATCH = "name_mismatch"
    REVERSED = "reversed"
    RETURNED = "returned"


QUALIFYING: Final = frozenset({Outcome.OK, Outcome.OVER, Outcome.SPLIT, Outcome.GUARANTEED})
WRONG_PAYER: Final = frozenset({Standing.NOT_BASIC_ACCOUNT, Standing.NAME_MISMATCH})


@dataclass(frozen=True, slots=True)
class Payer:
    """Name and number of an account, as the bank or the bidder's filing gives them."""

    name: str
    account: str


@dataclass(frozen=True, slots=True)
class DepositTerms:
    """What a lot asks: amount in fen, and the moment by which the bank must have booked it."""

    amount_fen: int
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """One credit as booked, less what went back to its payer or was reversed by the bank."""

    amount_fen: int
    booked_at: datetime
    payer: Payer | None
    returned_fen: int = 0
    reversed_fen: int = 0

    @property
    def remaining_fen(self) -> int:
        """What of it is still here."""
        return max(self.amount_fen - self.returned_fen - self.reversed_fen, 0)


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """A payment as its owner is told of it; holds no payer."""

    amount_fen: int
    booked_at: datetime
    standing: Standing
    remaining_fen: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one deposit at one time."""

    outcome: Outcome
    finality: Finality
    required_fen: int
    received_fen: int
    payments: tuple[PaymentFact, ...]
    complete_until: datetime | None

    @property
    def qualifies(self) -> bool:
        """Whether the deposit admits the bid."""
        return self.outcome in QUALIFYING

    @property
    def missing_fen(self) -> int:
        """What is still to be paid."""
        return max(self.required_fen - self.received_fen, 0)

    @property
    def excess_fen(self) -> int:
        """What was paid above the amount."""
        return max(self.received_fen - self.required_fen, 0)

    @property
    def to_return_fen(self) -> int:
        """Money of a wrong payer that is still here."""
        return sum(p.remaining_fen for p in self.payments if p.standing in WRONG_PAYER)

    def as_json(self) -> dict[str, Any]:
        """For the owner's page and for storage; times as ISO 8601."""
        until = self.complete_until
        return {
            "outcome": self.outcome.value,
            "finality": self.finality.value,
            "qualifies": self.qualifies,
            "required_fen": self.required_fen,
            "received_fen": self.received_fen,
            "missing_fen": self.missing_fen,
            "excess_fen": self.excess_fen,
            "to_return_fen": self.to_return_fen,
            "complete_until": until.isoformat() if until else None,
            "payments": [
                {
                    "amount_fen": p.amount_fen,
                    "booked_at": p.booked_at.isoformat(),
                    "standing": p.standing.value,
                    "remaining_fen": p.remaining_fen,
                }
                for p in self.payments
            ],
        }


def verdict_from_json(stored: dict[str, Any]) -> Verdict:
    """Undo `Verdict.as_json`."""
    until = stored["complete_until"]
    return Verdict(
        outcome=Outcome(stored["outcome"]),
        finality=Finality(stored["finality"]),
        required_fen=stored["required_fen"],
        received_fen=stored["received_fen"],
        payments=tuple(
            PaymentFact(
                amount_fen=p["amount_fen"],
                booked_at=datetime.fromisoformat(p["booked_at"]),
                standing=Standing(p["standing"]),
                remaining_fen=p["remaining_fen"],
            )
            for p in stored["payments"]
        ),
        complete_until=datetime.fromisoformat(until) if until else None,
    )


_OPENING = "(〔【[{<《〈「『"
_CLOSING = ")〕】]}>》〉」』"
_FOLD: Final = str.maketrans(dict.fromkeys(_OPENING, "(") | dict.fromkeys(_CLOSING, ")"))


def folded_name(name: str) -> str:
    """A name for comparison: NFKC, one kind of bracket, no white space."""
    return "".join(unicodedata.normalize("NFKC", name).translate(_FOLD).split())


def folded_account(number: str) -> str:
    """An account number for comparison: NFKC, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", number) if c.isalnum())


def standing(payment: Payment, *, terms: DepositTerms, payer: Payer) -> Standing:
    """How `payment` counts for the holder whose filed basic account is `payer`."""
    from_ = payment.payer
    if from_ is None or folded_name(from_.name) != folded_name(payer.name):
        return Standing.NAME_MISMATCH
    if folded_account(from_.account) != folded_account(payer.account):
        return Standing.NOT_BASIC_ACCOUNT
    if payment.reversed_fen >= payment.amount_fen:
        return Standing.REVERSED
    if payment.remaining_fen == 0:
        return Standing.RETURNED
    return Standing.COUNTED if payment.booked_at <= terms.deadline else Standing.LATE


def fact_of(payment: Payment, *, terms: DepositTerms, payer: Payer) -> PaymentFact:
    """What its owner is told of a payment."""
    return PaymentFact(
        amount_fen=payment.amount_fen,
        booked_at=payment.booked_at,
        standing=standing(payment, terms=terms, payer=payer),
        remaining_fen=payment.remaining_fen,
    )


def judge(
    payments: tuple[Payment, ...],
    *,
    terms: DepositTerms,
    payer: Payer,
    complete_until: datetime | None,
) -> Verdict:
    """Judge all credits of one sub-account against the terms of a lot."""
    ordered = tuple(sorted(payments, key=lambda p: (p.booked_at, p.amount_fen)))
    facts = tuple(fact_of(p, terms=terms, payer=payer) for p in ordered)
    return Verdict(
        outcome=_outcome(ordered, facts, terms.amount_fen),
        finality=finality(terms, complete_until),
        required_fen=terms.amount_fen,
        received_fen=_sum(facts, Standing.COUNTED),
        payments=facts,
        complete_until=complete_until,
    )


def unmatched(outcome: Outcome, *, terms: DepositTerms) -> Verdict:
    """Nothing to judge: the sub-account is unknown, or another bidder was judged by it."""
    return Verdict(
        outcome=outcome,
        finality=Finality.FINAL,
        required_fen=terms.amount_fen,
        received_fen=0,
        payments=(),
        complete_until=None,
    )


def finality(terms: DepositTerms, complete_until: datetime | None) -> Finality:
    """Final once the bank's feed is complete up to the deadline."""
    if complete_until is not None and complete_until >= terms.deadline:
        return Finality.FINAL
    return Finality.PROVISIONAL


def _outcome(
    payments: tuple[Payment, ...], facts: tuple[PaymentFact, ...], required_fen: int
) -> Outcome:
    counted = [f for f in facts if f.standing is Standing.COUNTED]
    received = _sum(facts, Standing.COUNTED)
    if received >= required_fen:
        if received > required_fen:
            return Outcome.OVER
        return Outcome.SPLIT if len(counted) > 1 else Outcome.OK
    return _shortfall(payments, facts, received, required_fen)


def _shortfall(
    payments: tuple[Payment, ...],
    facts: tuple[PaymentFact, ...],
    received: int,
    required_fen: int,
) -> Outcome:
    """The cause that, were it away, would have made the deposit whole; else the nearest one."""
    late = _sum(facts, Standing.LATE)
    taken_back = sum(
        p.reversed_fen
        for p, f in zip(payments, facts, strict=True)
        if f.standing not in WRONG_PAYER
    )
    if late and (received + late >= required_fen or not received):
        return Outcome.LATE
    if taken_back and (received + taken_back >= required_fen or not received):
        return Outcome.REVERSED
    if received:
        return Outcome.SHORT
    for wrong, outcome in (
        (Standing.NOT_BASIC_ACCOUNT, Outcome.NOT_BASIC_ACCOUNT),
        (Standing.NAME_MISMATCH, Outcome.NAME_MISMATCH),
    ):
        if any(f.standing is wrong for f in facts):
            return outcome
    return Outcome.SHORT


def _sum(facts: tuple[PaymentFact, ...], standing: Standing) -> int:
    return sum(f.remaining_fen for f in facts if f.standing is standing)

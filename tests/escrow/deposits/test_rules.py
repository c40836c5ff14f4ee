"""Verdicts as a table, and what must hold for any payments."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.deposits import rules
from escrow.deposits.rules import (
    DepositTerms,
    Finality,
    Outcome,
    Payer,
    Payment,
    Standing,
    Verdict,
)

T = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
TERMS = DepositTerms(80_000_00, T)
OWNER = Payer("霁川交通规划设计研究院(有限公司)", "3301040160000521738")
THIRD = Payer("云栖商贸有限公司", "3301040160000899001")
OTHER_ACCOUNT = Payer(OWNER.name, "3301040160000999999")
EARLY = T - timedelta(days=2)


def paid(
    yuan: int,
    *,
    at: datetime = EARLY,
    payer: Payer | None = OWNER,
    returned: int = 0,
    reversed_: int = 0,
) -> Payment:
    return Payment(yuan * 100, at, payer, returned * 100, reversed_ * 100)


def judged(*payments: Payment, until: datetime | None = T) -> Verdict:
    return rules.judge(payments, terms=TERMS, payer=OWNER, complete_until=until)


@pytest.mark.parametrize(
    ("payments", "outcome", "received"),
    [
        ((paid(80_000),), Outcome.OK, 80_000),
        ((paid(80_000, at=T),), Outcome.OK, 80_000),
        ((paid(80_000, at=T + timedelta(microseconds=1)),), Outcome.LATE, 0),
        ((paid(79_999),), Outcome.SHORT, 79_999),
        ((), Outcome.SHORT, 0),
        ((paid(80_001),), Outcome.OVER, 80_001),
        ((paid(50_000), paid(30_000)), Outcome.SPLIT, 80_000),
        ((paid(50_000), paid(30_001)), Outcome.OVER, 80_001),
        ((paid(50_000), paid(30_000, at=T + timedelta(hours=1))), Outcome.LATE, 50_000),
        ((paid(50_000), paid(10_000, at=T + timedelta(hours=1))), Outcome.SHORT, 50_000),
        ((paid(10_000, at=T + timedelta(hours=1)),), Outcome.LATE, 0),
        ((paid(80_000, payer=THIRD),), Outcome.NAME_MISMATCH, 0),
        ((paid(80_000, payer=None),), Outcome.NAME_MISMATCH, 0),
        ((paid(80_000, payer=OTHER_ACCOUNT),), Outcome.NOT_BASIC_ACCOUNT, 0),
        ((paid(80_000, payer=THIRD), paid(80_000)), Outcome.OK, 80_000),
        ((paid(80_000, payer=THIRD), paid(20_000)), Outcome.SHORT, 20_000),
        (
            (paid(1, payer=THIRD), paid(1, payer=OTHER_ACCOUNT)),
            Outcome.NOT_BASIC_ACCOUNT,
            0,
        ),
        ((paid(80_000, reversed_=80_000),), Outcome.REVERSED, 0),
        ((paid(80_000, reversed_=80_000), paid(80_000)), Outcome.OK, 80_000),
        ((paid(50_000), paid(30_000, reversed_=30_000)), Outcome.REVERSED, 50_000),
        ((paid(50_000), paid(10_000, reversed_=10_000)), Outcome.SHORT, 50_000),
        ((paid(80_000, reversed_=1),), Outcome.REVERSED, 79_999),
        ((paid(80_000, payer=THIRD, reversed_=80_000),), Outcome.NAME_MISMATCH, 0),
        ((paid(80_000, returned=80_000),), Outcome.SHORT, 0),
        ((paid(90_000, returned=10_000),), Outcome.OK, 80_000),
    ],
)
def test_outcomes(payments: tuple[Payment, ...], outcome: Outcome, received: int) -> None:
    verdict = judged(*payments)
    assert (verdict.outcome, verdict.received_fen) == (outcome, received * 100)
    assert verdict.qualifies == (outcome in {Outcome.OK, Outcome.OVER, Outcome.SPLIT})


@pytest.mark.parametrize(
    ("until", "finality"),
    [
        (None, Finality.PROVISIONAL),
        (T - timedelta(microseconds=1), Finality.PROVISIONAL),
        (T, Finality.FINAL),
        (T + timedelta(days=1), Finality.FINAL),
    ],
)
def test_final_only_when_the_feed_covers_the_deadline(
    until: datetime | None, finality: Finality
) -> None:
    assert judged(paid(80_000), until=until).finality is finality
    assert judged(until=until).finality is finality


def test_no_deposit_asked_is_none_missing() -> None:
    verdict = rules.judge((), terms=DepositTerms(0, T), payer=OWNER, complete_until=T)
    assert verdict.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("霁川交通规划设计研究院（有限公司）", True),
        ("霁川交通规划设计研究院〔有限公司〕", True),
        ("霁川交通规划设计研究院【有限公司】 ", True),
        ("霁川交通规划 设计研究院　(有限公司)", True),
        ("霁川交通规划设计研究院有限公司", False),
        ("霁川交通规划设计研究院(有限责任公司)", False),
        ("霁川交通规化设计研究院(有限公司)", False),
    ],
)
def test_names_are_compared_after_folding(name: str, same: bool) -> None:
    assert (rules.folded_name(name) == rules.folded_name(OWNER.name)) is same


def test_full_width_letters_and_digits_are_the_same() -> None:
    assert rules.folded_name("ＡＢＣ（中国）") == rules.folded_name("ABC(中国)")
    assert rules.folded_account("３３０１ 0401-6000") == "330104016000"


def test_money_words() -> None:
    verdict = judged(paid(50_000), paid(5_000, payer=THIRD))
    assert (verdict.missing_fen, verdict.excess_fen, verdict.to_return_fen) == (
        30_000_00,
        0,
        5_000_00,
    )
    assert judged(paid(90_000)).excess_fen == 10_000_00
    returned = judged(paid(5_000, payer=THIRD, returned=5_000))
    assert returned.to_return_fen == 0
    assert returned.payments[0].standing is Standing.NAME_MISMATCH


def test_unmatched_is_final_at_once() -> None:
    verdict = rules.unmatched(Outcome.UNKNOWN_SUB, terms=TERMS)
    assert (verdict.outcome, verdict.finality, verdict.qualifies) == (
        Outcome.UNKNOWN_SUB,
        Finality.FINAL,
        False,
    )


payers = st.sampled_from([OWNER, THIRD, OTHER_ACCOUNT, None])


@st.composite
def some_payments(draw: st.DrawFn) -> tuple[Payment, ...]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        amount = draw(st.integers(1, 90_000_00))
        returned = draw(st.sampled_from([0, 0, amount, amount // 3]))
        found.append(
            Payment(
                amount,
                T + timedelta(minutes=draw(st.integers(-90, 30))),
                draw(payers),
                returned,
                draw(st.sampled_from([0, 0, amount - returned])),
            )
        )
    return tuple(found)


@given(some_payments(), st.permutations(range(6)))
def test_order_of_arrival_does_not_matter(payments: tuple[Payment, ...], order: list[int]) -> None:
    shuffled = tuple(payments[i] for i in order if i < len(payments))
    one, other = judged(*payments), judged(*shuffled)
    assert (one.outcome, one.received_fen) == (other.outcome, other.received_fen)


@given(some_payments())
def test_what_qualifies_is_the_owners_money_in_time(payments: tuple[Payment, ...]) -> None:
    verdict = judged(*payments)
    own = sum(
        p.remaining_fen for p in payments if p.payer == OWNER and p.booked_at <= TERMS.deadline
    )
    assert verdict.received_fen == own
    assert verdict.qualifies == (own >= TERMS.amount_fen)


@given(some_payments())
def test_a_stranger_never_helps(payments: tuple[Payment, ...]) -> None:
    more = judged(*payments, paid(80_000, payer=THIRD))
    assert more.qualifies == judged(*payments).qualifies
    assert more.received_fen == judged(*payments).received_fen


@given(some_payments())
def test_a_verdict_survives_storage(payments: tuple[Payment, ...]) -> None:
    verdict = judged(*payments)
    assert rules.verdict_from_json(verdict.as_json()) == verdict
    unproven = replace(verdict, complete_until=None)
    assert rules.verdict_from_json(unproven.as_json()) == unproven

"""The transition table, the policy, trustees and codes, by example and by property."""

from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure.errors import Refused
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime
from trading.tenders import rule_book
from trading.tenders.codes import is_lot_code, lot_code, project_code, tender_code
from trading.tenders.rules import (
    ENDED,
    HOLDS,
    LIVE,
    NEEDS_REASON,
    TRANSITIONS,
    DocumentDigest,
    LotStage,
    TrusteeRole,
    TrusteeSeat,
    build_policy,
    check_trustees,
    decide_move,
    documents_digest,
    notice_message,
)

stages = st.sampled_from(LotStage)


def seats(count: int) -> tuple[TrusteeSeat, ...]:
    roles = tuple(TrusteeRole)
    return tuple(
        TrusteeSeat(i, uuid4(), roles[i - 1], f"受托人{i}", bytes([4]) + bytes([i]) * 64)
        for i in range(1, count + 1)
    )


def test_the_line_runs_from_draft_to_archive() -> None:
    line = [
        LotStage.DRAFT,
        LotStage.APPROVED,
        LotStage.NOTICE_PUBLISHED,
        LotStage.DOCUMENTS_ON_OFFER,
        LotStage.SUBMISSION_CLOSED,
        LotStage.OPENING,
        LotStage.OPENED,
        LotStage.EVALUATING,
        LotStage.REPORT_SIGNED,
        LotStage.CANDIDATES_PUBLISHED,
        LotStage.AWARDED,
        LotStage.NOTICE_ISSUED,
        LotStage.CONTRACT_SIGNED,
        LotStage.DEPOSITS_SETTLED,
        LotStage.ARCHIVED,
    ]
    for before, after in pairwise(line):
        assert decide_move(before, after) is None


def test_every_stage_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(LotStage)
    reached = {LotStage.DRAFT}
    while grown := {to for stage in reached for to in TRANSITIONS[stage]} - reached:
        reached |= grown
    assert reached == set(LotStage)


@given(stage=st.sampled_from(sorted(ENDED)), to=stages)
def test_what_has_ended_stays_ended(stage: LotStage, to: LotStage) -> None:
    with pytest.raises(Refused, match="TEN-1101"):
        decide_move(stage, to, reason="x")


@given(stage=st.sampled_from(sorted(LIVE)))
def test_every_live_stage_can_be_ended_and_held(stage: LotStage) -> None:
    for to in (LotStage.TERMINATED, LotStage.FAILED, LotStage.VOID):
        decide_move(stage, to, reason="x")
    if stage is not LotStage.SUSPENDED:
        held = decide_move(stage, LotStage.SUSPENDED, held_from=LotStage.CLARIFYING, reason="x")
        assert held is (LotStage.CLARIFYING if stage in HOLDS else stage)


@given(stage=st.sampled_from(sorted(LIVE - HOLDS)), to=stages)
def test_a_held_lot_resumes_only_where_it_was(stage: LotStage, to: LotStage) -> None:
    allowed = to is stage or to in TRANSITIONS[LotStage.SUSPENDED]
    if allowed:
        decide_move(LotStage.SUSPENDED, to, held_from=stage, reason="x")
        with pytest.raises(Refused, match="TEN-1102"):
            decide_move(LotStage.SUSPENDED, to, held_from=stage)
    else:
        with pytest.raises(Refused, match="TEN-1101"):
            decide_move(LotStage.SUSPENDED, to, held_from=stage, reason="x")


@given(stage=stages, to=stages)
def test_a_move_is_in_the_table_or_refused(stage: LotStage, to: LotStage) -> None:
    if to not in TRANSITIONS[stage]:
        with pytest.raises(Refused, match="TEN-1101"):
            decide_move(stage, to, reason="x")
    elif to in NEEDS_REASON:
        with pytest.raises(Refused, match="TEN-1102"):
            decide_move(stage, to, reason="  ")


@pytest.mark.parametrize(
    ("count", "threshold", "code"),
    [(2, 2, "TEN-1201"), (5, 2, "TEN-1202"), (5, 6, "TEN-1202"), (4, 2, "TEN-1202")],
)
def test_a_committee_is_large_enough_and_a_majority(count: int, threshold: int, code: str) -> None:
    with pytest.raises(Refused, match=code):
        check_trustees(seats(count), threshold=threshold, least=3)


def test_a_committee_may_be_three_of_five_but_nobody_sits_twice() -> None:
    check_trustees(seats(5), threshold=3, least=3)
    double = (*seats(2), seats(2)[0])
    with pytest.raises(Refused, match="TEN-1203"):
        check_trustees(double, threshold=2, least=3)


names = st.text(min_size=1, max_size=20)
documents = st.lists(
    st.builds(DocumentDigest, names, st.binary(min_size=32, max_size=32)), max_size=6
).map(tuple)


@given(documents=documents, seed=st.randoms())
def test_the_order_of_documents_does_not_matter(
    documents: tuple[DocumentDigest, ...], seed: object
) -> None:
    shuffled = list(documents)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert documents_digest(documents) == documents_digest(tuple(shuffled))


@given(one=documents, other=documents)
def test_other_documents_have_another_digest(
    one: tuple[DocumentDigest, ...], other: tuple[DocumentDigest, ...]
) -> None:
    same = sorted((d.name, d.sha256) for d in one) == sorted((d.name, d.sha256) for d in other)
    assert (documents_digest(one) == documents_digest(other)) is same


def test_the_policy_names_all_that_bids_are_sealed_under() -> None:
    procedure = rule_book.open_tender(rule_book.current(Regime.TENDERING))
    facts = {
        "tender_id": uuid4(),
        "lot_id": uuid4(),
        "version": 1,
        "deadline": datetime(2026, 12, 15, 1, 30, tzinfo=UTC),
        "documents": (DocumentDigest("招标文件.pdf", bytes(32)),),
        "seats": seats(5),
        "threshold": 3,
        "procedure": procedure,
    }
    policy = build_policy(**facts)  # type: ignore[arg-type]
    assert policy.deadline == "2026-12-15T01:30:00Z"
    assert (policy.floor, policy.threshold, policy.holder_lock) == (3, 3, HolderLock.BIDDER)
    digests = {policy.digest()}
    for change in (
        {"version": 2},
        {"lot_id": uuid4()},
        {"deadline": datetime(2026, 12, 15, 1, 31, tzinfo=UTC)},
        {"documents": (DocumentDigest("招标文件.pdf", bytes([1]) * 32),)},
        {"seats": seats(4)},
        {"threshold": 4},
        {
            "procedure": rule_book.open_tender(
                rule_book.current(Regime.TENDERING), holder_lock=HolderLock.COMMITTEE_ONLY
            )
        },
    ):
        digests.add(build_policy(**{**facts, **change}).digest())  # type: ignore[arg-type]
    assert len(digests) == 8


def test_a_notice_cannot_be_taken_for_something_else() -> None:
    assert notice_message({"a": 1}).startswith(b"sunbid notice/1\x00")


@given(
    regime=st.sampled_from(Regime),
    region=st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    on=st.dates(date(2020, 1, 1), date(2099, 12, 31)),
    ordinals=st.tuples(st.integers(1, 999_999), st.integers(1, 999), st.integers(1, 999)),
)
def test_codes_have_their_lengths(
    regime: Regime, region: str, on: date, ordinals: tuple[int, int, int]
) -> None:
    project = project_code(regime=regime, region=region, on=on, ordinal=ordinals[0])
    tender = tender_code(project, ordinals[1])
    lot = lot_code(tender, ordinals[2])
    assert (len(project), len(tender), len(lot)) == (17, 20, 23)
    assert lot.startswith(tender)
    assert is_lot_code(lot)


@pytest.mark.parametrize("region", ["", "33032", "033032", "33032６", "3303260"])
def test_a_region_is_six_digits(region: str) -> None:
    with pytest.raises(Refused, match="TEN-1301"):
        project_code(regime=Regime.TENDERING, region=region, on=date(2026, 11, 22), ordinal=1)


def test_codes_do_not_run_over() -> None:
    with pytest.raises(Refused, match="TEN-1302"):
        project_code(
            regime=Regime.TENDERING, region="330326", on=date(2026, 1, 1), ordinal=1_000_000
        )
    with pytest.raises(Refused, match="TEN-1303"):
        lot_code("E3303262611000001", 1)

"""Every invariant of the ledger under acts that Hypothesis chooses, with the bank's book as model;
and a bank's day told in any order."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from escrow.banks.simulator.book import BookEntry, Push
from escrow.banks.simulator.dialects import dialect_of
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tills import till
from tests.escrow.simulation.base import COMPANY, OWN_ACCOUNTS, PERSON, Base, chance_of
from tests.escrow.simulation.seeds import LASTING, Life
from tests.escrow.simulation.world import TERMS, World, opened, survived

SILENT = ("wangshu", "tingquan")
"""Banks that never push."""
DEEDS = [
    "deliver",
    "poll",
    "read",
    "send_refunds",
    "look",
    "judge",
    "withdraw",
    "release",
    "propose",
    "approve",
    "accuse",
    "uphold",
    "statements",
    "enrol",
    "reverse",
]
FAULTS = (
    "delay_push",
    "differing_push",
    "double_execution",
    "drop_push",
    "duplicate_push",
    "forged_push",
    "lose_refund_answer",
    "reorder_push",
    "return_refund",
    "split_payment",
    "unknown_sub",
)
STATE = text(
    "SELECT a.code, a.dr_posted - a.cr_posted FROM account a"
    " WHERE a.dr_posted <> a.cr_posted ORDER BY a.code"
)


class Escrow(RuleBasedStateMachine):
    """Acts of bidders, banks, worker and officials; after each, everything holds."""

    base: Base

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(opened(self.base, chance_of(0)))
        self.life = Life(self.world, [])
        for account in list(OWN_ACCOUNTS)[:2]:
            self.world.claim(self.world.codes[0], account)

    def act(self, deed: str) -> None:
        survived(self.world, getattr(self.life, deed))

    @rule(
        deed=st.sampled_from(
            [
                "deliver",
                "poll",
                "read",
                "send_refunds",
                "look",
                "judge",
                "withdraw",
                "release",
                "propose",
                "approve",
                "statements",
                "enrol",
                "reverse",
            ]
        )
    )
    def go_on(self, deed: str) -> None:
        self.act(deed)

    @rule(
        payer=st.sampled_from([*OWN_ACCOUNTS, COMPANY, PERSON]),
        holder=st.integers(0, 1),
        fen=st.sampled_from([1, 30_000_00, TERMS.amount_fen, TERMS.amount_fen + 1]),
    )
    def pay(self, payer: str, holder: int, fen: int) -> None:
        self.world.pay(payer, self.world.holders[holder].number, fen)

    @rule(kind=st.sampled_from(FAULTS), times=st.integers(1, 2))
    def fault(self, kind: str, times: int) -> None:
        bank = self.world.codes[0]
        self.world.fault(kind, bank, times=times, seconds=LASTING.get(kind, 0))

    @rule(seconds=st.sampled_from([3, 65, 30_000]))
    def wait(self, seconds: int) -> None:
        self.life.world.wait(datetime.resolution * (seconds * 10**6))

    @rule(transactions=st.integers(0, 3), before=st.booleans())
    def kill(self, transactions: int, before: bool) -> None:
        self.world.database.fuse, self.world.database.before_commit = transactions, before

    @invariant()
    def everything_holds(self) -> None:
        self.life.check()

    def teardown(self) -> None:
        try:
            self.life.heal()
            self.life.agree()
        finally:
            self.stack.close()


def test_invariants_hold_whatever_happens(base: Base) -> None:
    bound = type("Bound", (Escrow,), {"base": base})
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=3,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(scope="module")
def day(base: Base) -> Iterator[tuple[World, list[Parcel]]]:
    """A bank's day of which nothing was told yet: credits, a split one, reversals, a stranger's."""
    with opened(base, chance_of(1)) as world:
        code = next(c for c in world.codes if c not in SILENT)
        holders = [world.claim(code, account) for account in list(OWN_ACCOUNTS)[:2]]
        for holder, payer, fen in (
            (holders[0], holders[0].account, TERMS.amount_fen),
            (holders[1], holders[1].account, 30_000_00),
            (holders[1], COMPANY, 50_000_00),
            (holders[1], holders[1].account, 50_000_00),
        ):
            world.pay(payer, holder.number, fen)
        world.reverse()
        world.reverse()
        with base.book.session() as book:
            at = till(book, code)
            notice = dialect_of(at).notice
            assert notice is not None
            entries = book.scalars(
                select(BookEntry).join(Push, Push.seq == BookEntry.seq).order_by(BookEntry.seq)
            ).all()
            parcels = [notice(at, entry) for entry in entries]
        yield world, [*parcels, parcels[0]]


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_day_told_in_any_order_ends_in_one_state(
    day: tuple[World, list[Parcel]], chance: object
) -> None:
    world, parcels = day
    code = world.holders[0].bank

    def told(order: list[Parcel]) -> list[tuple[object, ...]]:
        connection = world.database.world.connection
        assert connection is not None
        turn = connection.begin_nested()
        for parcel in order:
            assert world.receive(code, parcel)
        world.read()
        with world.database.reading() as session:
            state = [tuple(row) for row in session.execute(STATE)]
        turn.rollback()
        world.set_clock()
        return state

    shuffled = list(parcels)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(shuffled) == told(list(parcels)) != []

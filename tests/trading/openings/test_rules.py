"""The table of the hall under random commands, random parties and a forward clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kernel.pure.closes import Verdict
from kernel.pure.errors import Refused
from trading.openings import commands as c
from trading.openings.causes import CAUSES, BidState, Cause
from trading.openings.rules import TABLE, decide
from trading.openings.states import (
    FINISHED,
    ORDER,
    VOUCHED,
    Answer,
    Bid,
    Kind,
    Minutes,
    Opening,
    Party,
    Stage,
    evolve,
)

T = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
P, S = Party, Stage
SYSTEM, HOST, BIDDER = P.SYSTEM, P.HOST, P.BIDDER


def waiting(*, floor: int = 3, remaining: int = 2, threshold: int = 2) -> Opening:
    return Opening(
        stage=S.WAITING,
        until=T - timedelta(minutes=60),
        deadline=T,
        floor=floor,
        remaining_floor=remaining,
        threshold=threshold,
        minutes=Minutes(sign_in=60, decryption=30, confirmation=15),
    )


def after(opening: Opening, *steps: tuple[c.Command, datetime]) -> Opening:
    for command, now in steps:
        opening = evolve(opening, decide(opening, command, now))
    return opening


def listed(count: int = 3, **options: int) -> Opening:
    bids = tuple(Bid(seat) for seat in range(1, count + 1))
    return after(
        waiting(**options),
        (c.Lock(SYSTEM, count), T),
        (c.Vouch(SYSTEM, in_time=True), T),
        (c.Release(P.TRUSTEE, 1, 1), T),
        (c.Release(P.TRUSTEE, 3, 1), T),
        (c.PublishList(SYSTEM, bids), T),
        (c.Tick(SYSTEM), T),
    )


def refused(opening: Opening, command: c.Command, now: datetime) -> str:
    with pytest.raises(Refused) as caught:
        decide(opening, command, now)
    return caught.value.code


def kinds(opening: Opening, command: c.Command, now: datetime) -> list[Kind]:
    return [fact.kind for fact in decide(opening, command, now)]


class Hall(RuleBasedStateMachine):
    """Any command at any moment leaves the opening lawful."""

    @initialize(count=st.integers(0, 5), remaining=st.sampled_from([2, 3]))
    def open(self, count: int, remaining: int) -> None:
        self.now = T - timedelta(minutes=90)
        self.count = count
        self.opening = waiting(remaining=remaining)
        self.said: list[Kind] = []
        self.reopened = False

    def give(self, command: c.Command) -> None:
        before = self.opening
        try:
            facts = decide(before, command, self.now)
        except Refused:
            return
        after = evolve(before, facts)
        self.check_step(before, after, [fact.kind for fact in facts], command)
        self.opening = after
        self.said += [fact.kind for fact in facts]
        try:
            again = decide(after, command, self.now)
        except Refused:
            again = ()
        repeatable = (c.Tick, c.Extend, c.Announce, c.ReportFailure, c.ReadOut, c.RaiseObjection)
        assert again == () or isinstance(command, repeatable)

    def check_step(
        self, before: Opening, after: Opening, kinds: list[Kind], command: c.Command
    ) -> None:
        assert before.stage not in FINISHED or not kinds or isinstance(command, c.Reconvene)
        if S.RECONVENED in {before.stage, after.stage}:
            assert {before.stage, after.stage} <= {S.CLOSED, S.RECONVENED}
        elif after.stage in ORDER and before.stage in ORDER:
            forward = ORDER.index(after.stage) >= ORDER.index(before.stage)
            assert forward or isinstance(command, c.Extend)
        if Kind.DEADLINE_LOCKED in kinds:
            assert self.now >= T
        if Kind.LIST_PUBLISHED in kinds:
            assert len(before.first) >= before.threshold
        if Kind.SHARE_RELEASED in kinds:
            assert before.close in VOUCHED
        if Kind.SHARE_RELEASED in kinds and after.second != before.second:
            unlocked = sum(bid.state is BidState.UNLOCKED for bid in before.bids)
            assert before.stage is S.OPENING and unlocked >= 1
        if Kind.BID_UNLOCKED in kinds:
            assert before.until is not None and self.now < before.until
        if Kind.BID_READ_OUT in kinds:
            assert len(before.second) >= before.threshold and Kind.MANIFEST_SIGNED in self.said

    @rule(seconds=st.integers(1, 3600))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def tick(self) -> None:
        early = self.opening.until is not None and self.now < self.opening.until
        if early:
            assert decide(self.opening, c.Tick(SYSTEM), self.now) == ()
        self.give(c.Tick(SYSTEM))

    @rule()
    def lock(self) -> None:
        self.give(c.Lock(SYSTEM, self.count))

    @rule(in_time=st.booleans())
    def vouch(self, in_time: bool) -> None:
        self.give(c.Vouch(SYSTEM, in_time))

    @rule(verdict=st.sampled_from(Verdict))
    def decide_close(self, verdict: Verdict) -> None:
        self.give(c.DecideClose(P.SUPERVISOR, verdict, "时钟故障"))

    @rule(trustee=st.integers(1, 3), release=st.sampled_from([1, 2]))
    def release(self, trustee: int, release: int) -> None:
        self.give(c.Release(P.TRUSTEE, trustee, release))

    @rule()
    def publish(self) -> None:
        self.give(c.PublishList(SYSTEM, tuple(Bid(n + 1) for n in range(self.count))))

    @rule(seat=st.integers(1, 6))
    def unlock(self, seat: int) -> None:
        self.give(c.Unlock(BIDDER, seat, "bid_key"))

    @rule(bad=st.sets(st.integers(1, 5)))
    def unseal(self, bad: set[int]) -> None:
        seats = [b.seat for b in self.opening.bids if b.state is BidState.UNLOCKED]
        self.give(
            c.Unseal(
                SYSTEM,
                tuple(n for n in seats if n not in bad),
                tuple((n, Cause.UNREADABLE) for n in seats if n in bad),
                "00",
            )
        )

    @rule()
    def verify(self) -> None:
        seats = tuple(b.seat for b in self.opening.bids if b.state is BidState.OPENED)
        self.give(c.Verify(SYSTEM, seats, ()))

    @rule(
        act=st.sampled_from(
            [
                c.StartDecryption(HOST),
                c.CloseWindow(HOST),
                c.SignManifest(HOST),
                c.ReadOut(HOST),
                c.CloseConfirmation(HOST),
                c.CloseOpening(HOST),
                c.Extend(HOST, 10, "网络故障"),
                c.Announce(HOST, "请各投标人注意"),
                c.Pause(HOST, "停电"),
                c.Pause(P.SUPERVISOR, "核查"),
                c.Resume(HOST),
                c.Reconvene(HOST, "核对遗漏事项"),
                c.Pause(SYSTEM, "平台停止服务"),
                c.Resume(P.SUPERVISOR),
            ]
        )
    )
    def preside(self, act: c.Command) -> None:
        self.give(act)

    @rule(
        seat=st.integers(1, 6),
        answer=st.sampled_from([Answer.AGREED, Answer.OBJECTED]),
        text=st.sampled_from(["", "唱标与文件不一致"]),
    )
    def answer(self, seat: int, answer: Answer, text: str) -> None:
        self.give(c.Answered(BIDDER, seat, answer, text))

    @rule(no=st.integers(1, 4))
    def reply(self, no: int) -> None:
        self.give(c.AnswerObjection(HOST, no, "以开标一览表为准"))

    @rule(seat=st.integers(1, 6), text=st.sampled_from(["", "主持人未说明延长原因"]))
    def object_(self, seat: int, text: str) -> None:
        before = self.opening.objections
        self.give(c.RaiseObjection(BIDDER, seat, text, most=2))
        assert self.opening.objections[: len(before)] == before
        assert sum(each.seat == seat for each in self.opening.objections) <= 3

    @rule(seat=st.integers(1, 6))
    def excuse(self, seat: int) -> None:
        self.give(c.Excuse(P.SUPERVISOR, seat, "证书服务中断"))

    @invariant()
    def lawful(self) -> None:
        if not hasattr(self, "opening"):
            return
        o = self.opening
        assert not o.bids or self.now >= T
        assert o.stage is not S.CLOSED or not o.open_objections
        if o.stage is S.CLOSED:
            assert all(bid.answer is not None for bid in o.bids)
            assert not any(bid.readable for bid in o.bids)
        for bid in o.bids:
            assert bid.cause is None or CAUSES[bid.cause].state is bid.state
            assert not bid.read or bid.state is BidState.OPENED


TestHall = Hall.TestCase
TestHall.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def test_every_command_stands_in_the_table() -> None:
    named = {value for value in vars(c).values() if isinstance(value, type)}
    assert named & set(c.Command.__subclasses__()) == set(TABLE)


def test_fewer_than_the_floor_is_never_opened() -> None:
    opening = after(waiting(), (c.Lock(SYSTEM, 2), T))
    assert opening.stage is S.FAILED_TOO_FEW
    assert decide(opening, c.Release(P.TRUSTEE, 1, 1), T) == ()


def test_one_company_under_three_pseudonyms_is_one_bidder() -> None:
    opening = after(
        waiting(),
        (c.Lock(SYSTEM, 3), T),
        (c.Vouch(SYSTEM, in_time=True), T),
        (c.Release(P.TRUSTEE, 1, 1), T),
        (c.Release(P.TRUSTEE, 2, 1), T),
        (c.PublishList(SYSTEM, (Bid(1),)), T),
    )
    assert opening.stage is S.FAILED_TOO_FEW


def test_before_the_deadline_the_lock_does_nothing() -> None:
    assert decide(waiting(), c.Lock(SYSTEM, 9), T - timedelta(seconds=1)) == ()


def test_who_does_not_decrypt_is_revoked_and_the_others_go_on() -> None:
    opening = after(
        listed(),
        (c.Unlock(BIDDER, 1, "bid_key"), T),
        (c.Unlock(BIDDER, 3, "recovery"), T),
        (c.Tick(SYSTEM), T + timedelta(minutes=30)),
    )
    assert opening.stage is S.OPENING
    assert [bid.state for bid in opening.bids] == [
        BidState.UNLOCKED,
        BidState.REVOKED,
        BidState.UNLOCKED,
    ]
    assert opening.bid(2).cause is Cause.NOT_DECRYPTED


def test_without_the_remaining_floor_no_second_release() -> None:
    opening = after(
        listed(remaining=3),
        (c.Unlock(BIDDER, 1, "bid_key"), T),
        (c.Unlock(BIDDER, 2, "bid_key"), T),
        (c.Tick(SYSTEM), T + timedelta(minutes=30)),
    )
    assert opening.stage is S.FAILED_TOO_FEW
    assert decide(opening, c.Release(P.TRUSTEE, 1, 2), T) == ()
    assert opening.second == frozenset()


def test_the_second_share_waits_for_the_window() -> None:
    assert refused(listed(), c.Release(P.TRUSTEE, 1, 2), T) == "OPN-1205"


def test_a_late_secret_is_refused_even_when_no_ticker_came() -> None:
    late = T + timedelta(minutes=30)
    assert refused(listed(), c.Unlock(BIDDER, 1, "bid_key"), late) == "OPN-2114"


def test_an_extension_is_for_all_and_reopening_relists_the_late() -> None:
    shut = after(
        listed(),
        (c.Unlock(BIDDER, 1, "bid_key"), T),
        (c.Unlock(BIDDER, 2, "bid_key"), T),
        (c.Tick(SYSTEM), T + timedelta(minutes=30)),
    )
    again = after(shut, (c.Extend(HOST, 10, "证书服务中断"), T + timedelta(minutes=31)))
    assert again.stage is S.BIDDER_DECRYPTION
    assert again.until == T + timedelta(minutes=41)
    assert again.bid(3) == Bid(3)
    assert again.windows == 2
    released = replace(shut, second=frozenset({1}))
    assert refused(released, c.Extend(HOST, 10, "证书服务中断"), T) == "OPN-1804"


def test_a_pause_stops_the_window_but_never_the_deadline() -> None:
    paused = after(waiting(), (c.Pause(HOST, "停电"), T - timedelta(minutes=1)))
    assert after(paused, (c.Lock(SYSTEM, 3), T)).stage is S.DEADLINE_LOCK
    held = after(listed(), (c.Pause(P.SUPERVISOR, "核查"), T + timedelta(minutes=5)))
    assert decide(held, c.Tick(SYSTEM), T + timedelta(hours=3)) == ()
    assert refused(held, c.Unlock(BIDDER, 1, "bid_key"), T) == "OPN-1003"
    assert refused(held, c.Resume(HOST), T) == "OPN-1802"
    on = after(held, (c.Resume(P.SUPERVISOR), T + timedelta(minutes=25)))
    assert on.until == T + timedelta(minutes=50)
    assert on.windows == held.windows + 1


def test_parties_do_only_their_own_acts() -> None:
    assert refused(listed(), c.CloseWindow(BIDDER), T) == "OPN-1001"
    assert refused(listed(), c.Excuse(HOST, 1, "x"), T) == "OPN-1001"
    assert refused(waiting(), c.Tick(HOST), T) == "OPN-1001"


def test_an_objection_must_be_answered_before_the_end() -> None:
    opening = replace(listed(), stage=S.RECORD_CONFIRMATION, until=T + timedelta(minutes=15))
    objected = after(opening, (c.Answered(BIDDER, 2, Answer.OBJECTED, "报价不符"), T))
    asked = after(objected, (c.Tick(SYSTEM), T + timedelta(minutes=15)))
    assert asked.stage is S.QUESTIONS
    assert asked.bid(1).answer is Answer.DEEMED
    assert refused(asked, c.CloseOpening(HOST), T) == "OPN-1701"
    assert decide(asked, c.Tick(SYSTEM), T + timedelta(hours=9)) == ()
    done = after(asked, (c.AnswerObjection(HOST, 1, "以开标一览表为准"), T))
    assert kinds(done, c.CloseOpening(HOST), T) == [Kind.CLOSED, Kind.STAGE_CHANGED]


@pytest.mark.parametrize("stage", [each for each in ORDER if each not in FINISHED][:-1])
def test_an_ended_lot_ends_its_opening_in_every_stage(stage: Stage) -> None:
    held = replace(waiting(), stage=stage, paused_at=T, paused_by=P.SUPERVISOR)
    ended = c.Cancel(SYSTEM, "终止", "规划调整")
    over = after(held, (ended, T))
    assert (over.stage, over.until, over.paused_at) == (S.CANCELLED, None, None)
    assert decide(over, ended, T) == decide(over, c.Tick(SYSTEM), T) == ()
    assert refused(held, c.Cancel(HOST, "终止", ""), T) == "OPN-1001"


def test_a_late_close_lets_no_share_leave_until_it_is_decided() -> None:
    locked = after(waiting(), (c.Lock(SYSTEM, 3), T))
    assert refused(locked, c.Release(P.TRUSTEE, 1, 1), T) == "OPN-1215"
    decided = c.DecideClose(P.SUPERVISOR, Verdict.GO_ON, "授时服务中断")
    assert refused(locked, decided, T) == "OPN-1211"
    late = after(locked, (c.Vouch(SYSTEM, in_time=False), T + timedelta(seconds=11)))
    assert refused(late, c.Release(P.TRUSTEE, 1, 1), T) == "OPN-1215"
    assert refused(late, c.DecideClose(HOST, Verdict.GO_ON, "x"), T) == "OPN-1001"
    assert kinds(after(late, (decided, T)), c.Release(P.TRUSTEE, 1, 1), T) == [Kind.SHARE_RELEASED]
    returned = after(late, (c.DecideClose(P.SUPERVISOR, Verdict.RETURN, "疑有迟到投标"), T))
    assert returned.stage is S.CANCELLED
    assert after(late, (c.Vouch(SYSTEM, in_time=True), T)).close in VOUCHED

"""The table of a room under random commands of random parties, and its laws one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evaluation.experts.rules import (
    PARTIES,
    Candidate,
    DrawParty,
    Pool,
    draw_name,
    nonce_commitment,
    redraw,
)
from evaluation.rooms import commands as c
from evaluation.rooms.rules import TABLE, decide
from evaluation.rooms.states import (
    FINISHED,
    ORDER,
    Kind,
    MemberState,
    Party,
    Room,
    Stage,
    evolve,
)
from kernel.pure import jcs
from kernel.pure.errors import Refused

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
P, S, M = Party, Stage, MemberState
SEATS = range(1, 6)
SIDE = {DrawParty.AGENCY: P.AGENCY, DrawParty.CENTRE: P.CENTRE, DrawParty.SUPERVISOR: P.SUPERVISOR}


def a_pool(experts: int = 9) -> Pool:
    """One employer each, every third at the guest site."""
    return Pool(
        "lot",
        date(2026, 11, 22),
        3,
        5,
        (),
        tuple(
            Candidate(f"{n:064x}", f"{n:064x}", "副场" if n % 3 == 2 else "主场")
            for n in range(experts)
        ),
    )


def drawing(experts: int = 9) -> Room:
    return Room(S.DRAWING, "lot", seats=5, leader_rounds=3, floor=3, pool=a_pool(experts))


def nonce(party: DrawParty, turn: int = 1) -> bytes:
    return sha256(f"{party.value}{turn}".encode()).digest()


def committed(party: DrawParty, turn: int = 1) -> c.Commit:
    told = nonce_commitment(lot="lot", name=draw_name(turn), party=party, nonce=nonce(party, turn))
    return c.Commit(SIDE[party], party, told)


def revealed(party: DrawParty, turn: int = 1) -> c.Reveal:
    return c.Reveal(SIDE[party], party, nonce(party, turn))


def after(room: Room, *steps: c.Command) -> Room:
    for step in steps:
        room = evolve(room, decide(room, step, NOW))
    return room


def drawn(**options: int) -> Room:
    room = after(drawing(**options), *map(committed, PARTIES), *map(revealed, PARTIES))
    assert room.stage is S.INVITING
    return room


def arrive(room: Room, *seats: int) -> Room:
    for seat in seats:
        room = after(room, c.Accept(P.EXPERT, seat))
    for seat in seats:
        room = after(room, c.CheckIn(P.EXPERT, seat), c.Pledge(P.EXPERT, seat))
    return room


def electing(**options: int) -> Room:
    room = arrive(drawn(**options), *SEATS)
    assert room.stage is S.ELECTION
    return room


def votes(*candidates: int) -> tuple[c.Vote, ...]:
    return tuple(
        c.Vote(P.EXPERT, seat, candidate) for seat, candidate in enumerate(candidates, start=1)
    )


def working(stage: Stage = S.QUALIFICATION, **options: int) -> Room:
    room = after(electing(**options), *votes(1, 1, 1, 1, 1))
    for done in ORDER[ORDER.index(S.QUALIFICATION) : ORDER.index(stage)]:
        room = after(room, c.Finish(P.SYSTEM, done))
    assert room.stage is stage
    return room


def refused(room: Room, command: c.Command) -> str:
    with pytest.raises(Refused) as caught:
        decide(room, command, NOW)
    return caught.value.code


class Evaluation(RuleBasedStateMachine):
    """Any command of anybody at any moment leaves the room lawful."""

    @initialize(experts=st.integers(6, 12))
    def convene(self, experts: int) -> None:
        self.now = NOW
        self.room = drawing(experts)
        self.outs: list[dict[str, object]] = []
        self.said: list[Kind] = []

    def give(self, command: c.Command) -> None:
        before = self.room
        try:
            facts = decide(before, command, self.now)
        except Refused:
            return
        after = evolve(before, facts)
        kinds = [fact.kind for fact in facts]
        self.check_step(before, after, kinds)
        for fact in facts:
            leaving = {Kind.INVITATION_DECLINED, Kind.MEMBER_RECUSED, Kind.REPLACEMENT_ORDERED}
            if fact.kind in leaving:
                expert = before.member(fact["seat"]).expert
                self.outs.append({"seat": fact["seat"], "expert": expert})
            if fact.kind is Kind.DRAW_RESTARTED:
                self.outs = []
        self.room = after
        self.said += kinds
        if facts and not isinstance(command, c.RestartDraw | c.Replace | c.Recuse | c.Vote):
            try:
                again = decide(after, command, self.now)
            except Refused:
                again = ()
            assert again == ()

    def check_step(self, before: Room, after: Room, kinds: list[Kind]) -> None:
        assert before.stage not in FINISHED or not kinds
        left = {Kind.MEMBER_RECUSED, Kind.REPLACEMENT_ORDERED, Kind.INVITATION_DECLINED}
        if after.stage in ORDER:
            forward = ORDER.index(after.stage) - ORDER.index(before.stage)
            assert forward <= 1
            assert forward >= 0 or left & set(kinds) or Kind.DRAW_RESTARTED in kinds
        if left & set(kinds):
            assert after.epoch > before.epoch
        if before.paused_at is not None:
            orders = {Kind.RESUMED, Kind.FAILED, *left, Kind.SHEET_SUBMITTED}
            assert not kinds or orders & set(kinds)
        if Kind.DRAWN in kinds:
            assert set(after.commitments) == set(after.nonces) == set(PARTIES)
        if Kind.LEADER_ELECTED in kinds:
            assert len(after.votes) == after.seats and before.leader is None

    @rule(party=st.sampled_from(PARTIES), wrong=st.booleans())
    def commit(self, party: DrawParty, wrong: bool) -> None:
        command = committed(party, self.room.turn)
        self.give(replace(command, by=P.EXPERT) if wrong else command)

    @rule(party=st.sampled_from(PARTIES), wrong=st.integers(0, 9))
    def reveal(self, party: DrawParty, wrong: int) -> None:
        command = revealed(party, self.room.turn)
        self.give(replace(command, nonce=bytes(32)) if wrong == 0 else command)

    @rule(by=st.sampled_from([P.SUPERVISOR, P.AGENCY]), rarely=st.integers(0, 9))
    def restart(self, by: Party, rarely: int) -> None:
        if rarely == 0:
            self.give(c.RestartDraw(by, self.room.pool, "代理机构未公开随机数"))

    @rule(seat=st.integers(1, 6), rarely=st.integers(0, 19))
    def answer(self, seat: int, rarely: int) -> None:
        wish = c.Decline(P.EXPERT, seat, "出差") if rarely == 0 else c.Accept(P.EXPERT, seat)
        self.give(wish)

    @rule()
    def everybody_comes(self) -> None:
        for seat in SEATS:
            self.give(c.Accept(P.EXPERT, seat))
        for seat in SEATS:
            self.give(c.CheckIn(P.EXPERT, seat))
            self.give(c.Pledge(P.EXPERT, seat))

    @rule(seat=st.integers(1, 6))
    def check_in(self, seat: int) -> None:
        self.give(c.CheckIn(P.EXPERT, seat))

    @rule(seat=st.integers(1, 6))
    def pledge(self, seat: int) -> None:
        self.give(c.Pledge(P.EXPERT, seat))

    @rule(seat=st.integers(1, 6), rarely=st.integers(0, 9))
    def recuse(self, seat: int, rarely: int) -> None:
        if rarely == 0:
            self.give(c.Recuse(P.EXPERT, seat, "近亲属在投标人处任职"))

    @rule(
        seat=st.integers(1, 6),
        by=st.sampled_from([P.SUPERVISOR, P.CENTRE, P.AGENCY]),
        rarely=st.integers(0, 9),
    )
    def replace(self, seat: int, by: Party, rarely: int) -> None:
        if rarely == 0:
            self.give(c.Replace(by, seat, "发现曾在投标人处任职"))

    @rule(given=st.lists(st.integers(1, 6), min_size=5, max_size=5))
    def vote(self, given: list[int]) -> None:
        for command in votes(*given):
            self.give(command)

    @rule(stage=st.sampled_from(ORDER[4:]), qualified=st.sampled_from([None, 2, 3, 5]))
    def finish(self, stage: Stage, qualified: int | None) -> None:
        self.give(c.Finish(P.SYSTEM, stage, qualified))

    @rule(seat=st.integers(1, 6), count=st.integers(0, 4))
    def progress(self, seat: int, count: int) -> None:
        self.give(c.Progress(P.SYSTEM, seat, count, 4))

    @rule(by=st.sampled_from([P.SUPERVISOR, P.AGENCY, P.EXPERT]))
    def pause(self, by: Party) -> None:
        self.give(c.Pause(by, "网络中断"))

    @rule()
    def resume(self) -> None:
        self.give(c.Resume(P.SUPERVISOR))

    @rule(seconds=st.integers(1, 9000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def lawful(self) -> None:
        if not hasattr(self, "room"):
            return
        r = self.room
        seats = [member.seat for member in r.members]
        assert seats == sorted(set(seats)) and set(seats) <= set(SEATS)
        sitting = [r.pool.candidate(member.expert) for member in r.members]
        assert len({each.employer for each in sitting}) == len(sitting)
        assert not {member.expert for member in r.members} & r.gone
        if r.members and len(r.members) == r.seats:
            assert {each.site for each in sitting} == {"主场", "副场"}
        if r.stage in ORDER[4:]:
            began = ORDER.index(r.stage) > ORDER.index(S.QUALIFICATION)
            assert not began or Kind.WORK_DONE in self.said
        if r.stage in {S.SIGNING, S.CLOSED}:
            assert r.complete and r.leader is not None
        if r.leader is not None:
            assert r.leader in set(SEATS)
        assert r.round <= r.leader_rounds
        self.recomputable()

    def recomputable(self) -> None:
        r = self.room
        if r.seed is None:
            return
        told = redraw(
            {
                "name": draw_name(r.turn),
                "pool": jcs.parse(r.pool.canonical()),
                "parties": [
                    {"party": party.value, "nonce": r.nonces[party].hex()} for party in PARTIES
                ],
                "outs": self.outs,
            }
        )
        held = {member.seat: member.expert for member in r.members}
        assert told.order == r.order
        assert told.seatings[-1] == tuple(held.get(seat) for seat in SEATS)


TestEvaluation = Evaluation.TestCase
TestEvaluation.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)


def test_every_command_stands_in_the_table() -> None:
    named = {value for value in vars(c).values() if isinstance(value, type)}
    assert named & set(c.Command.__subclasses__()) == set(TABLE)


def test_nobody_reveals_before_all_have_committed() -> None:
    room = after(drawing(), committed(DrawParty.AGENCY), committed(DrawParty.CENTRE))
    assert refused(room, revealed(DrawParty.AGENCY)) == "EVA-2103"


def test_a_wrong_nonce_is_refused_and_another_commitment_too() -> None:
    room = after(drawing(), *map(committed, PARTIES))
    wrong = c.Reveal(P.AGENCY, DrawParty.AGENCY, bytes(32))
    assert refused(room, wrong) == "EVA-2104"
    other = c.Commit(P.AGENCY, DrawParty.AGENCY, bytes(32))
    assert refused(room, other) == "EVA-2102"
    assert decide(room, committed(DrawParty.AGENCY), NOW) == ()


def test_who_does_not_reveal_is_named_when_it_is_drawn_anew() -> None:
    room = after(drawing(), *map(committed, PARTIES), revealed(DrawParty.CENTRE))
    [fact] = decide(room, c.RestartDraw(P.SUPERVISOR, a_pool(), "超过约定时间"), NOW)
    assert fact["silent"] == ("agency", "supervisor")
    room = evolve(room, (fact,))
    assert (room.turn, room.commitments, room.nonces) == (2, {}, {})
    # Commitments of the first turn say nothing in the second.
    stale = after(room, *map(committed, PARTIES))
    assert refused(stale, revealed(DrawParty.AGENCY)) == "EVA-2104"


def test_an_expert_who_declines_is_followed_by_the_next_of_the_order() -> None:
    room = drawn()
    facts = decide(room, c.Decline(P.EXPERT, 2, "出差"), NOW)
    assert [fact.kind for fact in facts] == [Kind.INVITATION_DECLINED, Kind.MEMBER_REPLACED]
    followed = evolve(room, facts)
    assert followed.member(2).turn == 2
    assert followed.member(2).state is M.INVITED
    assert refused(followed, c.CheckIn(P.EXPERT, 2)) == "EVA-2004"


def test_when_nobody_is_left_the_seat_stays_empty_and_the_supervisor_draws_anew() -> None:
    room = drawn(experts=5)
    room = after(room, c.Decline(P.EXPERT, 1, ""))
    assert len(room.members) == 4
    assert refused(room, c.Accept(P.EXPERT, 1)) == "EVA-2206"
    room = after(room, *(c.Accept(P.EXPERT, seat) for seat in (2, 3, 4, 5)))
    assert room.stage is S.INVITING
    again = after(room, c.RestartDraw(P.SUPERVISOR, a_pool(8), "递补专家不足"))
    assert again.stage is S.DRAWING and again.members == ()


def test_accepting_binds_to_recusal() -> None:
    room = after(drawn(), c.Accept(P.EXPERT, 1))
    assert refused(room, c.Decline(P.EXPERT, 1, "")) == "EVA-2201"
    assert refused(room, c.Recuse(P.EXPERT, 1, "  ")) == "EVA-2007"
    assert after(room, c.Recuse(P.EXPERT, 1, "曾任其顾问")).member(1).turn == 2


@pytest.mark.parametrize("stage", [S.QUALIFICATION, S.TECHNICAL, S.PRICE])
def test_a_late_relation_sends_the_successor_through_every_stage(stage: Stage) -> None:
    """条例 48: the conclusions of the replaced member are void, the successor reviews anew."""
    room = after(working(stage), c.Recuse(P.EXPERT, 3, "发现近亲属持股"))
    assert room.stage is S.QUALIFICATION
    assert not room.complete
    assert refused(room, c.Finish(P.SYSTEM, S.QUALIFICATION)) == "EVA-2305"
    room = arrive(room, 3)
    assert room.complete and room.leader == 1
    assert after(room, c.Finish(P.SYSTEM, S.QUALIFICATION)).stage is S.TECHNICAL


def test_nobody_leaves_once_the_report_is_being_signed() -> None:
    assert refused(working(S.SIGNING), c.Recuse(P.EXPERT, 3, "晚了")) == "EVA-2004"


def test_without_a_leader_prices_are_not_finished() -> None:
    room = after(working(S.PRICE), c.Replace(P.SUPERVISOR, 1, "发现关系"))
    assert room.leader is None
    room = arrive(room, 1)
    for stage in (S.QUALIFICATION, S.TECHNICAL):
        room = after(room, c.Finish(P.SYSTEM, stage))
    assert refused(room, c.Finish(P.SYSTEM, S.PRICE)) == "EVA-2304"
    room = after(room, *votes(2, 2, 2, 2, 2))
    assert (room.leader, room.stage) == (2, S.PRICE)
    assert after(room, c.Finish(P.SYSTEM, S.PRICE)).stage is S.SIGNING


def test_a_member_who_leaves_takes_the_ballot_along() -> None:
    room = after(electing(), *votes(1, 2, 3))
    room = after(room, c.Recuse(P.EXPERT, 5, "利害关系"))
    assert (room.votes, room.round, room.ballot) == ({}, 1, 2)
    assert refused(room, c.Vote(P.EXPERT, 1, 5)) == "EVA-2206"


def test_a_tie_is_voted_again_and_at_last_drawn() -> None:
    room = electing()
    for number in (1, 2):
        room = after(room, *votes(1, 1, 2, 2, 3))
        assert (room.leader, room.round) == (None, number + 1)
    room = after(room, *votes(1, 1, 2, 2, 3))
    assert room.leader in {1, 2} and room.stage is S.QUALIFICATION
    again = electing()
    for _ in range(3):
        again = after(again, *votes(1, 1, 2, 2, 3))
    assert again.leader == room.leader


def test_a_vote_is_given_once() -> None:
    room = after(electing(), *votes(1))
    assert decide(room, c.Vote(P.EXPERT, 1, 1), NOW) == ()
    assert refused(room, c.Vote(P.EXPERT, 1, 2)) == "EVA-2302"
    done = after(room, *votes(1, 1, 1, 1, 1))
    assert refused(done, c.Vote(P.EXPERT, 1, 2)) == "EVA-2301"


def test_too_few_qualified_bids_end_the_evaluation() -> None:
    room = working()
    facts = decide(room, c.Finish(P.SYSTEM, S.QUALIFICATION, 2), NOW)
    assert [fact.kind for fact in facts] == [Kind.WORK_DONE, Kind.FAILED, Kind.STAGE_CHANGED]
    assert "2 家" in facts[1]["reason"]
    failed = evolve(room, facts)
    assert failed.stage is S.FAILED
    assert decide(failed, c.Finish(P.SYSTEM, S.TECHNICAL), NOW) == ()
    assert after(room, c.Finish(P.SYSTEM, S.QUALIFICATION, 3)).stage is S.TECHNICAL


def test_no_stage_is_skipped_and_none_is_finished_twice() -> None:
    room = working()
    assert refused(room, c.Finish(P.SYSTEM, S.TECHNICAL)) == "EVA-2004"
    assert refused(room, c.Finish(P.EXPERT, S.QUALIFICATION)) == "EVA-2005"
    onward = after(room, c.Finish(P.SYSTEM, S.QUALIFICATION))
    assert decide(onward, c.Finish(P.SYSTEM, S.QUALIFICATION), NOW) == ()


def test_a_pause_stops_members_and_lets_supervisors_act() -> None:
    room = after(working(), c.Pause(P.SUPERVISOR, "音视频中断"))
    assert refused(room, c.Recuse(P.EXPERT, 2, "关系")) == "EVA-2003"
    assert refused(room, c.Finish(P.SYSTEM, S.QUALIFICATION)) == "EVA-2003"
    assert refused(room, c.Pause(P.CENTRE, "x")) == "EVA-2005"
    assert after(room, c.Replace(P.SUPERVISOR, 2, "关系")).member(2).turn == 2
    assert after(room, c.Resume(P.SUPERVISOR)).paused_at is None

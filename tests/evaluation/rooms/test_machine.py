"""The table of a room under random commands of random parties."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evaluation.experts.rules import (
    PARTIES,
    DrawParty,
    draw_name,
    redraw,
)
from evaluation.rooms import commands as c
from evaluation.rooms.rules import decide
from evaluation.rooms.states import (
    FINISHED,
    ORDER,
    Kind,
    Party,
    Room,
    Stage,
    evolve,
)
from kernel.pure import jcs
from kernel.pure.errors import Refused
from tests.evaluation.rooms.steps import NOW, SEATS, P, S, committed, drawing, revealed, votes


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

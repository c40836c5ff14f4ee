"""The laws of a room, one by one."""

import pytest

from evaluation.experts.rules import (
    PARTIES,
    DrawParty,
)
from evaluation.rooms import commands as c
from evaluation.rooms.rules import TABLE, decide
from evaluation.rooms.states import (
    Kind,
    Room,
    Stage,
    evolve,
)
from kernel.pure.errors import Refused
from tests.evaluation.rooms.steps import (
    NOW,
    M,
    P,
    S,
    a_pool,
    after,
    arrive,
    committed,
    drawing,
    drawn,
    electing,
    revealed,
    votes,
    working,
)


def refused(room: Room, command: c.Command) -> str:
    with pytest.raises(Refused) as caught:
        decide(room, command, NOW)
    return caught.value.code


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

"""What a fact entails besides the snapshot: rows, log leaves, work to do, platform events."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from evaluation.events import EvaluationFailed
from evaluation.experts.models import ExpertRow
from evaluation.experts.rules import draw_name, expert_token, order_digest
from evaluation.rooms.models import CommitmentRow, MemberRow, NonceRow, VoteRow
from evaluation.rooms.states import FINISHED, Fact, Kind, MemberState, Room, Stage
from kernel import log, outbox
from kernel.ids import new_id
from kernel.jobs import schedule

if TYPE_CHECKING:
    from evaluation.rooms.sitting import Sitting

CHALLENGE_BYTES = 32
REVEAL = "evaluation.reveal"
FREEZE_REPORT = "evaluation.report.freeze"
Effect = Callable[["Sitting", Fact, Room], None]


def apply(sitting: "Sitting", fact: Fact, before: Room) -> None:
    """Do what the fact entails; `before` is the room as the fact found it."""
    if effect := EFFECTS.get(fact.kind):
        effect(sitting, fact, before)


def _log(sitting: "Sitting", kind: str, **body: object) -> UUID:
    return log.append(sitting.session, kind, {"lot": str(sitting.row.lot_ref), **body})


def _committed(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    told = {
        "draw": draw_name(sitting.room.turn),
        "party": fact["party"].value,
        "commitment": fact["commitment"].hex(),
    }
    sitting.session.add(
        CommitmentRow(
            room_id=sitting.row.id,
            turn=sitting.room.turn,
            party=fact["party"],
            commitment=fact["commitment"],
            leaf_id=_log(sitting, "evaluation_commitment", **told),
            at=sitting.now,
        )
    )


def _revealed(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    told = {
        "draw": draw_name(sitting.room.turn),
        "party": fact["party"].value,
        "nonce": fact["nonce"].hex(),
    }
    sitting.session.add(
        NonceRow(
            room_id=sitting.row.id,
            turn=sitting.room.turn,
            party=fact["party"],
            nonce=fact["nonce"],
            leaf_id=_log(sitting, "evaluation_nonce", **told),
            at=sitting.now,
        )
    )


def _drawn(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    draw = sitting.draw
    draw.seed, draw.drawn, draw.drawn_at = fact["seed"], list(fact["order"]), sitting.now
    _log(
        sitting,
        "evaluation_drawn",
        draw=draw_name(sitting.room.turn),
        seed=fact["seed"].hex(),
        order=order_digest(fact["order"]).hex(),
    )
    for member in fact["members"]:
        _seat(sitting, member.seat, member.turn, member.expert)


def _seat(sitting: "Sitting", seat: int, turn: int, token: str) -> None:
    row = MemberRow(
        room_id=sitting.row.id,
        draw_turn=sitting.room.turn,
        seat=seat,
        turn=turn,
        expert_id=_expert(sitting, token),
        expert=token,
        state=MemberState.INVITED,
        submitted=0,
        challenge=os.urandom(CHALLENGE_BYTES),
        invited_at=sitting.now,
    )
    sitting.session.add(row)
    sitting.members[seat] = row


def _expert(sitting: "Sitting", token: str) -> UUID:
    """Only the room's salt leads from a token back to an expert."""
    for found in sitting.session.scalars(select(ExpertRow.id)):
        if expert_token(sitting.draw.salt, found) == token:
            return found
    raise LookupError("a drawn expert is no longer in the pool")


def _replaced(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    _seat(sitting, fact["seat"], fact["turn"], fact["expert"])


def _out(state: MemberState) -> Effect:
    def leave(sitting: "Sitting", fact: Fact, before: Room) -> None:
        row = sitting.members.pop(fact["seat"])
        row.state, row.out_at = state, sitting.now
        row.out_stage, row.out_reason = before.stage, fact["reason"]
        row.out_epoch = sitting.room.epoch
        # The seat's next holder is another row: this one must leave the partial index first.
        sitting.session.flush()
        _log(
            sitting,
            "evaluation_member_out",
            seat=fact["seat"],
            expert=row.expert,
            state=state.value,
        )

    return leave


def _restarted(sitting: "Sitting", fact: Fact, before: Room) -> None:
    """Whoever had been drawn before goes, without being gone for the next draw."""
    for seat in [member.seat for member in before.members]:
        row = sitting.members.pop(seat)
        row.out_at, row.out_stage, row.out_reason = sitting.now, before.stage, fact["reason"]
        row.out_epoch = sitting.room.epoch
    sitting.session.flush()


def _accepted(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    sitting.members[fact["seat"]].accepted_at = sitting.now


def _checked_in(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    sitting.members[fact["seat"]].checked_in_at = sitting.now


def _pledged(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    sitting.members[fact["seat"]].pledged_at = sitting.now


def _voted(sitting: "Sitting", fact: Fact, before: Room) -> None:
    sitting.session.add(
        VoteRow(
            room_id=sitting.row.id,
            ballot=before.ballot,
            seat=fact["seat"],
            round=before.round,
            candidate=fact["candidate"],
            at=sitting.now,
        )
    )


def _stage(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    stage: Stage = fact["stage"]
    _log(sitting, "evaluation_stage", stage=stage.value, at=sitting.now.isoformat())
    if stage is Stage.SIGNING:
        _work(sitting, FREEZE_REPORT, "")
    # Last: the row's own stage is projected after the effects, and the two go together.
    sitting.row.stage_since = sitting.now
    if stage in FINISHED:
        sitting.row.finished_at = sitting.now


def _paused(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    sitting.row.paused_reason = fact["reason"]


def _resumed(sitting: "Sitting", _fact: Fact, _before: Room) -> None:
    """Work that met a pause did nothing; ask for it once more."""
    sitting.row.paused_reason = None
    stage = sitting.room.stage
    if stage in {Stage.QUALIFICATION, Stage.TECHNICAL}:
        _work(sitting, REVEAL, f":{stage.value}:resumed:{sitting.now.isoformat()}")
    if stage is Stage.SIGNING:
        _work(sitting, FREEZE_REPORT, f":resumed:{sitting.now.isoformat()}")


def _work(sitting: "Sitting", kind: str, key: str) -> None:
    schedule(
        sitting.session,
        kind=kind,
        key=f"{sitting.row.id}{key}",
        due_at=sitting.now,
        payload={"room_id": str(sitting.row.id), "stage": sitting.room.stage.value},
    )


def _failed(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    sitting.row.paused_reason = None
    event = EvaluationFailed(new_id(), sitting.row.lot_ref, fact["reason"], sitting.now)
    outbox.record(sitting.session, event)


def _done(sitting: "Sitting", fact: Fact, _before: Room) -> None:
    if fact["qualified"] is not None:
        sitting.row.qualified = fact["qualified"]


EFFECTS: Mapping[Kind, Effect] = {
    Kind.STAGE_CHANGED: _stage,
    Kind.NONCE_COMMITTED: _committed,
    Kind.NONCE_REVEALED: _revealed,
    Kind.DRAWN: _drawn,
    Kind.DRAW_RESTARTED: _restarted,
    Kind.INVITATION_ACCEPTED: _accepted,
    Kind.INVITATION_DECLINED: _out(MemberState.DECLINED),
    Kind.CHECKED_IN: _checked_in,
    Kind.PLEDGED: _pledged,
    Kind.MEMBER_RECUSED: _out(MemberState.RECUSED),
    Kind.REPLACEMENT_ORDERED: _out(MemberState.REPLACED),
    Kind.MEMBER_REPLACED: _replaced,
    Kind.VOTED: _voted,
    Kind.WORK_DONE: _done,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.FAILED: _failed,
}

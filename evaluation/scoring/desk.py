"""Where the sheets of one room stand: who owes which, what was returned, what is revealed. Pure.

条例 48: the sheets of a member who was replaced are void, so only sheets of the present holders of
the seats are counted, and a reveal made by another committee is no result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evaluation.rooms.seen import BidView, MemberView, RoomView
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.sheets import Place, SheetStage
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Head:
    """A submitted sheet without its content. `fault` is why it was returned, if it was."""

    id: UUID
    expert_id: UUID
    place: Place
    attempt: int
    commitment: bytes
    leaf_id: UUID
    at: datetime
    fault: Refused | None


@dataclass(frozen=True, slots=True)
class Reveal:
    """One reveal: `members` maps seat to expert, `content` is what the stage came to."""

    id: UUID
    stage: SheetStage
    turn: int
    members: Mapping[int, UUID]
    content: Mapping[str, Any]
    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """One room, everybody's newest sheet at each place, and the latest reveal of each stage.

    `attempts` counts the sheets ever handed in by stage, returned and void ones too.
    """

    room: RoomView
    heads: Mapping[tuple[UUID, SheetStage, bytes], Head]
    attempts: Mapping[SheetStage, int]
    reveals: Mapping[SheetStage, Reveal]

    @property
    def case(self) -> Case:
        """The room's plan and bids, as the rules take them."""
        room = self.room
        bids = tuple(
            Entry(b.number, b.commitment, b.price_fen, b.draw_part, b.unsecured) for b in room.bids
        )
        return Case(
            str(room.lot_ref),
            room.close_root,
            room.ceiling_fen,
            room.plan,
            bids,
            {named: part for named, part in room.unopened.items() if part is not None},
            room.drawn,
        )

    @property
    def stage(self) -> SheetStage | None:
        """The stage whose sheets are being written, None outside both."""
        found = [stage for stage in SheetStage if stage.value == self.room.stage.value]
        return found[0] if found else None

    def bids(self, stage: SheetStage) -> tuple[BidView, ...]:
        """The bids that are marked in a stage: all, then those that were admitted."""
        if stage is SheetStage.QUALIFICATION:
            return self.room.bids
        before = self.reveals.get(SheetStage.QUALIFICATION)
        verdicts = before.content["verdicts"] if before else []
        admitted = {verdict["number"] for verdict in verdicts if verdict["admitted"]}
        return tuple(bid for bid in self.room.bids if bid.number in admitted)

    def owed(self, stage: SheetStage) -> int:
        """How many sheets each member owes in a stage; none when the plan has nothing to mark."""
        marked = self.room.plan.items if stage is SheetStage.TECHNICAL else True
        return len(self.bids(stage)) if marked else 0

    def bid(self, stage: SheetStage, commitment: bytes) -> BidView:
        """A bid that is marked in this stage. Raises Refused EVA-1202."""
        for bid in self.bids(stage):
            if bid.commitment == commitment:
                return bid
        raise Refused("EVA-1202")

    def head(self, member: MemberView, stage: SheetStage, bid: bytes) -> Head | None:
        """The member's newest sheet at a place, returned or not."""
        return self.heads.get((member.expert_id, stage, bid))

    def standing(self, member: MemberView, stage: SheetStage) -> tuple[Head, ...]:
        """The member's sheets that count so far in a stage."""
        found = (self.head(member, stage, bid.commitment) for bid in self.bids(stage))
        return tuple(head for head in found if head is not None and head.fault is None)

    def complete(self, stage: SheetStage) -> bool:
        """Every seat is held and everybody's sheets are in."""
        owed = self.owed(stage)
        return self.room.complete and all(
            len(self.standing(member, stage)) >= owed for member in self.room.members
        )

    def current(self, stage: SheetStage) -> Reveal | None:
        """The reveal of a stage when the present committee made it."""
        reveal = self.reveals.get(stage)
        holders = {member.seat: member.expert_id for member in self.room.members}
        return reveal if reveal is not None and dict(reveal.members) == holders else None

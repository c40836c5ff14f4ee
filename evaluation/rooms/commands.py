"""What anybody can ask of a room: frozen commands, each naming the party that gives it."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.experts.rules import DrawParty, Pool
from evaluation.rooms.states import Party, Stage


@dataclass(frozen=True, slots=True)
class Command:
    """A wish of one party; the table says whether it may be heard."""

    by: Party


@dataclass(frozen=True, slots=True)
class Commit(Command):
    """A party's H(nonce), 32 bytes, after the pool was frozen."""

    party: DrawParty
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Reveal(Command):
    """A party's nonce, 32 bytes, after everybody has committed."""

    party: DrawParty
    nonce: bytes


@dataclass(frozen=True, slots=True)
class RestartDraw(Command):
    """Draw anew with a pool frozen anew: somebody does not reveal, or a seat stays empty."""

    pool: Pool
    reason: str


@dataclass(frozen=True, slots=True)
class Accept(Command):
    """An invited expert comes."""

    seat: int


@dataclass(frozen=True, slots=True)
class Decline(Command):
    """An invited expert does not come."""

    seat: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckIn(Command):
    """The expert's certificate signature over the challenge was verified."""

    seat: int


@dataclass(frozen=True, slots=True)
class Pledge(Command):
    """The signed pledge was verified."""

    seat: int


@dataclass(frozen=True, slots=True)
class Recuse(Command):
    """A member declares a relation (回避)."""

    seat: int
    reason: str


@dataclass(frozen=True, slots=True)
class Replace(Command):
    """Supervisor or centre take out a member found related or no longer able."""

    seat: int
    reason: str


@dataclass(frozen=True, slots=True)
class Vote(Command):
    """A member's one vote for the leader."""

    seat: int
    candidate: int


@dataclass(frozen=True, slots=True)
class Progress(Command):
    """So many sheets of the present stage has the seat submitted; scoring says so."""

    seat: int
    submitted: int
    of: int


@dataclass(frozen=True, slots=True)
class Finish(Command):
    """The work of a stage is complete; after qualification, how many bids are left."""

    stage: Stage
    qualified: int | None = None


@dataclass(frozen=True, slots=True)
class Fail(Command):
    """The evaluation cannot go on; `reason` is Chinese text for the record."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pause(Command):
    """Stop the room, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Let the room go on."""


Wish = Callable[[Party], Command]
"""A command that still lacks its party: who asks is known at the door, not in the request."""

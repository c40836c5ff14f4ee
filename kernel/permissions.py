"""Who acts, what may be asked for, and the table that joins the two.

Grants are data: a right is granted when one of its clauses holds, a clause when all of its
predicates do. Rules about one object (is this agency the lot's agency?) live in `rules.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from kernel.pure.errors import Refused


class Role(StrEnum):
    """The capacity in which an account acts."""

    AGENCY = "agency"
    BANK = "bank"
    BIDDER = "bidder"
    CENTRE = "centre"
    EXPERT = "expert"
    SUPERVISOR = "supervisor"
    TENDEREE = "tenderee"
    TRUSTEE = "trustee"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Anyone: the public, nobody logged in."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person logged in and acting for one organisation in one role."""

    person_id: UUID
    organisation_id: UUID
    role: Role
    person_name: str
    organisation_name: str
    session_id: UUID
    csrf_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """Whoever shows a ticket for a lot; `pseudonym` is hex SHA-256 of the raw public key."""

    lot_id: UUID
    pseudonym: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class System:
    """The platform itself, by the name of the job."""

    name: str


Actor = Visitor | Account | Pseudonym | System
Right = StrEnum


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named, pure question about an actor."""

    name: str
    holds: Callable[[Actor], bool]


Clause = tuple[Predicate, ...]
Grants = Mapping[Right, tuple[Clause, ...]]

anyone = Predicate("anyone", lambda actor: True)
signed_in = Predicate("signed-in", lambda actor: isinstance(actor, Account))
by_ticket = Predicate("ticket", lambda actor: isinstance(actor, Pseudonym))
the_system = Predicate("system", lambda actor: isinstance(actor, System))


def is_role(role: Role) -> Predicate:
    """Holds for an account that acts in `role`."""
    return Predicate(role.value, lambda actor: isinstance(actor, Account) and actor.role is role)


def all_of(*predicates: Predicate) -> Clause:
    """A clause: every predicate must hold."""
    return predicates


def any_of(*clauses: Clause | Predicate) -> tuple[Clause, ...]:
    """A grant: one clause suffices."""
    return tuple((c,) if isinstance(c, Predicate) else c for c in clauses)


def roles(*allowed: Role) -> tuple[Clause, ...]:
    """A grant to any of some roles."""
    return tuple((is_role(role),) for role in allowed)


@dataclass(frozen=True, slots=True)
class Guarded:
    """One thing that can be asked for: a route, a socket event or a job."""

    kind: str
    name: str
    right: Right


class UnguardedError(RuntimeError):
    """The application has a door without a permission and refuses to start."""


class PermissionTable:
    """All grants and all guarded doors of the application."""

    def __init__(self, grants: Iterable[Grants]) -> None:
        self.grants: dict[Right, tuple[Clause, ...]] = {}
        for table in grants:
            for right, clauses in table.items():
                if right in self.grants:
                    raise UnguardedError(f"right {right} is granted in two tables")
                self.grants[right] = clauses
        self.doors: list[Guarded] = []

    def guard(self, door: Guarded) -> None:
        """Register a door; raises UnguardedError when nobody grants its right."""
        if door.right not in self.grants:
            raise UnguardedError(f"{door.kind} {door.name}: no grant for {door.right!r}")
        self.doors.append(door)

    def allows(self, actor: Actor, right: Right) -> bool:
        """Whether some clause of the right's grant holds for the actor."""
        return any(all(p.holds(actor) for p in clause) for clause in self.grants[right])

    def require(self, actor: Actor, right: Right) -> None:
        """Raise Refused WEB-1101 (not signed in) or WEB-1102 (not allowed)."""
        if self.allows(actor, right):
            return
        raise Refused("WEB-1101" if isinstance(actor, Visitor) else "WEB-1102")

    def matrix(self) -> str:
        """The table as text: one line per door, its right and who holds it."""
        lines = [
            f"{door.kind:<7} {door.name:<58} {door.right.value:<28} {self._who(door.right)}"
            for door in sorted(self.doors, key=lambda d: (d.kind, d.name))
        ]
        return "\n".join(lines) + "\n"

    def _who(self, right: Right) -> str:
        return " | ".join("+".join(p.name for p in clause) for clause in self.grants[right])

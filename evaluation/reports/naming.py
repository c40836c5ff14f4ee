"""How the people of a report are called: by name in the whole form, by seat in the public one.

招标投标法 37: the committee's names are secret until the result is fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Names:
    """`people` by seat ({"name", "employer"}), None in the public form; `points`: scored, not
    priced."""

    people: Mapping[int, Mapping[str, Any]] | None
    reasons: Sequence[str]
    points: bool

    @classmethod
    def of(cls, hidden: Mapping[str, Any] | None, *, points: bool) -> "Names":
        """From what the facts hide; None for the public form."""
        if hidden is None:
            return cls(None, (), points)
        people = {each["seat"]: each for each in hidden["members"]}
        return cls(people, tuple(each["reason"] for each in hidden["outs"]), points)

    def reason(self, place: int) -> str:
        """Why the how-manieth member left; empty in the public form."""
        return self.reasons[place] if self.people is not None else ""

    def member(self, seat: int) -> str:
        """「03 席　姓名」, or the seat alone."""
        if self.people is None:
            return f"{seat:02d} 席评委"
        return f"{seat:02d} 席{self.people[seat]['name']}"

    def plain(self, seat: int) -> str:
        """The name alone, as it is signed."""
        return f"{seat:02d} 席" if self.people is None else str(self.people[seat]["name"])

    def employer(self, seat: int) -> str:
        """Where the member works."""
        return "—" if self.people is None else str(self.people[seat]["employer"])

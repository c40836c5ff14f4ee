"""What is evaluated: a plan, the bids as the opening left them, what was drawn. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluation.plans.rules import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One bid as the opening left it; `draw_part` None when it could not be read.

    `unsecured` says in words why what should secure the bid does not; None when it does.
    """

    number: int
    commitment: bytes
    price_fen: int
    draw_part: bytes | None
    unsecured: str | None = None

    def over(self, ceiling_fen: int | None) -> int | None:
        """By how much the price is above the ceiling; None when it is not."""
        if ceiling_fen is None or self.price_fen <= ceiling_fen:
            return None
        return self.price_fen - ceiling_fen


@dataclass(frozen=True, slots=True)
class Case:
    """What is evaluated: the plan, the bids, the ceiling, and what ties are drawn from.

    `lot` is the lot's reference as text, `close_root` 32 bytes of the close checkpoint. `unopened`
    has the draw parts of listed bids that were not opened, by commitment: whoever may choose not to
    decrypt must not choose what is drawn. `drawn` is what the hall drew for the plan's draws, by
    name: decimal text, or a commitment in hexadecimal.
    """

    lot: str
    close_root: bytes
    ceiling_fen: int | None
    plan: Plan
    bids: tuple[Entry, ...]
    unopened: Mapping[bytes, bytes] = field(default_factory=dict)
    drawn: Mapping[str, str | None] = field(default_factory=dict)

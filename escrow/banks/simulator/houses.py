"""The simulated banks as data: who they are and which dialect each speaks."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BankHouse:
    """One bank; `accounts`, `subs` and `refs` begin its account numbers and references.

    `every` is how many seconds lie between the rounds of one that works in rounds.
    """

    code: str
    name: str
    dialect: str
    accounts: str
    subs: str
    refs: str
    every: int = 0


@cache
def houses() -> tuple[BankHouse, ...]:
    """Every bank, in the order in which bidders are offered them."""
    told = tomllib.loads(Path(__file__).with_name("banks.toml").read_text("utf-8"))
    return tuple(BankHouse(**one) for one in told["bank"])


def house(code: str) -> BankHouse:
    """The bank of that code. Raises KeyError."""
    return {one.code: one for one in houses()}[code]

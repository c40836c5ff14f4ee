"""Every bank's terms of interest, read once from `terms.toml`."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from escrow.interest.rules import Rate, Terms

FILE = Path(__file__).with_name("terms.toml")
EVERY_BANK = "*"


@cache
def published_terms() -> dict[str, Terms]:
    """Terms by bank code; `*` holds for a bank without lines of its own."""
    return read_terms(FILE.read_text("utf-8"))


def terms_of(bank: str) -> Terms:
    """The terms by which `bank` reckons."""
    known = published_terms()
    return known.get(bank, known[EVERY_BANK])


def read_terms(text: str) -> dict[str, Terms]:
    """Terms from the text of a table. Raises ValueError for one that makes no sense."""
    found = {str(told["code"]): _terms(told) for told in tomllib.loads(text)["bank"]}
    if EVERY_BANK not in found:
        raise ValueError("a table of terms needs lines for every other bank")
    return found


def _terms(told: dict[str, Any]) -> Terms:
    return Terms(
        bank=str(told["code"]),
        rates=tuple(_rate(one) for one in told["rate"]),
        year_days=int(told["year_days"]),
        capital_days=tuple((int(month), int(day)) for month, day in told["capital_days"]),
        source=str(told["source"]),
    )


def _rate(told: dict[str, Any]) -> Rate:
    since = told["since"]
    if type(since) is not date:
        raise ValueError("a rate begins on a day")
    return Rate(since, Decimal(str(told["percent"])), str(told["source"]))

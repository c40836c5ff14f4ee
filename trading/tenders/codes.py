"""Codes of projects, tender projects and lots: 17, 20 and 23 characters.

数据规范 V2.0 (发改办法规〔2018〕1156号); region by GB/T 2260.
"""

import re
from datetime import date

from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime

LETTERS = {
    Regime.TENDERING: "E",
    Regime.GOVERNMENT_PROCUREMENT: "A",
    Regime.LAND: "B",
    Regime.PROPERTY_RIGHTS: "C",
    Regime.ENVIRONMENTAL: "D",
}
_REGION = re.compile(r"[1-8][0-9]{5}")
_PROJECT = re.compile(r"[A-E][1-8][0-9]{15}")
_LOT = re.compile(r"[A-E][1-8][0-9]{21}")


def project_code(*, regime: Regime, region: str, on: date, ordinal: int) -> str:
    """17 characters: category letter, region, year and month, and the month's ordinal.

    Raises:
        Refused: TEN-1301 when the region is no six-digit code; TEN-1302 when a month's 999,999
            numbers are used up.
    """
    if _REGION.fullmatch(region) is None:
        raise Refused("TEN-1301", region=region)
    if not 1 <= ordinal <= 999_999:
        raise Refused("TEN-1302", ordinal=ordinal)
    return f"{LETTERS[regime]}{region}{on:%y%m}{ordinal:06d}"


def tender_code(project: str, ordinal: int) -> str:
    """20 characters: the project's code and three digits. Raises Refused TEN-1302, TEN-1303."""
    return _extended(project, _PROJECT, ordinal)


def lot_code(tender: str, ordinal: int) -> str:
    """23 characters: the tender project's code and three digits.

    Raises Refused TEN-1302, TEN-1303.
    """
    return _extended(tender, re.compile(_PROJECT.pattern + "[0-9]{3}"), ordinal)


def is_lot_code(text: str) -> bool:
    """Whether `text` has the form of a lot's code."""
    return _LOT.fullmatch(text) is not None


def _extended(code: str, form: re.Pattern[str], ordinal: int) -> str:
    if form.fullmatch(code) is None:
        raise Refused("TEN-1303", code=code)
    if not 1 <= ordinal <= 999:
        raise Refused("TEN-1302", ordinal=ordinal)
    return f"{code}{ordinal:03d}"

"""Money as integer fen: exact parsing of yuan text, display, and the capital form on documents.

大写 follows 《支付结算办法》附一《正确填写票据和结算凭证的基本规定》(中国人民银行).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NewType

from kernel.pure.errors import Refused

Fen = NewType("Fen", int)

MAX_FEN: Final = 10**18 - 1
"""Largest amount: below 10^16 yuan, so that it fits PostgreSQL BIGINT and the capital form."""

_YUAN: Final = re.compile(
    r"(-?)(?:[¥￥] ?)?([0-9]{1,16}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,2}))?"
)
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def parse_yuan(text: str) -> Fen:
    """Yuan as people write it ("¥1,234,567.00", "1234567", "0.5") to fen, exactly.

    Refuses MON-0001 for anything else: more than two decimals, misplaced commas, exponents, other
    digits than 0-9, amounts of 10^16 yuan and above.
    """
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        raise Refused("MON-0001", text=text[:40])
    sign, whole, cents = match.groups()
    fen = int(whole.replace(",", "")) * 100 + int((cents or "0").ljust(2, "0"))
    return checked(-fen if sign else fen)


def checked(value: int) -> Fen:
    """The same number as Fen; refuses MON-0002 outside ±MAX_FEN."""
    if isinstance(value, bool) or abs(value) > MAX_FEN:
        raise Refused("MON-0002", value=value)
    return Fen(value)


def format_yuan(fen: int) -> str:
    """¥1,234,567.00; a minus sign stands before the currency sign."""
    value = checked(fen)
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}¥{whole:,}.{cents:02d}"


def yuan_decimal(fen: int) -> Decimal:
    """Yuan as a Decimal with two places, for formulas."""
    return Decimal(checked(fen)).scaleb(-2)


def capital(fen: int) -> str:
    """The amount in capital characters, e.g. 人民币壹佰万元整, 人民币叁角贰分, 人民币零元整.

    Rules: a run of zeros inside gives one 零; 整 follows 元 and 角 but not 分; 零 stands between 元
    and 分 when 角 is zero; a negative amount starts with 负.
    """
    value = checked(fen)
    whole, cents = divmod(abs(value), 100)
    tens, units = divmod(cents, 10)
    words = f"{_capital_integer(whole)}元" if whole or not cents else ""
    if not cents:
        words += "整"
    elif not tens:
        words += f"{'零' if whole else ''}{_DIGITS[units]}分"
    else:
        # A zero in the yuan place before 角 may be written or left out; written, nothing can be
        # squeezed in afterwards.
        words += f"{'零' if whole and whole % 10 == 0 else ''}{_DIGITS[tens]}角"
        words += f"{_DIGITS[units]}分" if units else "整"
    return f"人民币{'负' if value < 0 else ''}{words}"


def _capital_integer(whole: int) -> str:
    if whole == 0:
        return _DIGITS[0]
    words = ""
    pending_zero = False
    for index in range(3, -1, -1):
        group = whole // 10 ** (4 * index) % 10_000
        if group == 0:
            pending_zero = bool(words)
            continue
        if words and (pending_zero or group < 1000):
            words += _DIGITS[0]
        words += _capital_group(group) + _group_name(index, whole)
        pending_zero = False
    return words


def _group_name(index: int, whole: int) -> str:
    """万亿 shares its 亿 with the group below, unless that group is empty."""
    if index == 3 and whole // 10**8 % 10_000:
        return "万"
    return _GROUPS[index]


def _capital_group(group: int) -> str:
    words = ""
    zero = False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            zero = bool(words)
            continue
        words += (_DIGITS[0] if zero else "") + _DIGITS[digit] + _PLACES[place]
        zero = False
    return words

"""Fen: exact parsing, display and the capital form."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure.errors import Refused
from kernel.pure.money import MAX_FEN, capital, checked, format_yuan, parse_yuan, yuan_decimal

AMOUNTS = st.integers(-MAX_FEN, MAX_FEN)


@given(AMOUNTS)
def test_what_is_shown_is_read_back(fen: int) -> None:
    shown = format_yuan(fen)
    sign = "-" if fen < 0 else ""
    assert parse_yuan(shown.replace("-¥", "-")) == fen
    assert shown.startswith(f"{sign}¥")
    assert yuan_decimal(fen) == Decimal(shown.replace("¥", "").replace(",", ""))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234567", 123456700),
        ("1,234,567.00", 123456700),
        ("¥1,234,567.8", 123456780),
        ("￥ 0.05", 5),
        (" 80000 ", 8000000),
        ("-3.2", -320),
    ],
)
def test_yuan_as_people_write_it(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", "1.234", "1e5", "12,34", "1,2345", ".5", "5.", "１２", "1 000", "NaN", "0x10", "1" * 17],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="MON-0001"):
        parse_yuan(text)


def test_amounts_beyond_the_capital_form_are_refused() -> None:
    with pytest.raises(Refused, match="MON-0002"):
        checked(MAX_FEN + 1)
    with pytest.raises(Refused, match="MON-0002"):
        checked(True)


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("0", "人民币零元整"),
        ("0.32", "人民币叁角贰分"),
        ("0.04", "人民币肆分"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("1000000", "人民币壹佰万元整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("1000000000000", "人民币壹万亿元整"),
        ("1234500000000", "人民币壹万贰仟叁佰肆拾伍亿元整"),
        ("1000000010000", "人民币壹万亿零壹万元整"),
        ("-12", "人民币负壹拾贰元整"),
    ],
)
def test_capital_form_of_the_payment_rules(yuan: str, words: str) -> None:
    assert capital(parse_yuan(yuan)) == words


@given(AMOUNTS)
def test_capital_form_reads_back_to_the_same_amount(fen: int) -> None:
    words = capital(fen)
    assert _read(words) == fen
    assert "零零" not in words
    assert re.fullmatch(r"人民币负?.+[整分]", words)


def _read(words: str) -> int:
    """An independent reader of the capital form, by place names only."""
    body = words.removeprefix("人民币")
    sign = -1 if body.startswith("负") else 1
    yuan, _, rest = body.removeprefix("负").rpartition("元")
    cents = 0
    for digit, place in re.findall(r"([壹贰叁肆伍陆柒捌玖])([角分])", rest):
        cents += "零壹贰叁肆伍陆柒捌玖".index(digit) * (10 if place == "角" else 1)
    high, _, low = yuan.rpartition("亿")
    return sign * ((_read_myriads(high) * 10**8 + _read_myriads(low)) * 100 + cents)


def _read_myriads(words: str) -> int:
    high, _, low = words.rpartition("万")
    return _read_group(high) * 10_000 + _read_group(low)


def _read_group(words: str) -> int:
    total = 0
    for digit, place in re.findall(r"([壹贰叁肆伍陆柒捌玖])([拾佰仟]?)", words):
        factor = {"": 1, "拾": 10, "佰": 100, "仟": 1000}[place]
        total += "零壹贰叁肆伍陆柒捌玖".index(digit) * factor
    return total

"""Credit codes of GB 32100-2015, passwords, lockout."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.rules import (
    ALPHABET,
    RULES,
    Attempts,
    check_character,
    check_password,
    credit_code,
    with_check_character,
)
from kernel.pure.errors import Refused

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
BODIES = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91330100799655058B", "914403001922038216"])
def test_codes_printed_in_public_are_accepted(code: str) -> None:
    assert credit_code(code) == code


@given(BODIES)
def test_a_completed_code_is_accepted_however_it_is_typed(body: str) -> None:
    code = with_check_character(body)
    spaced = " ".join(code[i : i + 4] for i in range(0, 18, 4)).lower()
    assert credit_code(spaced) == code
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert credit_code(full_width) == code


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    code = with_check_character(body)
    if code[place] == other:
        return
    wrong = code[:place] + other + code[place + 1 :]
    with pytest.raises(Refused) as refused:
        credit_code(wrong)
    assert refused.value.code == "IDN-1003"


@given(BODIES, st.integers(0, 16))
def test_two_neighbours_swapped_are_found(body: str, place: int) -> None:
    code = with_check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped == code:
        return
    with pytest.raises(Refused):
        credit_code(swapped)


@pytest.mark.parametrize("letter", "IOSVZ")
def test_a_letter_outside_the_alphabet_is_named_with_its_place(letter: str) -> None:
    code = with_check_character("9132059400000000A")
    with pytest.raises(Refused) as refused:
        credit_code(code[:4] + letter + code[5:])
    assert refused.value.code == "IDN-1002"
    assert refused.value.facts["place"] == 5
    assert refused.value.facts["character"] == letter


def test_a_wrong_length_is_counted() -> None:
    with pytest.raises(Refused) as refused:
        credit_code("9132059400000000")
    assert (refused.value.code, refused.value.facts["length"]) == ("IDN-1001", 16)


def test_the_check_character_needs_seventeen() -> None:
    with pytest.raises(ValueError, match="17"):
        check_character("9132")


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "IDN-1004"), ("aaaaaaaaaaaa", "IDN-1005"), ("my-chen.wei-123", "IDN-1005")],
)
def test_weak_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_password(password, login="chen.wei")
    assert refused.value.code == code


def test_the_last_allowed_failure_locks_and_the_lock_ends() -> None:
    attempts = Attempts()
    for _ in range(RULES.max_failures - 1):
        attempts = attempts.failed(NOW)
        assert not attempts.is_locked(NOW)
    attempts = attempts.failed(NOW)
    assert attempts.is_locked(NOW)
    assert attempts.is_locked(NOW + RULES.lock - timedelta(seconds=1))
    assert not attempts.is_locked(NOW + RULES.lock)

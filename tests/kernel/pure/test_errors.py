"""Refusals carry a catalogued code and facts, across pickling too."""

from __future__ import annotations

import pickle

import pytest

from kernel.pure.errors import Refused


def test_a_refusal_shows_code_and_facts() -> None:
    refusal = Refused("BID-1402", sequence=3, previous=2)
    assert refusal.code == "BID-1402"
    assert refusal.facts == {"sequence": 3, "previous": 2}
    assert str(refusal) == "BID-1402 (previous=2, sequence=3)"


def test_a_refusal_survives_a_process_border() -> None:
    refusal = pickle.loads(pickle.dumps(Refused("ENV-0001", name="header")))
    assert (refusal.code, refusal.facts) == ("ENV-0001", {"name": "header"})


@pytest.mark.parametrize("code", ["", "bid-1402", "BID1402", "BID-14020"])
def test_a_code_of_another_form_is_a_mistake(code: str) -> None:
    with pytest.raises(ValueError, match="not a refusal code"):
        Refused(code)

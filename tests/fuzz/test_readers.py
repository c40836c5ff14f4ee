"""Whatever bytes a reader is given, it reads them or refuses by code; the slow lane tries more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import agree
from tests.fuzz.mutations import near
from tests.fuzz.targets import TARGETS, Target, run

EXAMPLES = int(os.environ.get("SUNBID_EXAMPLES", "40"))
DEAR = {"bundle", "bundled"}  # a whole bundle each
MEANT_TO_PASS = {target.name for target in TARGETS} - {"stamp", "bundled"}


@pytest.mark.timeout(60 + EXAMPLES // 20)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_reader_reads_or_refuses(target: Target) -> None:
    if target.name in MEANT_TO_PASS:
        assert all(run(target, seed) for seed in target.seeds())

    @settings(
        max_examples=EXAMPLES // 4 if target.name in DEAR else EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def any_bytes(data: st.DataObject) -> None:
        run(target, data.draw(near(target.seeds())))

    any_bytes()


def test_both_verifiers_name_the_same_step(tmp_path: Path) -> None:
    assert agree.differing(0, tmp_path, count=12) == {}

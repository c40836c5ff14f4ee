"""Bundles written in memory pass; what a real opening seldom has is changed and named here."""

from pathlib import Path

import pytest

from kernel.pure.envelope import HolderLock
from tests.verifier import mutations
from tests.verifier.test_bundle import check
from tests.verifier.written import Opening


@pytest.fixture(scope="module")
def in_time() -> Opening:
    """An opening whose close was in time."""
    return Opening()


@pytest.fixture(scope="module")
def late() -> Opening:
    """An opening that a supervisor let go on."""
    return Opening(late=True)


def wrong(opening: Opening, table: dict[str, mutations.Change], folder: Path) -> dict[str, str]:
    """Changes that were named otherwise than they must be."""
    found = {}
    for name, change in table.items():
        files = opening.files
        change(files, lambda index: opening.committee.keys[index - 1])
        told = check(files, folder) or "holds"
        if told.split(":")[0] != name.split("/")[0]:
            found[name] = told
    return found


def test_a_whole_opening_passes_and_its_faults_are_named(in_time: Opening, tmp_path: Path) -> None:
    assert check(in_time.files, tmp_path) is None
    assert wrong(in_time, mutations.WRITTEN, tmp_path) == {}


def test_a_late_close_rests_on_the_decision_alone(late: Opening, tmp_path: Path) -> None:
    assert check(late.files, tmp_path) is None
    assert wrong(late, mutations.LATE, tmp_path) == {}


def test_without_a_holders_lock_the_second_release_stays_unpublished(tmp_path: Path) -> None:
    opening = Opening(holder_lock=HolderLock.COMMITTEE_ONLY)
    assert {release.stage for release in opening.releases} == {"list"}
    assert check(opening.files, tmp_path) is None

"""Bundles written in memory: both verifiers name every single fault, the page from the disk."""

from pathlib import Path

import pytest

from kernel.pure.envelope import HolderLock
from tests import running
from tests.verifier import mutations
from tests.verifier.page import VerifierPage
from tests.verifier.test_bundle import check, zipped
from tests.verifier.written import IN_TIME, LATE, Files, Opening

Named = list[tuple[str, Files]]


def _wrong(changed: Named, folder: Path) -> list[tuple[str, str]]:
    """What Python names otherwise than expected."""
    found = [(name, check(files, folder) or "holds") for name, files in changed]
    return [each for each in found if each[1].split(":")[0] != each[0].split("/")[0]]


def _shown_wrong(changed: Named, folder: Path) -> list[tuple[str, str]]:
    """What the static page names otherwise, opened from the disk without network."""
    with running.browsing() as browser:
        page = VerifierPage(browser)
        found = [(name, page.check(zipped(files, folder))) for name, files in changed]
        assert page.noises == []
    return [each for each in found if each[1] != each[0].split("/")[0]]


@pytest.mark.browser
def test_a_whole_opening_passes_and_its_faults_are_named(tmp_path: Path) -> None:
    """Python has seen the faults of OPENING in a real opening's bundle."""
    opening, late = Opening(), Opening(closed=LATE)
    alone = Opening(holder_lock=HolderLock.COMMITTEE_ONLY)
    assert {release.stage for release in alone.releases} == {"list"}
    seldom = [("holds", each.files) for each in (opening, late, alone)]
    seldom += mutations.applied(mutations.WRITTEN, opening.files, opening.trustee_key)
    seldom.append(("times/closed before the deadline", Opening(closed=-IN_TIME).files))
    seldom += mutations.applied(mutations.LATE, late.files, late.trustee_key)
    assert _wrong(seldom, tmp_path) == []
    usual = mutations.applied(mutations.OPENING, opening.files, opening.trustee_key)
    assert len(usual) + len(seldom) > 70
    assert _shown_wrong([*seldom, *usual], tmp_path) == []

"""Every release of scripts is a leaf of the log, once, with the hash of all that browsers run."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kernel import log, scripts
from kernel.house import House
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.settings import Settings

FILES = [
    {"path": "pages/hall.js", "sha256": "ab" * 32},
    {"path": "verify.html", "sha256": "cd" * 32},
]
LISTING = jcs.canonical({"files": FILES, "format": scripts.FORMAT})


def test_a_release_is_logged_once_and_anybody_may_check_it(
    settings: Settings, client: FlaskClient, tmp_path: Path
) -> None:
    house = House.open(settings, pool_size=2)
    built = tmp_path / "scripts.json"
    scripts.publish(house, built)
    built.write_bytes(LISTING)
    for _ in range(2):
        scripts.publish(house, built)
    with house.database.writing() as session:
        log.sequence(session, house.keys)
        [row] = scripts.releases(session)
        assert row.digest == sha256(LISTING).digest()
        size = log.inclusion(session, row.leaf_id).checkpoint.size  # type: ignore[union-attr]
        assert len(scripts.served_between(session, size, size)) == 1
        assert scripts.served_between(session, 0, 0) == []
    house.database.dispose()
    [told] = client.get("/log/scripts").get_json()["releases"]
    leaf = json.loads(told["proof"]["leaf"])
    assert leaf["kind"] == "scripts"
    assert leaf["body"] == {"digest": row.digest.hex(), "files": 2}
    whole = client.get(f"/log/scripts/{row.digest.hex()}").get_json()
    assert jcs.canonical(whole["release"]) == LISTING
    assert row.digest.hex() in client.get("/log").get_data(as_text=True)
    assert client.get(f"/log/scripts/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"{}", "LOG-1401"),
        (jcs.canonical({"files": [], "format": scripts.FORMAT}), "LOG-1401"),
        (jcs.canonical({"files": FILES[::-1], "format": scripts.FORMAT}), "LOG-1401"),
        (LISTING + b" ", "ENV-1002"),
    ],
)
def test_a_listing_is_read_strictly(value: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        scripts.read_listing(value)
    assert refused.value.code == code


def test_the_build_lists_everything_it_serves_and_the_offline_page() -> None:
    listing = scripts.read_listing(scripts.BUILT.read_bytes())
    dist = scripts.BUILT.parent
    for path, digest in listing.files.items():
        assert sha256((dist / path).read_bytes()).digest() == digest
    manifest = json.loads((dist / "manifest.json").read_text("utf-8"))
    entries = {each["file"] for name, each in manifest.items() if not name.endswith("/")}
    assert entries <= set(listing.files)


def test_the_offline_verifier_is_a_file_to_keep(client: FlaskClient) -> None:
    answer = client.get("/verify.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sunbid-verify.html"
    page = answer.get_data(as_text=True)
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")

"""The laws hold here, and each of them notices when it is broken."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture import refusals, source

ROOT = Path(__file__).resolve().parents[2]

PLANTED: dict[str, list[tuple[str, str]]] = {
    "transaction_edge": [
        ("trading/tenders/planted.py", "def f(s):\n    s.commit()\n"),
        ("trading/bids/planted.py", "def f(s):\n    with s.begin_nested():\n        pass\n"),
        ("escrow/planted.py", "def f(e):\n    e.execution_options(isolation_level='x')\n"),
        ("kernel/planted.py", "from sqlalchemy.orm import Session\n\n\ns = Session()\n"),
        ("trading/tenders/x/views.py", "def f(h):\n    with h.database.writing():\n        pass\n"),
        ("kernel/planted.py", "def f(s):\n    s.execute('commit')\n"),
    ],
    "environment": [
        ("kernel/planted.py", "import os\n\nHOME = os.environ['HOME']\n"),
        ("trading/planted.py", "from os import getenv\n"),
    ],
    "clocks": [
        ("trading/planted.py", "import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n"),
        ("escrow/planted.py", "import time\n\nNOW = time.time()\n"),
    ],
    "names": [
        ("kernel/utils.py", '"""Odds and ends."""\n'),
        ("trading/planted.py", "class BidManager:\n    pass\n"),
    ],
    "mocks": [("tests/planted.py", "from unittest import mock\n")],
    "headings": [("kernel/planted.py", "X = 1\n")],
    "sizes": [("static/src/planted.js", "//\n" * 401)],
    "todos": [("kernel/planted.py", '"""Planted."""\n\n# TODO later\n')],
    "packages": [("escrow/nowhere/planted.py", '"""Planted."""\n')],
    "inline_code": [
        ("trading/planted.html", "<script>alert(1)</script>\n"),
        ("trading/planted.html", '<p style="color: red">\n'),
        ("kernel/planted.html", '<button onclick="go()">\n'),
    ],
}
CASES = [(law, path, text) for law, plants in PLANTED.items() for path, text in plants]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is, free to be spoilt; whoever plants something takes it away again."""
    root = tmp_path_factory.mktemp("copy")
    for name in (*source.PACKAGES, "migrations", "tests", "static/src", "static/css"):
        target = root / name
        target.mkdir(parents=True)
        if (ROOT / name).exists():
            shutil.copytree(
                ROOT / name,
                target,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__", "*.woff2", "*.png"),
            )
    return root


@contextmanager
def planted(root: Path, path: str, text: str) -> Iterator[None]:
    """A file that should not be there, or one spoilt, for the length of a block."""
    file = root / path
    before = file.read_text("utf-8") if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, "utf-8")


@pytest.mark.parametrize("law", source.LAWS)
def test_law_holds(law: str) -> None:
    found = source.LAWS[law](ROOT)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("law", "path", "text"), CASES)
def test_breach_is_noticed(copy: Path, law: str, path: str, text: str) -> None:
    with planted(copy, path, text):
        noticed = source.LAWS[law](copy)
    place = path if law != "packages" else path.rpartition("/")[0]
    assert any(line.startswith(place) for line in noticed)


def test_every_law_has_a_planted_breach() -> None:
    assert set(PLANTED) == set(source.LAWS)


Check = Callable[[Path], list[str]]
CHECKS: list[Check] = [
    refusals.uncatalogued,
    refusals.unused,
    refusals.badly_told,
    refusals.facts_missing,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_refusals_are_told(check: Check) -> None:
    found = check(ROOT)
    assert not found, "\n" + "\n".join(found)


ENTRY = '[ZZZ-9999]\nstatus = 409\nwhat = "{a}"\nwhy = "x"\nnext = "x"\n'
SPOILT: list[tuple[Check, str, str]] = [
    (refusals.uncatalogued, "trading/planted.py", 'Refused("ZZZ-9998")\n'),
    (refusals.unused, "evaluation/refusals.toml", ENTRY),
    (refusals.badly_told, "evaluation/refusals.toml", ENTRY.replace("409", "200")),
    (refusals.badly_told, "evaluation/refusals.toml", ENTRY.replace('"x"', '""')),
    (refusals.facts_missing, "evaluation/refusals.toml", ENTRY),
]


@pytest.mark.parametrize(("check", "path", "text"), SPOILT)
def test_a_badly_told_refusal_is_noticed(copy: Path, check: Check, path: str, text: str) -> None:
    raising = 'Refused("ZZZ-9999", b=1)\n' if check is refusals.facts_missing else ""
    with planted(copy, "trading/raising.py", raising):
        before = check(copy)
        with planted(copy, path, text):
            assert set(check(copy)) - set(before)

"""Figures are judged, printed and filed in the form everyone reads."""

import json
from pathlib import Path

import pytest

from kernel.bench import Bar, Bench, Figure, Side
from kernel.bench import __main__ as runner
from kernel.postgres import Server

FAST = Figure("sealing", 300.0, "MB/s", Bar(Side.AT_LEAST, 1.5), "age", 150.0)
SLOW = Figure("receipt", 61.5, "ms", Bar(Side.AT_MOST, 50, on_ratio=False))


def test_lines_read_name_value_peer_ratio_bar_verdict() -> None:
    assert FAST.line() == "sealing · 300 MB/s · age 150 MB/s · 2.00 · ratio >= 1.5 · holds"
    assert SLOW.line() == "receipt · 61.5 ms · no peer · - · value <= 50 · short"


@pytest.mark.parametrize(
    ("bar", "good", "bad"),
    [(Bar(Side.AT_LEAST, 1.0), 1.0, 0.99), (Bar(Side.AT_MOST, 1.0), 1.0, 1.01)],
)
def test_the_bar_itself_is_good_enough(bar: Bar, good: float, bad: float) -> None:
    assert bar.holds(good)
    assert not bar.holds(bad)


def test_a_ratio_without_a_peer_holds_nothing() -> None:
    assert not Figure("x", 9.0, "s", Bar(Side.AT_LEAST, 0.1)).holds
    assert not Figure("x", 9.0, "s", Bar(Side.AT_LEAST, 0.1), "peer", 0.0).holds


def test_a_run_is_filed_with_load_and_versions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(Server(tmp_path / "server"), tmp_path, tmp_path)
    runner.run("both", lambda _: [FAST, SLOW], bench, tmp_path / "bench")
    assert capsys.readouterr().out.splitlines() == [FAST.line(), SLOW.line()]
    filed = json.loads((tmp_path / "bench" / "both.json").read_text())
    assert set(filed) == {"name", "at", "load", "versions", "figures"}
    assert filed["versions"]["python"]
    assert len(filed["load"]) == 2
    assert filed["figures"][1] == {
        "name": "receipt",
        "value": 61.5,
        "unit": "ms",
        "peer": None,
        "peer_value": None,
        "ratio": None,
        "bar": "value <= 50",
        "holds": False,
    }


def test_measurements_are_found_by_their_place() -> None:
    assert runner.measures(("kernel",)) == {
        "browser": "kernel.bench.browser",
        "log": "kernel.bench.log",
        "opening": "kernel.bench.opening",
        "sealing": "kernel.bench.sealing",
    }


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["nonsense"]) == 2
    assert "log" in capsys.readouterr().err

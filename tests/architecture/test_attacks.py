"""Every test that docs/attacks.md and docs/escrow-faults.md name exists; every row names one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    name: (ROOT / "docs" / name).read_text("utf-8") for name in ("attacks.md", "escrow-faults.md")
}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def functions(file: str) -> set[str]:
    """Names of the functions of a test file; none when there is no such file."""
    path = ROOT / file
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("document", "least"), [("attacks.md", 50), ("escrow-faults.md", 50)])
def test_every_named_test_exists(document: str, least: int) -> None:
    named = NAMED.findall(TEXTS[document])
    assert len(named) > least
    assert [f"{file}::{name}" for file, name in named if name not in functions(file)] == []


@pytest.mark.parametrize("document", TEXTS)
def test_every_row_names_its_test(document: str) -> None:
    rows = [line for line in TEXTS[document].splitlines() if line.startswith("| ")]
    told = [line for line in rows if not line.startswith(("| attack", "| fault", "|---"))]
    assert [line for line in told if not NAMED.search(line)] == []

"""Every test that docs/attacks.md names exists, and every attack names one."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "attacks.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def functions(file: str) -> set[str]:
    """Names of the functions of a test file; none when there is no such file."""
    path = ROOT / file
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 50
    assert [f"{file}::{name}" for file, name in named if name not in functions(file)] == []


def test_every_attack_names_its_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    attacks = [line for line in rows if not line.startswith(("| attack", "|---"))]
    assert [line for line in attacks if not NAMED.search(line)] == []

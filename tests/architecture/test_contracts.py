"""The import contracts break when an import goes the wrong way."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import source

ROOT = Path(__file__).resolve().parents[2]

PLANTED = [
    ("kernel/planted.py", "import trading", "The arrow never turns back"),
    ("escrow/planted.py", "import evaluation", "The arrow never turns back"),
    ("evaluation/planted.py", "import trading", "The arrow never turns back"),
    ("trading/tenders/planted.py", "import trading.bids", "Features of trading"),
    ("trading/bids/planted.py", "import trading.openings", "Features of trading"),
    ("trading/bids/planted.py", "import escrow.hidden", "Escrow is entered by"),
    ("trading/bids/planted.py", "import evaluation.hidden", "Evaluation is entered by"),
    ("trading/tenders/rules.py", "import sqlalchemy", "Rules reach"),
    ("trading/tenders/rules.py", "import kernel.through", "Rules reach"),
    ("trading/tenders/rules.py", "import os", "Rules reach"),
    ("kernel/pure/planted.py", "import cryptography", "The pure core reaches"),
    ("kernel/pure/planted.py", "import kernel.through", "The pure core reaches"),
    ("verifier/planted.py", "import kernel.through", "The verifier stands"),
    ("verifier/planted.py", "import trading.bids.hidden", "The verifier stands"),
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Modules with their imports only, which is all that the contracts read."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for name in (*source.PACKAGES, "tests/architecture"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "templates")
        )
    for hidden in ("escrow/hidden.py", "evaluation/hidden.py", "trading/bids/hidden.py"):
        (tmp_path / hidden).write_text("")
    (tmp_path / "kernel" / "through.py").write_text("import flask\n")
    return tmp_path


def test_contracts_hold() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "line", "contract"), PLANTED)
def test_planted_import_breaks_its_contract(
    copy: Path, path: str, line: str, contract: str
) -> None:
    with (copy / path).open("a") as module:
        module.write(f"\n{line}\n")
    found = lint(copy)
    assert found.returncode != 0
    broken = [row for row in found.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), found.stdout

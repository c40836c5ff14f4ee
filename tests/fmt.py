"""`./dev fmt`: put Python, JavaScript and CSS into their one format."""

import subprocess
import sys

from tests.check import NODE, PYTHON, ROOT

COMMANDS = (
    (PYTHON / "ruff", "check", "--fix-only", "--quiet", ".", "dev"),
    (PYTHON / "ruff", "format", "--quiet", ".", "dev"),
    (NODE / "prettier", "--write", "--log-level=warn", "."),
)

if __name__ == "__main__":
    sys.exit(max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in COMMANDS))

"""Key files of the demonstration's people, kept by the demonstration and handed to their owner.

A real person keeps such a file (or a USB key) to himself; here it must be at hand.
"""

import json
import os
from pathlib import Path
from typing import Any


def key_file(state_dir: Path, login: str) -> Path:
    """Where the key of `login` lies."""
    if not login.replace("-", "").isalnum():
        raise ValueError("not a login")
    return state_dir / "demo" / "keys" / f"{login}.json"


def write_key_file(state_dir: Path, login: str, content: dict[str, Any]) -> None:
    """Keep a key file, readable by this system user only."""
    path = key_file(state_dir, login)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)

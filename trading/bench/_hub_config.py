"""The web process as it always runs, and a watcher of its hub."""

import runpy
from pathlib import Path
from typing import Any

from trading.bench._hub import begin

_usual = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
globals().update({name: value for name, value in _usual.items() if not name.startswith("_")})


def post_worker_init(worker: Any) -> None:
    """What the usual configuration does, and the watcher."""
    _usual["post_worker_init"](worker)
    begin()

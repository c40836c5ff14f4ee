"""People without browsers, played by Node with the modules of the pages (`puppet.mjs`)."""

import itertools
import json
import shutil
import subprocess
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from trading.installation import Installation

SCRIPT = Path(__file__).with_name("puppet.mjs")
PATIENCE = 60


class TurnedAway(Exception):
    """The platform said no: the refusal's code and status, both empty for anything else."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(f"{told['status']} {told['code']} {told['message']}")
        self.code: str = told["code"]
        self.status: int = told["status"]


class Puppets:
    """One Node process; requests may overlap, each answered on its own.

    They reach the pages at `url`, at the installation's own address if none is told.
    """

    def __init__(self, installation: Installation, url: str = "") -> None:
        settings = installation.settings
        self._process = subprocess.Popen(
            (
                shutil.which("node") or "node",
                str(SCRIPT),
                url or settings.public_url,
                settings.upload_url,
                settings.bank_url,
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._guard = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The bidders' own process."""
        return self._process.pid

    def begin(self, do: str, **request: Any) -> "Future[Any]":
        """Ask for an act; its result, or TurnedAway, comes with the future."""
        number, future = next(self._numbers), Future[Any]()
        line = json.dumps({"id": number, "do": do, **request})
        assert self._process.stdin is not None
        with self._guard:
            self._waiting[number] = future
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        return future

    def ask(self, do: str, **request: Any) -> Any:
        """Do an act now; raises TurnedAway."""
        return self.begin(do, **request).result(timeout=PATIENCE)

    def refused(self, do: str, **request: Any) -> str:
        """The stable code of an act that must be refused."""
        try:
            found = self.ask(do, **request)
        except TurnedAway as refusal:
            return refusal.code
        raise AssertionError(f"{do} was not refused: {found}")

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            future = self._waiting.pop(told["id"])
            if "error" in told:
                future.set_exception(TurnedAway(told["error"]))
            else:
                future.set_result(told["value"])

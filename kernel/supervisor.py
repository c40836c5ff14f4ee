"""Keeps named processes running: starts them, restarts what dies, files their words, stops all.

Each child leads a process group of its own, so that killing one also ends what it started.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kernel.postgres import bind_to_parent

TURN = 0.05
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY = 10.0
GOODBYE = 8.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run under which name."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path


class Child:
    """One program and its present process, if any. Only the keeper thread touches it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.held = False
        self._began = 0.0
        self._pause = FIRST_PAUSE
        self._not_before = 0.0

    def attend(self) -> subprocess.Popen[bytes] | None:
        """Start the program when it is not running and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return None
            self.end(signal.SIGKILL)
            steady = now - self._began > STEADY
            self._pause = FIRST_PAUSE if steady else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before = now + self._pause
            self.process = None
        if self.held or now < self._not_before:
            return None
        self.process = subprocess.Popen(
            self.program.command,
            cwd=self.program.folder,
            env=dict(self.program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bind_to_parent(signal.SIGTERM),  # noqa: PLW1509 - one prepared call
        )
        self.starts += 1
        self._began = now
        return self.process

    def end(self, number: int) -> None:
        """Signal the whole group, even when its leader is already gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """A set of children watched by one thread.

    `echo` shows their words on standard output; `goodbye` is how many seconds they are given to
    end when asked to.
    """

    def __init__(self, logs: Path, *, echo: bool = False, goodbye: float = GOODBYE) -> None:
        self._logs = logs
        self._goodbye = goodbye
        self._echo = echo
        self._children: dict[str, Child] = {}
        self._guard = threading.RLock()
        self._stopping = threading.Event()
        self._readers: list[threading.Thread] = []
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self, *programs: Program) -> None:
        """Have the programs run from now on."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._guard:
            for program in programs:
                self._children[program.name] = Child(program)
        if not self._keeper.is_alive():
            self._keeper.start()

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a running child and all it started; it will be started again.

        Raises LookupError when it is not running.
        """
        with self._guard:
            child = self._children[name]
            if child.process is None or child.process.poll() is not None:
                raise LookupError(f"{name} is not running")
            child.end(number)
            if number == signal.SIGKILL:
                child.process.wait()

    @contextlib.contextmanager
    def down(self, name: str) -> Iterator[None]:
        """Kill a child and keep it from coming back until the block ends."""
        child = self._children[name]
        with self._guard:
            child.held = True
            self.kill(name)
        try:
            yield
        finally:
            child.held = False

    def starts(self, name: str) -> int:
        """How often a child was started."""
        return self._children[name].starts

    def pid(self, name: str) -> int | None:
        """Process id of a running child."""
        process = self._children[name].process
        return process.pid if process is not None and process.poll() is None else None

    def remove(self, name: str) -> None:
        """Stop one child for good."""
        with self._guard:
            child = self._children.pop(name)
        self._end([child])

    def stop(self) -> None:
        """Ask all children to end together, and end those that would not."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self._end(list(self._children.values()))
        for reader in self._readers:
            reader.join(timeout=1)

    def _end(self, children: list[Child]) -> None:
        for child in children:
            child.end(signal.SIGTERM)
        deadline = time.monotonic() + self._goodbye
        for child in children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, deadline - time.monotonic()))
                child.end(signal.SIGKILL)
                child.process.wait()

    def _keep(self) -> None:
        while not self._stopping.wait(TURN):
            with self._guard:
                for child in self._children.values():
                    self._attend(child)

    def _attend(self, child: Child) -> None:
        name = child.program.name
        before = child.process
        try:
            started = child.attend()
        except OSError as error:
            self._say(name, f"cannot start: {error}")
            return
        if before is not None and child.process is not before:
            self._say(name, f"ended with status {before.returncode}; starting it again")
        if started is not None and started.stdout is not None:
            reader = threading.Thread(
                target=self._file, args=(name, started.stdout), name=f"log-{name}", daemon=True
            )
            reader.start()
            self._readers.append(reader)

    def _file(self, name: str, words: IO[bytes]) -> None:
        with words, (self._logs / f"{name}.log").open("ab", buffering=0) as log:
            for line in words:
                log.write(line)
                if self._echo:
                    self._print(name, line.decode("utf-8", "replace").rstrip("\n"))

    def _say(self, name: str, words: str) -> None:
        with (self._logs / "supervisor.log").open("a") as log:
            log.write(f"{name} {words}\n")
        if self._echo:
            self._print(name, words)

    def _print(self, name: str, line: str) -> None:
        sys.stdout.write(f"{name:>8} | {line}\n")
        sys.stdout.flush()

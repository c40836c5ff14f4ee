"""Children start, come back after death, end together, and leave their words in files."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel.supervisor import Program, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
PARENT = (
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', "
    "'import time; time.sleep(60)']); print(p.pid, flush=True); time.sleep(60)"
)


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def program(name: str, code: str, folder: Path) -> Program:
    return Program(name, (sys.executable, "-c", code), os.environ, folder)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "logs")
    yield supervisor
    supervisor.stop()


def words(tmp_path: Path, name: str) -> list[str]:
    log = tmp_path / "logs" / f"{name}.log"
    return log.read_text().splitlines() if log.exists() else []


def test_a_killed_child_comes_back_and_its_words_are_kept(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(program("web", SLEEPER, tmp_path))
    eventually(lambda: words(tmp_path, "web") == ["up"])
    first = supervisor.pid("web")
    supervisor.kill("web")
    eventually(lambda: words(tmp_path, "web") == ["up", "up"])
    assert supervisor.pid("web") not in (None, first)
    assert "web ended with status -9; starting it again" in words(tmp_path, "supervisor")


def test_a_child_that_is_held_down_comes_back_when_it_is_let_go(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(program("web", SLEEPER, tmp_path))
    eventually(lambda: words(tmp_path, "web") == ["up"])
    with supervisor.down("web"):
        time.sleep(1)
        assert supervisor.pid("web") is None
        assert supervisor.starts("web") == 1
    eventually(lambda: words(tmp_path, "web") == ["up", "up"])


def test_a_child_is_killed_with_all_it_started(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(program("web", PARENT, tmp_path))
    eventually(lambda: words(tmp_path, "web"))
    grandchild = int(words(tmp_path, "web")[0])
    assert alive(grandchild)
    supervisor.kill("web")
    eventually(lambda: not alive(grandchild))


def test_a_child_that_keeps_dying_is_not_restarted_in_a_storm(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(program("broken", "raise SystemExit(3)", tmp_path))
    time.sleep(2)
    assert 2 <= supervisor.starts("broken") <= 4


def test_all_stop_together_even_one_that_will_not(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "logs", goodbye=0.5)
    supervisor.start(program("a", SLEEPER, tmp_path), program("b", STUBBORN, tmp_path))
    eventually(lambda: words(tmp_path, "a") and words(tmp_path, "b"))
    pids = [supervisor.pid("a"), supervisor.pid("b")]
    supervisor.stop()
    assert not any(alive(pid) for pid in pids if pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys, time; from kernel.supervisor import Program, Supervisor; "
        f"s = Supervisor(pathlib.Path({str(tmp_path / 'logs')!r})); "
        f"s.start(Program('a', (sys.executable, '-c', {SLEEPER!r}), os.environ, "
        f"pathlib.Path({str(tmp_path)!r})))\n"
        "while not s.pid('a'): time.sleep(0.02)\n"
        "print(s.pid('a'), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as outer:
        assert outer.stdout is not None
        child = int(outer.stdout.readline())
        eventually(lambda: words(tmp_path, "a"))
        outer.send_signal(signal.SIGKILL)
        eventually(lambda: not alive(child))


def test_a_missing_program_is_told(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(Program("ghost", ("no-such-program",), os.environ, tmp_path))
    eventually(lambda: any("cannot start" in line for line in words(tmp_path, "supervisor")))

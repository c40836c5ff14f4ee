"""`./dev run`: the demonstration on this machine until it is interrupted.

`--fresh` forgets the last run's data first; `--logs` shows what the processes say.
"""

import signal
import subprocess
import sys
import threading
import time
from types import FrameType

from kernel.house import House
from kernel.postgres import CannotStart
from kernel.settings import Launch, Settings
from trading.demo import seed
from trading.demo.cast import cast
from trading.demo.queries import main_lot
from trading.installation import ROOT, AlreadyRunning, Installation, NotAnswering, forget

STAND_INS = ROOT / "static" / "src" / "headless" / "standins.js"


def prepare(settings: Settings) -> None:
    """Found the demonstration and play its history as far as it goes without processes."""
    house = House.open(settings, pool_size=4)
    seed.prologue(house)
    house.database.dispose()


def add_stand_ins(installation: Installation) -> None:
    """One process per cast; they play whoever no person has logged in as."""
    settings = installation.settings
    house = House.open(settings, pool_size=1)
    with house.database.reading() as session:
        lot = main_lot(session)
    house.database.dispose()
    if lot is None:
        return
    for name in ("bidders", "trustees", "host", "committee", "results"):
        installation.add(
            f"stand-in-{name}",
            "node",
            str(STAND_INS),
            name,
            f"--url={settings.public_url}",
            f"--upload-url={settings.upload_url}",
            f"--bank-url={settings.bank_url}",
            f"--lot={lot.id}",
        )


def tell_time(words: str, launch: Launch) -> None:
    """A line with the seconds since the command was given."""
    seconds = f"{time.time() - launch.began:.0f} s: " if launch.began is not None else ""
    print(f"dev: {seconds}{words}", file=sys.stderr, flush=True)


def welcome(installation: Installation, launch: Launch) -> None:
    """Address, one login per role, how to stop."""
    told = cast()
    print("\n  " + "\n  ".join(installation.web_urls.values()) + "\n")
    print(f"  password for everyone: {told.password}")
    seen = set()
    for person in told.people:
        if person.role not in seen:
            seen.add(person.role)
            print(f"  {person.role.value:<11} {person.login:<14} {person.name}")
    print(f"\n  logs: {installation.state_dir / 'logs'}\n", flush=True)
    tell_time("everything is ready; Ctrl-C stops it", launch)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """A terminal that closes and a polite kill end the run as Ctrl-C does."""
    raise KeyboardInterrupt


def play_past(installation: Installation) -> None:
    """Play what of the history needs running processes; without it the rest still serves."""
    try:
        installation.run("python", "-m", "trading.demo.seed", "epilogue")
        add_stand_ins(installation)
    except subprocess.CalledProcessError as error:
        print(f"dev: the demonstration's past is incomplete: {error}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Exit status."""
    launch = Launch.from_env()
    folder = launch.state_root / "run"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    installation = Installation(
        folder,
        prepare=prepare,
        database_url=launch.database_url,
        fixed_ports=True,
        echo="--logs" in arguments,
        web_processes=launch.web_processes,
    )
    try:
        if "--fresh" in arguments:
            forget(folder)
        installation.start()
        tell_time(f"{installation.url} answers; now playing what of its past needs it", launch)
        play_past(installation)
        welcome(installation, launch)
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    except (AlreadyRunning, CannotStart, NotAnswering) as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        installation.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

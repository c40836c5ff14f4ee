"""`./dev run`: the demonstration on this machine until it is interrupted."""

import contextlib
import signal
import sys
import threading
import time
from types import FrameType

from kernel.house import House
from kernel.postgres import CannotStart
from kernel.settings import Launch, Settings
from trading.demo import seed
from trading.demo.cast import cast
from trading.installation import AlreadyRunning, Installation, NotAnswering


def prepare(settings: Settings) -> None:
    """Found the demonstration and play its history as far as it goes without processes."""
    house = House.open(settings, pool_size=4)
    seed.prologue(house)
    house.database.dispose()


def welcome(installation: Installation, began: float | None) -> None:
    """Address, one login per role, how to stop."""
    told = cast()
    print(f"\n  {installation.url}\n")
    print(f"  password for everyone: {told.password}")
    seen = set()
    for person in told.people:
        if person.role not in seen:
            seen.add(person.role)
            print(f"  {person.role.value:<11} {person.login:<14} {person.name}")
    if began is not None:
        print(f"\n  up {time.time() - began:.0f} s after the command; Ctrl-C stops everything")
    print(f"  logs: {installation.state_dir / 'logs'}\n", flush=True)


def main() -> int:
    """Exit status."""
    launch = Launch.from_env()
    done = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if done.is_set():
            raise KeyboardInterrupt
        done.set()

    installation = Installation(
        launch.state_root / "run",
        prepare=prepare,
        database_url=launch.database_url,
        fixed_ports=True,
        echo="--logs" in sys.argv,
    )
    try:
        installation.start()
        installation.run("python", "-m", "trading.demo.seed", "epilogue")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        welcome(installation, launch.began)
        done.wait()
    except KeyboardInterrupt:
        pass
    except (AlreadyRunning, CannotStart, NotAnswering) as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            installation.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How long the web process's hub is held up while people bid, open and judge.

The demonstration's past is played by its stand-ins on a whole installation: submissions, openings,
evaluations, results. A greenlet in the web process asks for its turn every two milliseconds.
"""

import re
import signal
import subprocess
import sys
from pathlib import Path

from kernel.bench import Bar, Bench, Figure, Side
from kernel.house import House
from kernel.settings import Settings
from trading.demo import seed
from trading.installation import Installation

CONFIG = Path(__file__).with_name("_hub_config.py")
IDLE = ("-m", "trading.bench._hub")
# One line a second: longest wait on the wall clock, longest on the processor, in milliseconds.
LINE = re.compile(r"^hub wall ([\d.]+) own ([\d.]+)$", re.MULTILINE)
MOST_MILLISECONDS = 50


def measure(bench: Bench) -> list[Figure]:
    """The longest turn of the hub and the 99th of a hundred seconds; an idle loop as peer."""
    running = Installation(
        bench.work / "installation", prepare=_prepare, web_options=("-c", str(CONFIG))
    )
    with subprocess.Popen((sys.executable, *IDLE), stdout=subprocess.PIPE, text=True) as idle:
        try:
            running.start()
            running.run("python", "-m", "trading.demo.seed", "epilogue")
            told = (running.state_dir / "logs" / "web.log").read_text()
        finally:
            running.stop()
            idle.send_signal(signal.SIGTERM)
        beside, _ = idle.communicate()
    # The first second of a process is its start.
    seconds, quiet = _seconds(told)[1:], _seconds(beside)[1:]
    walls, owns = ([second[n] for second in seconds] for n in (0, 1))
    idle_walls = [second[0] for second in quiet]
    bar = Bar(Side.AT_MOST, MOST_MILLISECONDS, on_ratio=False)
    beside_it = "an idle hub on the same machine"
    return [
        Figure("hub, longest turn by its own work", max(owns), "ms", bar),
        Figure("hub, longest turn", max(walls), "ms", bar, beside_it, max(idle_walls)),
        Figure(
            "hub, longest turn in 99 of 100 seconds",
            _percentile(walls),
            "ms",
            bar,
            beside_it,
            _percentile(idle_walls),
        ),
        Figure("seconds watched", len(seconds), "s", Bar(Side.AT_LEAST, 30, on_ratio=False)),
    ]


def _prepare(settings: Settings) -> None:
    house = House.open(settings, pool_size=4)
    seed.prologue(house)
    house.database.dispose()


def _seconds(told: str) -> list[tuple[float, float]]:
    return [(float(wall), float(own)) for wall, own in LINE.findall(told)]


def _percentile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]

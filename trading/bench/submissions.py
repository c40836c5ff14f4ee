"""A thousand envelopes of 1 MB to one lot, handed in one after the other in the last minutes.

Sealing and uploading come before and are not timed. Processor time is the web process's, from
/proc, from the first submission to the last.
"""

import json
import os
import subprocess
from pathlib import Path
from statistics import median
from typing import IO

from kernel.bench import Bar, Bench, Figure, Side
from trading.bench.upload import stage

BIDS = 1000
BYTES = 900_000
EARLY, LATE = slice(10, 20), slice(-10, None)
SCRIPT = Path(__file__).with_name("submissions.mjs")
TICK = os.sysconf("SC_CLK_TCK")


def measure(bench: Bench) -> list[Figure]:
    """Spans of early and late submissions, processor time of each, receipts for all."""
    with stage(bench.work / "installation") as (running, lot):
        settings, web = running.settings, running.supervisor.pid("web") or 0
        command = ["node", str(SCRIPT), settings.public_url, settings.upload_url, str(lot)]
        command += [str(BIDS), str(BYTES)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as bidders:
            said, answer = _pipes(bidders)
            if said.readline() != "ready\n":
                raise RuntimeError("the bidders did not come to be ready")
            before = _processor_seconds(web)
            answer.write("go\n")
            answer.flush()
            spans: list[float] = json.loads(said.readline())["spans"]
            spent = _processor_seconds(web) - before
            receipts = int(json.loads(said.readline())["receipts"])
    return [
        Figure(
            name=f"submission, median of the last 10 of {BIDS}",
            value=median(spans[LATE]),
            unit="ms",
            bar=Bar(Side.AT_MOST, 1.2),
            peer="submissions 11 to 20",
            peer_value=median(spans[EARLY]),
        ),
        Figure(
            name="processor time of the web process per submission",
            value=spent * 1000 / BIDS,
            unit="ms",
            bar=Bar(Side.AT_MOST, 15, on_ratio=False),
        ),
        Figure(
            name="receipts given",
            value=receipts,
            unit="",
            bar=Bar(Side.AT_LEAST, 1),
            peer="submissions",
            peer_value=BIDS,
        ),
    ]


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("no pipes")
    return process.stdout, process.stdin


def _processor_seconds(leader: int) -> float:
    """Of a process and its children, as the kernel counts them."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if leader in (int(entry.name), int(fields[1])):
            total += int(fields[11]) + int(fields[12])
    return total / TICK

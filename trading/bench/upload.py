"""Upload throughput beside the reference tus server: same client, pieces and disk, turn by turn.

Ours checks ticket, signature and checksum, hashes every chunk and syncs every piece; the peer
writes; the raw limit hashes, writes and syncs, and asks nobody.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from kernel.bench import Bar, Bench, Figure, Side
from kernel.house import House
from kernel.settings import Settings
from trading.demo import bank, single
from trading.installation import Installation

MIB = 96
TURNS = 5
HERE = Path(__file__).parent
PEER = {"@tus/server": "2.4.5", "@tus/file-store": "2.1.1"}


def measure(bench: Bench) -> list[Figure]:
    """MiB/s of three parts sent at once. Fetches the peer by npm when it is not there yet."""
    modules = _peer_modules(bench.peers / "tus")
    folders = bench.work / "peer", bench.work / "bare"
    node = ("node", str(HERE / "upload_peer.mjs"), str(modules), str(folders[0]))
    bare = (sys.executable, "-m", "trading.bench._bare_upload", str(folders[1]))
    with (
        stage(bench.work / "installation") as (running, lot),
        _server(folders[0], *node) as peer_url,
        _server(folders[1], *bare) as bare_url,
    ):
        settings = running.settings
        ours = ("ours", settings.public_url, settings.upload_url, str(lot))
        sides = ours, ("peer", peer_url), ("peer", bare_url)
        turns = [[_rate(folders, *side) for side in sides] for _ in range(TURNS)]
    best, peer_best, bare_best = (max(rates) for rates in zip(*turns, strict=True))
    name, unit = "upload three parts at once", "MiB/s"
    return [
        Figure(
            name=name,
            value=best,
            unit=unit,
            bar=Bar(Side.AT_LEAST, 1.5),
            peer=f"@tus/server {PEER['@tus/server']}",
            peer_value=peer_best,
        ),
        Figure(
            name=name,
            value=best,
            unit=unit,
            bar=Bar(Side.AT_LEAST, 0.5),
            peer="bare sockets, SHA-256, write and sync",
            peer_value=bare_best,
        ),
    ]


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Installation, UUID]]:
    """A whole installation with PostgreSQL's own safe settings and one lot that takes bids."""
    made: dict[str, UUID] = {}

    def prepare(settings: Settings) -> None:
        house = House.open(settings, pool_size=2)
        made.update(single.publish(house, ("测量",), timedelta(hours=6)))
        bank.connect(house, only=("yunlan",))
        house.database.dispose()

    folder.mkdir(parents=True)
    folder.chmod(0o755)
    running = Installation(folder, prepare=prepare)
    try:
        running.start()
        yield running, made["测量"]
    finally:
        running.stop()


def _rate(folders: tuple[Path, ...], *arguments: str) -> float:
    """MiB/s of one turn; what others left to be written, or on the disk, is not its burden."""
    for folder in folders:
        for left in folder.iterdir():
            left.unlink()
    os.sync()
    command = ["node", str(HERE / "upload.mjs"), *arguments, str(MIB)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return float(told["mib"]) / float(told["seconds"])


def _peer_modules(folder: Path) -> Path:
    if not (folder / "node_modules" / "@tus" / "server").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        wanted = [f"{name}@{version}" for name, version in PEER.items()]
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *wanted]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def _server(folder: Path, *command: str) -> Iterator[str]:
    """A server that keeps files in `folder` and prints its port."""
    folder.mkdir()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline()) if server.stdout else 0
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()

"""Upload throughput beside the reference tus server: same client, pieces and disk, turn by turn.

Ours checks ticket, signature and checksum, hashes every chunk and syncs every piece; the peer
writes.
"""

import json
import subprocess
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
TURNS = 3
HERE = Path(__file__).parent
PEER = {"@tus/server": "2.4.5", "@tus/file-store": "2.1.1"}


def measure(bench: Bench) -> list[Figure]:
    """MiB/s of three parts sent at once. Fetches the peer by npm when it is not there yet."""
    modules = _peer_modules(bench.peers / "tus")
    with (
        stage(bench.work / "installation") as (running, lot),
        _peer(modules, bench.work / "peer") as peer_url,
    ):
        settings = running.settings
        ours = ("ours", settings.public_url, settings.upload_url, str(lot))
        turns = [(_rate(*ours), _rate("peer", peer_url)) for _ in range(TURNS)]
    best, peer_best = (max(rates) for rates in zip(*turns, strict=True))
    return [
        Figure(
            name="upload three parts at once",
            value=best,
            unit="MiB/s",
            bar=Bar(Side.AT_LEAST, 1.5),
            peer=f"@tus/server {PEER['@tus/server']}",
            peer_value=peer_best,
        )
    ]


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Installation, UUID]]:
    """A whole installation with PostgreSQL's own safe settings and one lot that takes bids."""
    made: dict[str, UUID] = {}

    def prepare(settings: Settings) -> None:
        house = House.open(settings, pool_size=2)
        made.update(single.publish(house, ("测量",), timedelta(hours=6)))
        bank.connect(house)
        house.database.dispose()

    folder.mkdir(parents=True)
    folder.chmod(0o755)
    running = Installation(folder, prepare=prepare)
    try:
        running.start()
        yield running, made["测量"]
    finally:
        running.stop()


def _rate(*arguments: str) -> float:
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
def _peer(modules: Path, folder: Path) -> Iterator[str]:
    folder.mkdir()
    command = ["node", str(HERE / "upload_peer.mjs"), str(modules), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline()) if server.stdout else 0
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()

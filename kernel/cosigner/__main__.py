"""`python -m kernel.cosigner FOLDER`: serve C2SP tlog-witness until told to stop.

`--name NAME` founds the folder and prints the verifier key; `--trust VKEY` adds a log it will
sign. `--clock URL` lends a demonstration's shifted time, to logs whose origin says demo only.
"""

import argparse
import fcntl
import logging
import sys
from pathlib import Path

from kernel.cosigner.book import Book
from kernel.cosigner.signing import Cosigner
from kernel.doorway import Reply, serve
from kernel.own_clock import ClockUnknownError, OwnClock
from kernel.pure.errors import Refused

LOG = logging.getLogger("sunbid.cosigner")
SIZE = "text/x.tlog.size"
STATUS = {
    "LOG-2003": 403,
    "LOG-2105": 404,
    "LOG-2102": 409,
    "LOG-2103": 409,
    "LOG-2104": 422,
}


def answer(cosigner: Cosigner, path: str, body: bytes) -> Reply:
    """POST /add-checkpoint, and nothing else."""
    if path != "/add-checkpoint":
        return Reply(404, b"")
    try:
        return Reply(200, cosigner.offer(body.decode()).encode())
    except Refused as refused:
        LOG.warning("refused %s", refused)
        told = str(refused.facts.get("size", "")).encode()
        status = STATUS.get(refused.code, 400)
        return Reply(status, told, SIZE) if status == 409 else Reply(status, refused.code.encode())
    except UnicodeDecodeError:
        return Reply(400, b"")
    except (ClockUnknownError, OSError, ValueError) as error:
        LOG.error("cannot sign: %s", type(error).__name__)
        return Reply(503, b"")


def main() -> None:
    """Exit status 2 for wrong arguments, 1 when the folder is kept by another process."""
    parser = argparse.ArgumentParser(prog="python -m kernel.cosigner")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8083)
    parser.add_argument("--name")
    parser.add_argument("--trust", action="append", default=[])
    parser.add_argument("--clock")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    book = Book(told.folder)
    if told.name:
        sys.stdout.write(f"{book.found(told.name).vkey}\n")
    for vkey in told.trust:
        book.trust(vkey)
    if told.name or told.trust:
        return
    with (told.folder / "lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("another process keeps this folder")
        clock = OwnClock()
        demo_clock = OwnClock(told.clock) if told.clock else None
        cosigner = Cosigner(told.folder, clock=clock, demo_clock=demo_clock)
        serve(told.port, lambda path, body: answer(cosigner, path, body))


if __name__ == "__main__":
    main()

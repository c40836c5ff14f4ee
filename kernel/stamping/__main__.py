"""`python -m kernel.stamping FOLDER`: answer RFC 3161 requests until told to stop.

`--found` makes key and certificates and prints the root to be trusted. `--clock URL` lends a
demonstration's shifted time; never for anything that is to be believed.
"""

import argparse
import logging
import sys
from pathlib import Path

from kernel.doorway import Reply, serve
from kernel.own_clock import ClockUnknownError, OwnClock
from kernel.stamping import authority
from kernel.stamping.authority import REPLY, LocalAuthority

LOG = logging.getLogger("sunbid.stamping")


def answer(here: LocalAuthority, body: bytes) -> Reply:
    """A TimeStampResp for whatever was posted."""
    try:
        return Reply(200, here.answer(body), REPLY)
    except ClockUnknownError as error:
        LOG.error("cannot date: %s", error)
        return Reply(503, b"")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m kernel.stamping")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8084)
    parser.add_argument("--found", action="store_true")
    parser.add_argument("--clock")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    if told.found:
        sys.stdout.write(authority.found(told.folder, now=OwnClock().now()).decode())
        return
    here = authority.open_authority(told.folder, OwnClock(told.clock))
    serve(told.port, lambda _path, body: answer(here, body))


if __name__ == "__main__":
    main()

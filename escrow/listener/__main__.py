"""`python -m escrow.listener`: hear what banks push, at the addresses of the settings."""

import asyncio
import logging
import os
import signal
import sys

from escrow.listener.doors import Listener
from kernel.settings import Settings


def main() -> None:
    """Serve until SIGTERM."""
    # The thread that commits gets its turn soon, however much the loop has to check.
    sys.setswitchinterval(0.0005)
    _keep_libraries_silent()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    listener = Listener(Settings.from_env())

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await listener.serve(stop)

    asyncio.run(serve())


def _keep_libraries_silent() -> None:
    """The SM2 library writes a line for each bad signature: strangers would fill the log."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    main()

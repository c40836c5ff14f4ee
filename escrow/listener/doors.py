"""The listener's doors on its ports, and the role under which it keeps what comes in."""

import asyncio
import ssl
import urllib.parse
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

import escrow
import kernel
from escrow.banks.terms import terms
from escrow.listener.http import HttpDoor
from escrow.listener.keeper import Keeper
from escrow.listener.lines import LineDoor
from kernel.db import Database
from kernel.refusals import Catalogue
from kernel.settings import Settings

ROLE: Final = "sunbid_listener"
BACKLOG: Final = 256

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """One process's listener; nothing of the installation's keys is opened here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._terms = terms()
        self._open = 0

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; raises OSError when a port is taken."""
        settings = self._settings
        address = settings.listener_database_url or settings.database_url
        database = Database(address, pool_size=1, role=ROLE)
        keeper = Keeper(database, self._terms)
        web = HttpDoor(keeper, self._terms, catalogue(), settings.centre_phone)
        async with AsyncExitStack() as stack:
            stack.callback(database.dispose)
            stack.callback(keeper.close)
            await keeper.renew()
            work = asyncio.create_task(keeper.run())
            stack.push_async_callback(_ended, work)
            port = urllib.parse.urlsplit(settings.listener_url).port or 0
            stack.callback((await self._door(web.serve, port, self._tls())).close)
            for dialect, where in settings.lines.items():
                line = LineDoor(dialect, keeper, self._terms)
                port = urllib.parse.urlsplit(where).port or 0
                stack.callback((await self._door(line.serve, port)).close)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait((stopped, work), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()

    async def _door(
        self, serve: Serve, port: int, tls: ssl.SSLContext | None = None
    ) -> asyncio.Server:
        async def limited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open += 1
            try:
                if self._open <= self._terms.most_connections:
                    await serve(reader, writer)
            finally:
                self._open -= 1
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        bind = self._settings.listener_bind
        return await asyncio.start_server(limited, bind, port, backlog=BACKLOG, ssl=tls)

    def _tls(self) -> ssl.SSLContext | None:
        settings = self._settings
        if not settings.listener_certificate:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(settings.listener_certificate, settings.listener_key)
        if settings.listener_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(settings.listener_clients)
        return context


def catalogue() -> Catalogue:
    """The words for what the listener refuses."""
    folders = [Path(str(package.__file__)).parent for package in (kernel, escrow)]
    return Catalogue(folder / "refusals.toml" for folder in folders)


async def _ended(work: asyncio.Task[None]) -> None:
    work.cancel()
    with suppress(asyncio.CancelledError, SQLAlchemyError):
        await work

"""Pushes over TCP behind a length prefix: one message, one acknowledgement, then the next.

The dialect's answer says 00 for what is kept, 01 for what was kept before, 99 with our code for
what was refused. A bank that hears none of them sends again later.
"""

import asyncio
from functools import partial

from escrow.banks.exchange import pushes
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Form
from escrow.banks.exchange.messages import framed, length_of
from escrow.banks.gateway import UnreadableError
from escrow.banks.terms import Terms
from escrow.listener.keeper import Keeper
from escrow.listener.ring import Ring
from kernel.pure.errors import Refused

FORMS: dict[str, Form] = {"jiangsu": JIANGSU, "prefix12": PREFIX12}
"""Dialects whose banks push over a line."""


class LineDoor:
    """Serves the connections of one dialect's port."""

    def __init__(self, dialect: str, keeper: Keeper, terms: Terms) -> None:
        self._dialect = dialect
        self._form = FORMS[dialect]
        self._keeper = keeper
        self._terms = terms

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one message after the other; what is not even framed ends the conversation."""
        try:
            while True:
                first = await asyncio.wait_for(reader.readexactly(1), self._terms.idle)
                raw = await asyncio.wait_for(self._message(reader, first), self._terms.patience)
                writer.write(framed(self._form, await self._answer(raw)))
                await writer.drain()
        except (UnreadableError, asyncio.IncompleteReadError, OSError, TimeoutError):
            return

    async def _message(self, reader: asyncio.StreamReader, first: bytes) -> bytes:
        """Everything behind the prefix. Raises UnreadableError before reading what is too long."""
        prefix = first + await reader.readexactly(self._form.prefix - 1)
        length = length_of(self._form, prefix)
        if length > self._terms.most_bytes:
            raise UnreadableError("message too large")
        return await reader.readexactly(length)

    async def _answer(self, raw: bytes) -> bytes:
        try:
            new = await self._keeper.take(partial(Ring.by_dialect, dialect=self._dialect, raw=raw))
        except Refused as refused:
            return pushes.answer(self._form, refused=refused.code)
        return pushes.answer(self._form, known=not new)

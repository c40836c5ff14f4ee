"""Whose signature counts at present, to which key is sealed, what time it is: read each second."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from escrow.banks import queries
from escrow.banks.gateways import CHECKS
from escrow.banks.inbox import Arrived
from escrow.banks.queries import Signer
from escrow.banks.webhooks import MAX_ID
from kernel.clock import clock_timestamp
from kernel.db import Database
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of all banks as they were at `wall` (the database's clock), a moment ago."""

    signers: tuple[Signer, ...] = ()
    sealing_key: bytes | None = field(default=None, repr=False)
    wall: datetime | None = None
    read_at: float = 0.0

    @property
    def age(self) -> float:
        """Seconds since it was read."""
        return time.monotonic() - self.read_at

    def by_code(self, code: str, headers: dict[str, str], raw: bytes) -> Arrived:
        """A push over HTTP to a bank's own address. Refuses ESC-1102, ESC-2101 … ESC-2104."""
        found = next((one for one in self.signers if one.code == code), None)
        if found is None:
            raise Refused("ESC-1102")
        return self._checked(found, headers, raw)

    def by_dialect(self, dialect: str, raw: bytes) -> Arrived:
        """A push over a line that all banks of a dialect share: whoever signed it sent it.

        Refuses ESC-2101 … ESC-2104. Every bank is tried, whichever of them it was.
        """
        arrived: list[Arrived] = []
        refusal = Refused("ESC-2102")
        for signer in self.signers:
            if signer.adapter != dialect:
                continue
            try:
                arrived.append(self._checked(signer, {}, raw))
            except Refused as refused:
                # A signature that holds and is late says more than those that do not hold.
                refusal = refused if refused.code != "ESC-2102" else refusal
        if not arrived:
            raise refusal
        return arrived[0]

    def _checked(self, signer: Signer, headers: dict[str, str], raw: bytes) -> Arrived:
        check = CHECKS.get(signer.adapter)
        if check is None:
            # A dialect whose banks never push.
            raise Refused("ESC-1102")
        if self.wall is None or self.sealing_key is None:
            raise Refused("ESC-2104")
        now = self.wall + timedelta(seconds=self.age)
        event_id = check(headers, raw, keys=signer.keys, now=now)
        if len(event_id) > MAX_ID or not event_id.isprintable():
            raise Refused("ESC-2101")
        return Arrived(signer.bank_id, signer.code, event_id, raw)


def read(database: Database) -> Ring:
    """The ring as the database holds it now."""
    with database.reading() as session:
        return Ring(
            signers=queries.signers(session),
            sealing_key=queries.sealing_key(session),
            wall=clock_timestamp(session),
            read_at=time.monotonic(),
        )

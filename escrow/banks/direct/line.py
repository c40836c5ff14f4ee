"""Questions over HTTPS: signed by us, answered under the bank's signature."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from escrow.banks.direct import signing
from escrow.banks.direct.forms import DIRECT
from escrow.banks.exchange.forms import Form
from escrow.banks.gateway import BankUnreachableError, evidence
from escrow.banks.transport import HttpTransport
from kernel.crypto.sm import Sm2Key

PATH: Final = "/b2e"
_GBK: Final = {"Content-Type": "text/xml; charset=GBK"}


@dataclass(frozen=True, slots=True)
class SignedLine:
    """One conversation at `wall`: `ours` signs, `theirs` are the bank's public keys."""

    transport: HttpTransport
    ours: Sm2Key
    theirs: tuple[bytes, ...]
    wall: datetime
    form: Form = field(default=DIRECT)

    def ask(self, xml: bytes) -> bytes:
        """The answer as it came, its signature checked.

        Raises BankUnreachableError, and UnreadableError for what the bank did not sign just now.
        """
        asked = signing.signed(xml, by=self.ours, at=self.wall)
        answered = self.transport.request("POST", PATH, body=asked, headers=_GBK)
        if answered.status != 200:
            raise BankUnreachableError(f"status {answered.status}")
        with evidence(answered.body):
            signing.check(answered.body, keys=self.theirs, now=self.wall)
        return answered.body

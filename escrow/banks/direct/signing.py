"""The signature of a direct connection: SM2 with SM3 over the message's raw GBK bytes. Pure.

It is the last element of the root, `<sign><time>…</time><value>…</value></sign>`, and covers every
byte before `<value>`: what was sent and when. No byte of a GBK character looks like a bracket, so
the end of the message is found without parsing what nobody has vouched for yet.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from escrow.banks.gateway import Cause, UnreadableError
from escrow.banks.webhooks import WINDOW
from kernel.crypto import sm
from kernel.pure.legal_days import SHANGHAI

_STAMP: Final = "%Y%m%d%H%M%S"
_END: Final = b"</root>"
_TAIL: Final = re.compile(
    rb"<sign><time>([0-9]{14})</time>(<value>([A-Za-z0-9+/=]{1,200})</value></sign></root>\s*)\Z"
)


def signed(xml: bytes, *, by: sm.Sm2Key, at: datetime) -> bytes:
    """The message with its signature; `at` is wall time. Raises ValueError for another root."""
    if not xml.endswith(_END):
        raise ValueError("not a message of this dialect")
    stamp = at.astimezone(SHANGHAI).strftime(_STAMP).encode()
    said = xml.removesuffix(_END) + b"<sign><time>" + stamp + b"</time>"
    value = base64.b64encode(by.sign(said))
    return said + b"<value>" + value + b"</value></sign>" + _END


def check(raw: bytes, *, keys: Iterable[bytes], now: datetime) -> None:
    """Raises UnreadableError unless one of `keys` signed these bytes near `now` (wall time)."""
    tail = _TAIL.search(raw, max(0, len(raw) - 400))
    if tail is None:
        raise UnreadableError("no signature", Cause.SIGNATURE)
    try:
        value = base64.b64decode(tail[3], validate=True)
        at = datetime.strptime(tail[1].decode(), _STAMP).replace(tzinfo=SHANGHAI)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("no signature", Cause.SIGNATURE) from error
    said = raw[: tail.start(2)]
    # Every key is tried, so that the time taken does not tell which one failed.
    found = [sm.holds(key, value, said) for key in keys]
    if not any(found):
        raise UnreadableError("not signed by the bank", Cause.SIGNATURE)
    if abs(now - at) > WINDOW:
        raise UnreadableError("signed too long ago or in the future", Cause.SIGNATURE)

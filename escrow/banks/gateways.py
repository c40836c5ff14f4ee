"""Which adapter speaks to which bank."""

import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from escrow.banks import webhooks
from escrow.banks.direct.line import SignedLine
from escrow.banks.exchange import pushes
from escrow.banks.exchange.adapter import ExchangeBank
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Form
from escrow.banks.exchange.line import Line
from escrow.banks.filedrop.adapter import FileDropBank
from escrow.banks.filedrop.folder import Folder
from escrow.banks.gateway import BankGateway
from escrow.banks.iso20022.adapter import Iso20022Bank
from escrow.banks.smjson import envelopes
from escrow.banks.smjson.adapter import SmJsonBank
from escrow.banks.tls import context_for
from escrow.banks.transport import HttpTransport
from escrow.ledger.models import Bank, MasterAccount
from kernel.crypto.sm import Sm2Key, derive
from kernel.pure.errors import Refused
from kernel.secrets import Keys


@dataclass(frozen=True, slots=True)
class Reach:
    """What an adapter may know: the bank, our account, its public keys, our keys, wall time."""

    bank: Bank
    master: MasterAccount
    theirs: tuple[bytes, ...]
    keys: Keys
    wall: datetime


Builder = Callable[[Reach], BankGateway]
OUR_LINE_KEY: Final = "bank-line"


class PushCheck(Protocol):
    """Who sent these bytes, and when: the message's id, or Refused ESC-2101 … ESC-2103."""

    def __call__(
        self, headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime
    ) -> str: ...


def _http(to: Reach) -> HttpTransport:
    secured = to.bank.base_url.startswith("https:")
    tls = context_for(to.bank.code, to.keys) if secured else None
    return HttpTransport(to.bank.base_url, tls=tls)


def _iso20022(to: Reach) -> BankGateway:
    return Iso20022Bank(_http(to), master=to.master.number, wall=to.wall)


def _exchange(form: Form) -> Builder:
    return lambda to: ExchangeBank(Line(form, to.bank.base_url), master=to.master.number)


def _exchange_check(form: Form) -> PushCheck:
    def check(
        headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime
    ) -> str:
        # This dialect has no headers: everything lies in the message.
        del headers
        return pushes.verified_id(form, raw, keys=keys, now=now)

    return check


def our_line_key(keys: Keys) -> Sm2Key:
    """The key by which banks know us; its public half is given to them when they enrol."""
    return derive(keys.raw(OUR_LINE_KEY))


def _sm_json(to: Reach) -> BankGateway:
    return SmJsonBank(
        _http(to),
        master=to.master.number,
        ours=our_line_key(to.keys),
        theirs=to.theirs,
        wall=to.wall,
    )


def _direct(to: Reach) -> BankGateway:
    line = SignedLine(_http(to), our_line_key(to.keys), to.theirs, to.wall)
    return ExchangeBank(line, master=to.master.number)


def _file_drop(to: Reach) -> BankGateway:
    folder = Folder(Path(urllib.request.url2pathname(urllib.parse.urlsplit(to.bank.base_url).path)))
    return FileDropBank(folder, to.master.number, to.wall)


def _never(headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime) -> str:
    """A bank that only answers sends nothing: whatever comes in its name is not its own."""
    del headers, raw, keys, now
    raise Refused("ESC-2101")


ADAPTERS: Final[dict[str, Builder]] = {
    "iso20022": _iso20022,
    "jiangsu": _exchange(JIANGSU),
    "prefix12": _exchange(PREFIX12),
    "direct_xml": _direct,
    "file_drop": _file_drop,
    "sm_json": _sm_json,
}
CHECKS: Final[dict[str, PushCheck]] = {
    "iso20022": webhooks.verified_id,
    "jiangsu": _exchange_check(JIANGSU),
    "prefix12": _exchange_check(PREFIX12),
    "direct_xml": _never,
    "file_drop": _never,
    "sm_json": envelopes.verified_id,
}
"""How the pushes of each adapter's banks are told from anybody else's."""


def gateway_to(to: Reach) -> BankGateway:
    """The gateway to a bank; raises KeyError for an unknown adapter."""
    return ADAPTERS[to.bank.adapter](to)

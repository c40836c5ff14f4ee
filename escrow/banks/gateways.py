"""Which adapter speaks to which bank."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol

from escrow.banks import webhooks
from escrow.banks.exchange import pushes
from escrow.banks.exchange.adapter import ExchangeBank
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Form
from escrow.banks.exchange.line import Line
from escrow.banks.gateway import BankGateway
from escrow.banks.iso20022.adapter import Iso20022Bank
from escrow.banks.transport import HttpTransport
from escrow.ledger.models import Bank, MasterAccount

Builder = Callable[[Bank, MasterAccount], BankGateway]


class PushCheck(Protocol):
    """Who sent these bytes, and when: the message's id, or Refused ESC-2101 … ESC-2103."""

    def __call__(
        self, headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime
    ) -> str: ...


def _iso20022(bank: Bank, master: MasterAccount) -> BankGateway:
    return Iso20022Bank(HttpTransport(bank.base_url), master=master.number)


def _exchange(form: Form) -> Builder:
    return lambda bank, master: ExchangeBank(Line(form, bank.base_url), master=master.number)


def _exchange_check(form: Form) -> PushCheck:
    def check(
        headers: Mapping[str, str], raw: bytes, *, keys: Iterable[bytes], now: datetime
    ) -> str:
        # This dialect has no headers: everything lies in the message.
        del headers
        return pushes.verified_id(form, raw, keys=keys, now=now)

    return check


ADAPTERS: Final[dict[str, Builder]] = {
    "iso20022": _iso20022,
    "jiangsu": _exchange(JIANGSU),
    "prefix12": _exchange(PREFIX12),
}
CHECKS: Final[dict[str, PushCheck]] = {
    "iso20022": webhooks.verified_id,
    "jiangsu": _exchange_check(JIANGSU),
    "prefix12": _exchange_check(PREFIX12),
}
"""How the pushes of each adapter's banks are told from anybody else's."""


def gateway_to(bank: Bank, master: MasterAccount) -> BankGateway:
    """The gateway to a bank; raises KeyError for an unknown adapter."""
    return ADAPTERS[bank.adapter](bank, master)

"""Which adapter speaks to which bank."""

from collections.abc import Callable
from typing import Final

from escrow.banks.gateway import BankGateway
from escrow.banks.iso20022.adapter import Iso20022Bank
from escrow.banks.transport import HttpTransport
from escrow.ledger.models import Bank, MasterAccount

Builder = Callable[[Bank, MasterAccount], BankGateway]


def _iso20022(bank: Bank, master: MasterAccount) -> BankGateway:
    return Iso20022Bank(HttpTransport(bank.base_url), master=master.number)


ADAPTERS: Final[dict[str, Builder]] = {"iso20022": _iso20022}


def gateway_to(bank: Bank, master: MasterAccount) -> BankGateway:
    """The gateway to a bank; raises KeyError for an unknown adapter."""
    return ADAPTERS[bank.adapter](bank, master)

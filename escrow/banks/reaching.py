"""The gateway to a bank, with everything its adapter may know."""

from sqlalchemy.orm import Session

from escrow.banks import queries
from escrow.banks.gateway import BankGateway
from escrow.banks.gateways import Reach, gateway_to
from escrow.ledger.models import Bank
from kernel.clock import clock_timestamp
from kernel.secrets import Keys


def reach(session: Session, bank: Bank, keys: Keys) -> BankGateway:
    """A gateway for one conversation that begins now."""
    return gateway_to(
        Reach(
            bank=bank,
            master=queries.master_of(session, bank.id),
            theirs=queries.active_keys(session, bank.id),
            keys=keys,
            wall=clock_timestamp(session),
        )
    )

"""What a stranger is told at the door of somebody else's object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from kernel.permissions import Role
from tests.architecture.access_world import Caller

PAPER = b"%PDF-1.7\n% a contract\n"


@dataclass(frozen=True, slots=True)
class Row:
    """What a stranger of the right role is told at an object's door, by role.

    A role that is missing may act on any object: the supervisor is one for all lots of the
    installation. `body` is well formed, so that the refusal is about whose object it is.
    """

    codes: Mapping[Role, str]
    body: Mapping[str, Any] = field(default_factory=dict)
    is_form: bool = False

    def ask(self, caller: Caller, method: str, path: str) -> TestResponse:
        if not self.is_form:
            return caller.ask(method, path, self.body)
        with_file = not {"amount_fen", "cause"}.isdisjoint(self.body)
        named = {"file": (BytesIO(PAPER), "contract.pdf")} if with_file else {}
        return caller.fill(path, {**self.body, **named})


def of(code: str, *roles: Role, **body: Any) -> Row:
    """Each of the roles is told `code`; the body is JSON."""
    return Row(dict.fromkeys(roles, code), body)


def form(code: str, *roles: Role, **body: Any) -> Row:
    """The same for a form."""
    return Row(dict.fromkeys(roles, code), body, is_form=True)


CENTRE = Role.CENTRE
_SETTLEMENT = "/refunds/<uuid:settlement_id>"
_DAY = "/reconciliation/<code>/<day>"
_LEDGER = "/ledger"
_FORFEIT = "/escrow/forfeits/<uuid:forfeit_id>"
MONEY: dict[str, Row] = {
    # deposits: another centre's settlement is as if it were not there
    f"GET {_SETTLEMENT}": of("ESC-1403", CENTRE),
    f"GET {_SETTLEMENT}/state": of("ESC-1403", CENTRE),
    f"POST {_SETTLEMENT}/approvals": of("ESC-1403", CENTRE, digest="0" * 64),
    # guarantees and forfeits: another centre's are as if they were not there
    "GET /escrow/guarantees/<uuid:guarantee_id>": of("ESC-1702", CENTRE),
    f"GET {_FORFEIT}": of("ESC-1608", CENTRE),
    f"GET {_FORFEIT}/state": of("ESC-1608", CENTRE),
    f"POST {_FORFEIT}/approvals": of("ESC-1608", CENTRE, digest="0" * 64),
    f"POST {_FORFEIT}/end": of("ESC-1608", CENTRE, why="x"),
    # a day of a bank: the centre's and the supervisor's, and that bank's own
    f"GET {_DAY}": of("ESC-1501", Role.BANK),
    f"GET {_DAY}/balances.pdf": of("ESC-1501", Role.BANK),
    # a listed sub-account: any official's of these roles
    "GET /sub-accounts/<account>": Row({}),
    # the ledger as far as lists allow: any official's of these roles; a look is one person's
    f"GET {_LEDGER}/accounts/<code>/<path:ledger_account>": Row({}),
    f"GET {_LEDGER}/statements/<code>/<path:ledger_account>/statement.csv": Row({}),
    f"GET {_LEDGER}/statements/<code>/<path:ledger_account>/statement.pdf": Row({}),
    f"GET {_LEDGER}/journals/<uuid:journal_id>": Row({}),
    f"POST {_LEDGER}/journals/<uuid:journal_id>/looks": Row({}),
    f"GET {_LEDGER}/looks/<uuid:look_id>": of("ESC-1903", CENTRE, Role.SUPERVISOR),
}
"""The rooms of the money."""

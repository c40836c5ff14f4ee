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
        named = {"file": (BytesIO(PAPER), "contract.pdf")} if "amount_fen" in self.body else {}
        return caller.fill(path, {**self.body, **named})


def of(code: str, *roles: Role, **body: Any) -> Row:
    """Each of the roles is told `code`; the body is JSON."""
    return Row(dict.fromkeys(roles, code), body)


def form(code: str, *roles: Role, **body: Any) -> Row:
    """The same for a form."""
    return Row(dict.fromkeys(roles, code), body, is_form=True)

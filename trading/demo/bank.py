"""Introducing the demonstration's banks and its issuer of guarantees, and who pays from where."""

import json
from collections.abc import Container
from typing import Any
from urllib.request import Request, urlopen

from escrow.public import line_key, register_bank, register_issuer
from kernel.clock import legal_now
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity import authority
from kernel.identity.queries import certificates_of
from trading.demo.cast import Cast, cast

BALANCE_FEN = 5_000_000_000
TIMEOUT_SECONDS = 10


def connect(house: House, told: Cast | None = None, *, only: Container[str] | None = None) -> None:
    """Enrol the simulator's banks, or `only` these codes, and open the cast's accounts there."""
    origin = house.settings.bank_url
    _ask(f"{origin}/api/payers", method="PUT", body=_payers(told or cast()))
    _ask(f"{origin}/api/partner", method="PUT", body={"sm2": line_key(house.keys).hex()})
    enrolments = _ask(f"{origin}/api/enrolments")
    with house.database.writing() as session:
        for one in enrolments:
            if only is not None and one["code"] not in only:
                continue
            register_bank(session, enrolment=one, now=legal_now(session))
    for one in _ask(f"{origin}/api/guarantors"):
        certified = {
            "certificate": _certified(house, one).hex(),
            "platform_key": house.keys.platform_public_key.hex(),
        }
        _ask(f"{origin}/api/guarantors/{one['code']}", method="PUT", body=certified)


def _certified(house: House, told: dict[str, Any]) -> bytes:
    """Enter an issuer on the list; its signing key's certificate stands on the register once."""
    with house.database.writing() as session:
        now = legal_now(session)
        register_issuer(session, enrolment=told)
        code, name = told["credit_code"], told["name"]
        issuer = identity.register_organisation(
            session, credit_code=code, name=name, account=None, now=now
        )
        point = bytes.fromhex(told["public_key"])
        for known in certificates_of(session, issuer):
            if known.public_key == point and known.is_valid(now):
                return known.der
        issued = identity.issue_certificate(
            session,
            authority.of(house, session, now),
            organisation_id=issuer,
            person_id=None,
            public_key=point,
            now=now,
        )
        return issued.chain[0]


def _payers(told: Cast) -> list[dict[str, Any]]:
    basic = [
        {"name": one.name, "account": one.account.number, "kind": "basic"}
        for one in told.organisations
        if one.account is not None
    ]
    others = [{"name": one.name, "account": one.account, "kind": one.kind} for one in told.payers]
    return [{**payer, "balance_fen": BALANCE_FEN} for payer in (*basic, *others)]


def _ask(url: str, *, method: str = "GET", body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = Request(url, data=data, headers=headers, method=method)  # noqa: S310 - our setting
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")

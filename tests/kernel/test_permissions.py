"""Grants as data: OR of ANDs, and no door without one."""

from uuid import uuid4

import pytest

from kernel.permissions import (
    Account,
    Actor,
    Grants,
    Guarded,
    PermissionTable,
    Right,
    Role,
    System,
    UnguardedError,
    Visitor,
    all_of,
    any_of,
    anyone,
    is_role,
    roles,
    signed_in,
)
from kernel.pure.errors import Refused


class Sample(Right):
    BOTH = "both"
    EITHER = "either"
    NOBODY_GRANTS = "nobody"
    OPEN = "open"


GRANTS: Grants = {
    Sample.BOTH: any_of(all_of(signed_in, is_role(Role.AGENCY))),
    Sample.EITHER: roles(Role.AGENCY, Role.BIDDER),
    Sample.OPEN: any_of(anyone),
}


def account(role: Role) -> Account:
    return Account(uuid4(), uuid4(), role, "许听澜", "澄怀水务", uuid4(), "token")


@pytest.mark.parametrize(
    ("actor", "right", "allowed"),
    [
        (Visitor(), Sample.OPEN, True),
        (Visitor(), Sample.EITHER, False),
        (account(Role.BIDDER), Sample.EITHER, True),
        (account(Role.BIDDER), Sample.BOTH, False),
        (account(Role.AGENCY), Sample.BOTH, True),
        (System("job"), Sample.EITHER, False),
    ],
)
def test_grants(actor: Actor, right: Right, allowed: bool) -> None:
    assert PermissionTable([GRANTS]).allows(actor, right) is allowed


def test_a_visitor_is_asked_to_sign_in_and_an_account_is_refused() -> None:
    table = PermissionTable([GRANTS])
    for actor, code in ((Visitor(), "WEB-1101"), (account(Role.BANK), "WEB-1102")):
        with pytest.raises(Refused) as refusal:
            table.require(actor, Sample.EITHER)
        assert refusal.value.code == code


def test_a_door_whose_right_nobody_grants_stops_the_start() -> None:
    with pytest.raises(UnguardedError, match="GET /secret"):
        PermissionTable([GRANTS]).guard(Guarded("route", "GET /secret", Sample.NOBODY_GRANTS))


def test_a_right_granted_in_two_tables_stops_the_start() -> None:
    with pytest.raises(UnguardedError, match="two tables"):
        PermissionTable([GRANTS, GRANTS])


def test_an_account_keeps_its_token_out_of_its_repr() -> None:
    assert "token'" not in repr(account(Role.BIDDER))

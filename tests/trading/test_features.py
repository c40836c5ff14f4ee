"""What the packages bring together: the navigation leads to doors that exist and open."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from kernel.permissions import Account, Actor, Role, Visitor
from kernel.web import Edge
from trading.features import NAV

PLACES = [(role, place.href) for role, places in NAV.items() for place in places]


def actor_of(role: str) -> Actor:
    if role == "public":
        return Visitor()
    return Account(uuid4(), uuid4(), Role(role), "方静", "正和工程咨询", uuid4(), "")


@pytest.mark.parametrize(("role", "href"), PLACES)
def test_every_entry_of_the_navigation_opens_for_its_role(app: Flask, role: str, href: str) -> None:
    edge: Edge = app.extensions["sunbid"]
    rule: Any = app.url_map.bind("localhost").match(href, return_rule=True)[0]
    [right] = [door.right for door in edge.table.doors if door.name == f"GET {rule.rule}"]
    assert edge.table.allows(actor_of(role), right)

"""The centre's pages of settlements, through HTTP as two people see them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from escrow.interest.rules import reckon
from escrow.interest.terms import terms_of
from escrow.settlements.rules import value_day
from kernel.clock import legal_now, shift
from kernel.house import House
from kernel.identity import passkeys
from kernel.identity.models import Person
from kernel.permissions import Account
from tests.escrow.conftest import by_role, platform_of
from tests.escrow.deposits.test_actions import NOW as PAID_AT
from tests.escrow.deposits.test_actions import OWNER
from tests.escrow.settlements.test_actions import FEN, FIRST, NOW, SECOND, TITLE, Centre, person
from tests.kernel.identity.token import Token

STRANGER = person("外人", centre=uuid4())
PEOPLE = {"first": FIRST, "second": SECOND, "stranger": STRANGER}
LIST = "/refunds"


def by_name(session: Session, cookie: str, now: datetime) -> Account | None:
    """Two people of the centre, otherwise whoever shows a role's name."""
    return PEOPLE.get(cookie) or by_role(session, cookie, now)


@pytest.fixture
def desk(house: House) -> Flask:
    return platform_of(house, read_account=by_name)


@pytest.fixture
def centre(house: House) -> Centre:
    """A lot proposed just now by the clock that the pages read."""
    centre = Centre(house.database)
    with house.database.writing() as session:
        early = NOW - legal_now(session)
        if early > timedelta(0):
            shift(session, early)
    now = centre_now(house)
    centre.propose(now=now)
    return centre


def as_(desk: Flask, name: str) -> FlaskClient:
    client = desk.test_client()
    client.set_cookie("sunbid", name)
    return client


def place(client: FlaskClient) -> str:
    """Where the only settlement is, as a stand-in finds it."""
    listed = client.get(LIST, headers={"Accept": "application/json"}).get_json()
    return f"{LIST}/{listed[0]['id']}"


def approve(client: FlaskClient, digest: str, **more: Any) -> Any:
    return client.post(
        f"{place(client)}/approvals",
        json={"digest": digest, **more},
        headers={"X-CSRF-Token": FIRST.csrf_token, "Accept": "application/json"},
    )


def interest_today(house: House) -> int:
    with house.database.reading() as session:
        end = value_day(legal_now(session))
    return reckon(FEN, start=value_day(PAID_AT), end=end, terms=terms_of("b")).fen


def test_the_page_says_what_is_paid_to_whom(desk: Flask, centre: Centre, house: House) -> None:
    client = as_(desk, "first")
    listed = client.get(LIST).get_data(as_text=True)
    assert TITLE in listed
    assert "等 2 人批准" in listed
    page = client.get(place(client)).get_data(as_text=True)
    told = client.get(f"{place(client)}/state").get_json()
    assert told["total_fen"] == 2 * (FEN + interest_today(house))
    digest = centre.digest(centre_now(house)).hex()
    assert told["digest"] == digest
    for shown in (OWNER.name, OWNER.account, "中标人，合同已签", "未中标", digest[:4], "0.05%"):
        assert shown in page
    assert "无款可退" in page


def centre_now(house: House) -> datetime:
    with house.database.reading() as session:
        return legal_now(session)


def test_two_people_approve_on_the_page(desk: Flask, centre: Centre) -> None:
    first, second = as_(desk, "first"), as_(desk, "second")
    digest = first.get(f"{place(first)}/state").get_json()["digest"]
    told = approve(first, digest).get_json()
    assert (told["state"], told["mine"], told["digest"]) == ("half_approved", True, digest)
    again = approve(first, digest)
    assert (again.status_code, again.get_json()["code"]) == (409, "ESC-1406")
    mine = first.get(place(first)).get_data(as_text=True)
    assert "你已批准" in mine
    assert "核对并批准" not in mine
    assert "等第 2 人批准" in second.get(LIST).get_data(as_text=True)
    answer = second.post(
        f"{place(second)}/approvals", data={"digest": digest, "csrf_token": SECOND.csrf_token}
    )
    assert (answer.status_code, answer.location) == (303, place(second))
    paying = second.get(place(second)).get_data(as_text=True)
    for shown in ("银行办理中", FIRST.person_name, SECOND.person_name, "等待发往银行"):
        assert shown in paying
    assert first.get(f"{place(first)}/state").get_json()["digest"] is None


def test_whoever_has_a_security_key_is_asked_for_it(
    desk: Flask, centre: Centre, house: House
) -> None:
    site = passkeys.Site.of(house.settings.public_url)
    token = Token(site.host, site.origin)
    with house.database.writing() as session:
        now = legal_now(session)
        session.add(
            Person(
                id=FIRST.person_id,
                login="first",
                name=FIRST.person_name,
                password_hash=None,
                demo=False,
                failures=0,
                created_at=now,
            )
        )
        session.flush()
        passkeys.register(
            session,
            person_id=FIRST.person_id,
            credential=token.create(bytes_to_base64url(bytes(32))),
            challenge=bytes(32),
            site=site,
            name="密钥",
            step_up=None,
            now=now,
        )
    client = as_(desk, "first")
    digest = client.get(f"{place(client)}/state").get_json()["digest"]
    answer = approve(client, digest)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "IDN-1403")
    others = _yes(token, SECOND, digest)
    assert approve(client, digest, step_up=others).get_json()["code"] == "IDN-1404"
    told = approve(client, digest, step_up=_yes(token, FIRST, digest)).get_json()
    assert told["state"] == "half_approved"


def _yes(token: Token, person: Account, digest: str) -> dict[str, Any]:
    challenge = passkeys.challenge_of(
        "settlement.approve", bytes.fromhex(digest), person_id=person.person_id
    )
    return token.get(bytes_to_base64url(challenge))


@pytest.mark.parametrize("digest", [None, 7, "", "zz", "00" * 32])
def test_a_crafted_digest_is_stale(desk: Flask, centre: Centre, digest: Any) -> None:
    answer = approve(as_(desk, "first"), digest)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "ESC-1405")


def test_an_approval_needs_the_persons_own_token(desk: Flask, centre: Centre) -> None:
    client = as_(desk, "first")
    assert client.post(f"{place(client)}/approvals", json={"digest": ""}).status_code == 403


@pytest.mark.parametrize("who", ["", "bank", "bidder", "agency", "tenderee", "supervisor"])
def test_settlements_are_the_centres(desk: Flask, centre: Centre, who: str) -> None:
    inside = place(as_(desk, "first"))
    outside = as_(desk, who)
    for path in (LIST, inside, f"{inside}/state"):
        answer = outside.get(path)
        assert answer.status_code in (401, 403)
        assert OWNER.name not in answer.get_data(as_text=True)
    answer = outside.post(
        f"{inside}/approvals", json={"digest": ""}, headers={"X-CSRF-Token": "csrf"}
    )
    assert answer.status_code in (401, 403)


def test_another_centre_sees_and_approves_nothing(desk: Flask, centre: Centre) -> None:
    inside = place(as_(desk, "first"))
    stranger = as_(desk, "stranger")
    assert TITLE not in stranger.get(LIST).get_data(as_text=True)
    assert stranger.get(LIST, headers={"Accept": "application/json"}).get_json() == []
    digest = as_(desk, "first").get(f"{inside}/state").get_json()["digest"]
    told = {"X-CSRF-Token": STRANGER.csrf_token, "Accept": "application/json"}
    for answer in (
        stranger.get(inside, headers=told),
        stranger.get(f"{inside}/state", headers=told),
        stranger.post(f"{inside}/approvals", json={"digest": digest}, headers=told),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "ESC-1403")
    assert as_(desk, "first").get(f"{inside}/state").get_json()["approvals"] == []


def test_an_unknown_settlement_is_not_found(desk: Flask, centre: Centre) -> None:
    client = as_(desk, "first")
    answer = client.get(f"{LIST}/{'0' * 8}-0000-4000-8000-{'0' * 12}")
    assert answer.status_code == 404
    assert "ESC-1403" in answer.get_data(as_text=True)


def test_without_settlements_the_list_says_so(desk: Flask) -> None:
    assert "还没有退款" in as_(desk, "first").get(LIST).get_data(as_text=True)

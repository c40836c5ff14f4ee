"""Logging in over HTTP: the cookie, forged forms, one-click logins, certificates, the root."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.clock import clock_timestamp
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.db import Database
from kernel.identity import actions
from kernel.identity.certificates import request_message
from kernel.permissions import Role
from tests.kernel.identity import parties

JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Browser:
    """A test client and the session it holds."""

    client: FlaskClient
    csrf: str
    cookie: str


def _json(answer: TestResponse) -> dict[str, Any]:
    told = answer.json
    assert isinstance(told, dict)
    return told


@pytest.fixture
def people(database: Database) -> None:
    """A bidder of the demonstration."""
    with database.writing() as session:
        parties.bidder(session, clock_timestamp(session), demo=True)


@pytest.fixture
def bidder(app: Flask, people: None) -> Browser:
    """The bidder, logged in."""
    client = app.test_client()
    answer = client.post("/login/demo", data={"login": "xu"}, headers=JSON)
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return Browser(client, _json(answer)["csrf_token"], cookie)


def _log_in(client: FlaskClient, password: str, **headers: str) -> tuple[int, str]:
    answer = client.post(
        "/login", data={"login": "xu", "password": password}, headers=list(headers.items())
    )
    return answer.status_code, answer.headers.get("Location", "")


def test_the_right_password_leads_to_ones_own_pages(client: FlaskClient, people: None) -> None:
    answer = client.post("/login", data={"login": "xu", "password": parties.PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/lots")
    cookie = answer.headers["Set-Cookie"]
    assert re.match(r"sunbid_[0-9a-f]{8}=", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/account").status_code == 200


def test_a_wrong_password_is_refused_and_counted(client: FlaskClient, people: None) -> None:
    codes = [_log_in(client, "wrong password")[0] for _ in range(5)]
    assert codes == [401, 401, 401, 401, 423]
    assert _log_in(client, parties.PASSWORD)[0] == 423


def test_a_login_form_on_another_site_is_refused(client: FlaskClient, people: None) -> None:
    answer = client.post(
        "/login",
        data={"login": "xu", "password": parties.PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_a_login_leads_only_to_pages_of_this_site(app: Flask, people: None) -> None:
    for asked, given in (("/lots", "/lots"), ("//evil.example/", "/my/lots")):
        answer = app.test_client().post("/login/demo", data={"login": "xu", "next": asked})
        assert answer.headers["Location"] == given


def test_the_login_page_lists_demo_people_and_says_so(client: FlaskClient, people: None) -> None:
    page = client.get("/login").get_data(as_text=True)
    assert "许听澜" in page
    assert "演示登录" in page
    assert "虚构" in page


def test_the_account_page_needs_a_login(client: FlaskClient) -> None:
    assert client.get("/account").status_code == 401
    assert _json(client.get("/account/session", headers=JSON))["code"] == "WEB-1101"


def test_logging_out_needs_the_sessions_token(bidder: Browser) -> None:
    assert bidder.client.post("/logout").status_code == 403
    answer = bidder.client.post("/logout", data={"csrf_token": bidder.csrf})
    assert answer.status_code == 303
    assert bidder.client.get("/account").status_code == 401


def test_a_new_login_ends_the_one_it_replaces(bidder: Browser) -> None:
    form = {"login": "xu", "csrf_token": bidder.csrf}
    assert bidder.client.post("/login/demo", data=form).status_code == 303
    assert bidder.client.get("/account").status_code == 200
    name, _, former = bidder.cookie.partition("=")
    bidder.client.set_cookie(name, former)
    assert bidder.client.get("/account").status_code == 401


def test_who_acts_for_several_chooses_first(app: Flask, database: Database, people: None) -> None:
    with database.writing() as session:
        now = clock_timestamp(session)
        actions.join(
            session,
            person_id=parties.person(session, now),
            organisation_id=parties.centre(session, now),
            role=Role.TRUSTEE,
            now=now,
        )
    client = app.test_client()
    assert _log_in(client, parties.PASSWORD)[1] == "/identity"
    assert client.get("/account").status_code == 401
    page = client.get("/identity").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    choice = re.search(r'name="membership" value="([0-9a-f-]{36})"', page)
    assert token is not None
    assert choice is not None
    assert client.post("/identity", data={"membership": choice[1]}).status_code == 403
    chosen = client.post("/identity", data={"membership": choice[1], "csrf_token": token[1]})
    assert chosen.status_code == 303
    assert client.get("/account").status_code == 200


def test_scripts_learn_who_they_act_for(bidder: Browser) -> None:
    state = _json(bidder.client.get("/account/session"))
    assert state["organisation"]["credit_code"] == parties.BIDDER_CODE
    assert state["organisation"]["account"]["number"] == parties.ACCOUNT.number
    assert (state["role"], state["csrf_token"]) == ("bidder", bidder.csrf)


def test_a_key_made_in_the_browser_is_certified_listed_and_revoked(bidder: Browser) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = public_bytes(key)
    proof = sign_p256(key, request_message(parties.BIDDER_CODE, point))
    headers = {"X-CSRF-Token": bidder.csrf}
    asked = {"public_key": point.hex(), "proof": proof.hex()}
    issued = _json(bidder.client.post("/account/certificates", json=asked, headers=headers))
    leaf = x509.load_der_x509_certificate(bytes.fromhex(issued["certificate_chain"][0]))
    assert f"{leaf.serial_number:x}" == issued["serial"]
    path = f"/account/certificates/{issued['id']}"
    assert bidder.client.get(path).data.count(b"BEGIN CERTIFICATE") == 3
    (listed,) = _json(bidder.client.get("/account/session"))["certificates"]
    assert (listed["public_key"], listed["mine"]) == (point.hex(), True)
    assert issued["serial"][-8:] in bidder.client.get("/account").get_data(as_text=True)
    form = {"reason": "key_compromise", "csrf_token": bidder.csrf}
    assert bidder.client.post(f"{path}/revoke", data=form).status_code == 303
    assert _json(bidder.client.get("/account/session"))["certificates"] == []


def test_a_key_without_proof_is_not_certified(bidder: Browser) -> None:
    point = public_bytes(ec.generate_private_key(ec.SECP256R1()))
    answer = bidder.client.post(
        "/account/certificates",
        json={"public_key": point.hex(), "proof": "00" * 64},
        headers={"X-CSRF-Token": bidder.csrf},
    )
    assert (answer.status_code, _json(answer)["code"]) == (422, "IDN-1308")


def test_anyone_may_fetch_the_root(client: FlaskClient) -> None:
    root = x509.load_pem_x509_certificate(client.get("/trust/root.pem").data)
    assert "演示" in root.subject.rfc4514_string()


def test_stand_ins_are_not_counted_as_people(app: Flask, people: None) -> None:
    client = app.test_client()
    client.post("/login/demo", data={"login": "xu"}, headers={"X-Sunbid-Stand-In": "1"})
    (told,) = _json(client.get("/demo/logins"))["logins"]
    assert (told["login"], told["by_person_at"]) == ("xu", None)
    app.test_client().post("/login/demo", data={"login": "xu"})
    (told,) = _json(client.get("/demo/logins"))["logins"]
    assert told["by_person_at"] is not None

"""The HTTP edge: guarded doors, one transaction, refusals in words, logs without identities."""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

import kernel
from kernel import web
from kernel.house import Call, House
from kernel.permissions import (
    Account,
    Grants,
    PermissionTable,
    Pseudonym,
    Right,
    Role,
    UnguardedError,
    any_of,
    anyone,
    by_ticket,
    is_role,
)
from kernel.pure.errors import Refused
from kernel.refusals import Catalogue
from kernel.settings import Settings

LOT = uuid4()


class Sample(Right):
    BID = "sample.bid"
    MANAGE = "sample.manage"
    SEE = "sample.see"
    UNGRANTED = "sample.ungranted"


GRANTS: Grants = {
    Sample.BID: any_of(by_ticket),
    Sample.MANAGE: any_of(is_role(Role.AGENCY)),
    Sample.SEE: any_of(anyone),
}
AGENCY = Account(uuid4(), uuid4(), Role.AGENCY, "方静", "正和工程咨询", uuid4(), "the-token")


def sample_feature() -> web.Feature:
    feature = web.Feature("sample", __name__)

    @feature.get("/things/<uuid:thing>", permission=Sample.SEE)
    def see(call: Call, thing: UUID) -> dict[str, str]:
        return {"thing": str(thing)}

    @feature.get("/write-by-reading", permission=Sample.SEE)
    def sneak(call: Call) -> dict[str, str]:
        call.session.execute(text("CREATE TABLE sneaked (n int)"))
        return {}

    @feature.post("/things", permission=Sample.MANAGE)
    def add(call: Call) -> dict[str, str]:
        call.session.execute(text("CREATE TABLE added (n int)"))
        if web.body().get("refuse"):
            raise Refused("WEB-1402")
        if web.body().get("fail"):
            raise RuntimeError("secret price 80128600")
        return {"added": "yes"}

    @feature.post("/lots/<uuid:lot_id>/bids", permission=Sample.BID, ticket=True)
    def bid(call: Call, lot_id: UUID) -> dict[str, str]:
        assert isinstance(call.actor, Pseudonym)
        return {"pseudonym": call.actor.pseudonym}

    return feature


def read_account(_session: Session, cookie: str, _now: datetime) -> Account | None:
    return AGENCY if cookie == "good" else None


def read_ticket(*, authorization: str, **_shown: object) -> Pseudonym:
    if authorization != "Ticket good":
        raise Refused("WEB-1104")
    return Pseudonym(LOT, "ab" * 32, b"\x04" * 65)


@pytest.fixture
def sample(settings: Settings) -> Iterator[FlaskClient]:
    yield build(settings, sample_feature()).test_client()


def build(settings: Settings, feature: web.Feature) -> Flask:
    app = Flask("sample", static_folder=str(settings.static_dir))
    edge = web.Edge(
        house=House.open(settings, pool_size=0),
        table=PermissionTable([GRANTS]),
        catalogue=Catalogue([Path(str(kernel.__file__)).parent / "refusals.toml"]),
        read_account=read_account,
        read_ticket=read_ticket,
        cookie_name="session",
    )
    web.mount(app, edge, [feature])
    return app


def table_exists(settings: Settings, name: str) -> bool:
    with House.open(settings, pool_size=0).database.reading() as session:
        return session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None


def act(client: FlaskClient, body: dict[str, object], csrf: str = "the-token") -> int:
    client.set_cookie("session", "good")
    return client.post("/things", json=body, headers={"X-CSRF-Token": csrf}).status_code


def test_a_route_outside_every_feature_stops_the_start(settings: Settings) -> None:
    app = build(settings, sample_feature())
    app.add_url_rule("/back-door", "back_door", lambda: "open")
    with pytest.raises(UnguardedError, match="GET /back-door"):
        web.check_guarded(app, app.extensions["sunbid"].table)


def test_a_route_whose_right_nobody_grants_stops_the_start(settings: Settings) -> None:
    feature = web.Feature("other", __name__)
    feature.get("/other", permission=Sample.UNGRANTED)(lambda call: "never")
    with pytest.raises(UnguardedError, match="GET /other"):
        build(settings, feature)


def test_a_page_that_only_reads_cannot_write(sample: FlaskClient, settings: Settings) -> None:
    assert sample.get("/write-by-reading", json={}).status_code == 500
    assert not table_exists(settings, "sneaked")


def test_an_act_is_committed_once_its_view_returns(sample: FlaskClient, settings: Settings) -> None:
    assert act(sample, {}) == 200
    assert table_exists(settings, "added")


@pytest.mark.parametrize(("body", "status"), [({"refuse": True}, 400), ({"fail": True}, 500)])
def test_a_refusal_and_a_fault_leave_nothing_written(
    sample: FlaskClient, settings: Settings, body: dict[str, object], status: int
) -> None:
    assert act(sample, body) == status
    assert not table_exists(settings, "added")


def test_an_act_without_the_forms_token_is_refused(sample: FlaskClient, settings: Settings) -> None:
    assert act(sample, {}, csrf="another") == 403
    assert not table_exists(settings, "added")


def test_a_visitor_and_a_stale_cookie_are_asked_to_sign_in(sample: FlaskClient) -> None:
    assert sample.post("/things", json={}).status_code == 401
    sample.set_cookie("session", "stale")
    answer = sample.post("/things", json={})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "WEB-1101")


def test_a_ticket_route_ignores_cookies(sample: FlaskClient) -> None:
    sample.set_cookie("session", "good")
    assert sample.post(f"/lots/{LOT}/bids", json={}).status_code == 401
    answer = sample.post(f"/lots/{LOT}/bids", json={}, headers={"Authorization": "Ticket good"})
    assert answer.get_json() == {"pseudonym": "ab" * 32}


def test_a_ticket_of_one_lot_does_not_open_another(sample: FlaskClient) -> None:
    answer = sample.post(f"/lots/{uuid4()}/bids", json={}, headers={"Authorization": "Ticket good"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "WEB-1104")


def test_logs_hold_templates_and_no_identity(
    sample: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    thing = uuid4()
    with caplog.at_level(logging.DEBUG):
        sample.set_cookie("session", "good")
        sample.get(f"/things/{thing}?price=80128600")
        sample.post(f"/lots/{LOT}/bids", json={}, headers={"Authorization": "Ticket good"})
        act(sample, {"fail": True})
    told = caplog.text
    assert "RuntimeError" in told
    assert "GET /things/<uuid:thing> 200" in told
    for secret in (str(thing), str(LOT), "80128600", "ab" * 32, "127.0.0.1", AGENCY.person_name):
        assert secret not in told


def test_every_answer_carries_a_strict_policy(sample: FlaskClient) -> None:
    policy = sample.get(f"/things/{uuid4()}").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy


def test_a_wrong_body_is_refused_in_words(sample: FlaskClient) -> None:
    sample.set_cookie("session", "good")
    answer = sample.post(
        "/things",
        data="not json",
        content_type="application/json",
        headers={"X-CSRF-Token": "the-token"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "WEB-1004")

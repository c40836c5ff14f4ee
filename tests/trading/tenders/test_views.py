"""The workplace through the application, by role: from an empty project to a signed notice."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.blobs import BlobStore
from kernel.clock import clock_timestamp, legal_now
from kernel.db import Database
from kernel.identity import actions as identity
from kernel.identity.rules import check_character
from kernel.permissions import Role
from kernel.pure.legal_days import SHANGHAI
from kernel.web import Edge
from tests.trading.tenders.world import (
    LOT_NAME,
    PDF,
    World,
    a_lot,
    new_public_key,
    published_lot,
    ready_lot,
    sign,
)
from trading.tenders import queries
from trading.tenders.rules import LotStage, TrusteeRole


class Desk:
    """A signed-in person's browser, with the token its forms carry."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self._token = token

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        headers = {"X-CSRF-Token": self._token, **options.pop("headers", {})}
        return self.client.post(path, data=data, headers=headers, **options)


def desk(app: Flask, database: Database, world: World, role: Role) -> Desk:
    """Log the party's person in."""
    edge: Edge = app.extensions["sunbid"]
    with database.writing() as session:
        login = world.parties[role].login
        held = identity.log_in_demo(
            session, login=login, by_person=True, now=clock_timestamp(session)
        )
    client = app.test_client()
    client.set_cookie(edge.cookie_name, held.token)
    token = client.get("/account/session", headers={"Accept": "application/json"}).get_json()
    return Desk(client, token["csrf_token"])


def lot_form(database: Database, **changes: str) -> dict[str, str]:
    with database.reading() as session:
        draft = a_lot(legal_now(session))
    local = "%Y-%m-%dT%H:%M"
    return {
        "name": draft.name,
        "kind": draft.kind.value,
        "scope": draft.scope,
        "contact": draft.contact,
        "estimate": "5,600,000.00",
        "ceiling": "5200000",
        "deposit": "100000",
        "documents_from": f"{draft.documents_from.astimezone(SHANGHAI):{local}}",
        "documents_until": f"{draft.documents_until.astimezone(SHANGHAI):{local}}",
        "deadline": f"{draft.deadline.astimezone(SHANGHAI):{local}}",
        **changes,
    }


def test_the_whole_way_to_a_notice(
    app: Flask, database: Database, blobs: BlobStore, world: World
) -> None:
    agency = desk(app, database, world, Role.AGENCY)
    tenderee = desk(app, database, world, Role.TENDEREE)
    made = agency.post(
        "/tenders/projects",
        {
            "name": "桐乡至苍南公路平阳段改建工程",
            "tenderee": str(world.organisation(Role.TENDEREE)),
            "region_code": "330326",
            "region_name": "平阳县",
            "sector": "公路",
        },
    )
    assert made.status_code == 303
    assert agency.get(made.location).status_code == 200
    kept = agency.post(made.location.removesuffix("/new"), lot_form(database))
    assert kept.status_code == 303
    lot_id = UUID(kept.location.split("/")[3].split("#")[0])
    path = f"/tenders/lots/{lot_id}"
    page = agency.get(path).get_data(as_text=True)
    assert "TEN-1201" in page
    assert "TEN-1601" in page

    seated = agency.post(
        f"{path}/trustees",
        {"trustee": [str(p.trustee_id) for p in world.parties.values()], "threshold": "3"},
    )
    assert seated.status_code == 303
    uploaded = agency.post(
        f"{path}/documents?name=招标文件.pdf",
        PDF,  # type: ignore[arg-type]
        headers={"Content-Type": "application/pdf"},
    )
    assert uploaded.status_code == 200
    assert "还差" not in agency.get(path).get_data(as_text=True)
    assert "等招标人确认" in agency.get(path).get_data(as_text=True)

    assert tenderee.post(f"{path}/approve").status_code == 303
    assert 'id="publish-notice"' in agency.get(path).get_data(as_text=True)
    with database.reading() as session:
        signed = sign(session, world, lot_id)
    shown = agency.get(f"{path}/notice").get_json()
    assert shown["digest"] == signed.digest.hex()
    answer = {
        "digest": shown["digest"],
        "signature": signed.signature.hex(),
        "certificate_chain": [each.hex() for each in signed.certificate_chain],
    }
    unconfirmed = agency.post(f"{path}/notice", json=answer)
    assert unconfirmed.get_json()["code"] == "TEN-1705"
    published = agency.post(f"{path}/notice", json={**answer, "confirmation": "发布公告"})
    assert published.get_json()["href"] == f"/lots/{lot_id}"
    assert LOT_NAME in app.test_client().get(f"/lots/{lot_id}").get_data(as_text=True)
    for who in (agency, tenderee):
        assert "名单" not in who.get("/tenders").get_data(as_text=True)
        assert who.get(path).status_code == 200


def test_fields_keep_what_was_filled_in_when_refused(
    app: Flask, database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        lot_id = ready_lot(session, blobs, world, now=legal_now(session))
    agency = desk(app, database, world, Role.AGENCY)
    for change, code in (
        ({"deadline": "明天"}, "TEN-1408"),
        ({"estimate": "很多"}, "MON-0001"),
        ({"estimate": "0"}, "TEN-1503"),
        ({"name": " "}, "TEN-1304"),
        ({"deadline": "2020-01-01T09:30"}, "TEN-1407"),
        ({"sign_in": "x", "decryption": "1", "confirmation": "1"}, "TEN-1409"),
    ):
        form = lot_form(database, contact="电话 0000-8800", **change)
        answer = agency.post(f"/tenders/lots/{lot_id}/edit", form)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400
        assert code in page
        assert "电话 0000-8800" in page


def test_dates_are_checked_as_they_are_typed(app: Flask, database: Database, world: World) -> None:
    agency = desk(app, database, world, Role.AGENCY)
    good = agency.post("/tenders/check-dates", lot_form(database)).get_json()["verdicts"]
    assert {v["ok"] for v in good} == {True}
    assert {v["field"] for v in good} >= {"documents_until", "deadline", "deposit"}
    soon = lot_form(database)
    soon["deadline"] = soon["documents_from"][:10] + "T23:00"
    verdicts = agency.post("/tenders/check-dates", soon).get_json()["verdicts"]
    bad = {v["code"]: v for v in verdicts if not v["ok"]}
    assert "TEN-1403" in bad
    assert re.search(r"最早 \d{4}-\d{2}-\d{2}", bad["TEN-1403"]["text"])
    assert bad["TEN-1403"]["cite"] == "招标投标法第 24 条"


@pytest.mark.parametrize(
    "path",
    [
        "/tenders",
        "/tenders/projects/new",
        "/tenders/lots/{lot}",
        "/tenders/lots/{lot}/edit",
        "/tenders/lots/{lot}/notice",
    ],
)
def test_visitors_and_strangers_stay_outside(
    app: Flask, database: Database, blobs: BlobStore, world: World, path: str
) -> None:
    with database.writing() as session:
        lot_id = ready_lot(session, blobs, world, now=legal_now(session))
    here = path.format(lot=lot_id)
    assert app.test_client().get(here).status_code == 401
    for role in (Role.CENTRE, Role.SUPERVISOR, Role.TRUSTEE):
        assert desk(app, database, world, role).get(here).status_code == 403


def test_another_agency_sees_nothing(
    app: Flask, database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        person = identity.add_person(
            session, login="agency2", name="郑怀安", password_hash=None, demo=True, now=now
        )
        code = "9133030014666666W"
        other = identity.register_organisation(
            session,
            credit_code=code + check_character(code),
            name="另一家代理",
            account=None,
            now=now,
        )
        identity.join(session, person_id=person, organisation_id=other, role=Role.AGENCY, now=now)
        edge: Edge = app.extensions["sunbid"]
        held = identity.log_in_demo(
            session, login="agency2", by_person=True, now=clock_timestamp(session)
        )
    client = app.test_client()
    client.set_cookie(edge.cookie_name, held.token)
    for path in ("", "/edit", "/notice"):
        assert client.get(f"/tenders/lots/{lot_id}{path}").status_code == 403
    assert LOT_NAME not in client.get("/tenders").get_data(as_text=True)


def test_a_trustee_registers_a_key_of_its_own(app: Flask, database: Database, world: World) -> None:
    notary = desk(app, database, world, Role.TRUSTEE)
    key = new_public_key()
    first = notary.post("/tenders/trustee-key", json={"public_key": key.hex()}).get_json()
    again = notary.post("/tenders/trustee-key", json={"public_key": key.hex()}).get_json()
    assert first == again
    with database.reading() as session:
        person = world.account(Role.TRUSTEE).person_id
        rows = {row.public_key: row.role for row in queries.trustees_of_person(session, person)}
    assert rows[key] is TrusteeRole.NOTARY
    stolen = desk(app, database, world, Role.CENTRE)
    for bad in ({"public_key": key.hex()}, {"public_key": "00"}, {}, {"public_key": "04" * 65}):
        answer = stolen.post("/tenders/trustee-key", json=bad)
        assert answer.get_json()["code"] == "TEN-1204"


def test_holding_and_resuming_by_form(
    app: Flask, database: Database, blobs: BlobStore, authority: Any, world: World
) -> None:

    with database.writing() as session:
        lot_id = published_lot(session, blobs, authority, world, now=legal_now(session))
    tenderee = desk(app, database, world, Role.TENDEREE)
    path = f"/tenders/lots/{lot_id}/end"
    assert tenderee.post(path, {"to": "suspended", "reason": ""}).status_code == 400
    assert tenderee.post(path, {"to": "suspended", "reason": "核对图纸"}).status_code == 303
    assert "恢复" in tenderee.get(f"/tenders/lots/{lot_id}").get_data(as_text=True)
    back = {"to": "documents_on_offer", "reason": "图纸无误"}
    assert tenderee.post(path, back).status_code == 303
    assert tenderee.post(path, {"to": "opened", "reason": "x"}).status_code == 409
    with database.reading() as session:
        assert queries.lot_snapshot(session, lot_id).stage is LotStage.DOCUMENTS_ON_OFFER


def test_a_form_without_its_token_does_nothing(
    app: Flask, database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        lot_id = ready_lot(session, blobs, world, now=legal_now(session))
    tenderee = desk(app, database, world, Role.TENDEREE)
    assert tenderee.client.post(f"/tenders/lots/{lot_id}/approve").status_code == 403
    with database.reading() as session:
        assert queries.lot_snapshot(session, lot_id).stage is LotStage.DRAFT

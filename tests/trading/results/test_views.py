"""The doors of results over HTTP: who may come in, and what is shown to whom."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import clock
from kernel.identity import actions as identity
from kernel.identity.rules import with_check_character
from kernel.permissions import Role
from tests.trading.openings.world import Bidder
from tests.trading.results.test_reactions import failed, move, tell
from tests.trading.results.world import CONTRACT, Results
from trading.app import create_app
from trading.tenders.rules import LotStage

JSON = {"Accept": "application/json"}


@pytest.fixture
def served(results: Results) -> Flask:
    """The application on the scene's own installation."""
    return create_app(results.scene.house.settings)


def told(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return answer.get_json()


def logged_in(app: Flask, login: str) -> tuple[FlaskClient, dict[str, str]]:
    """A browser of `login`, and the headers of its acts."""
    client = app.test_client()
    answer = client.post("/login/demo", data={"login": login}, headers=JSON)
    assert answer.status_code == 200, answer.text
    return client, {**JSON, "X-CSRF-Token": told(answer)["csrf_token"]}


def a_bidder(results: Results, app: Flask, bidder: Bidder) -> tuple[FlaskClient, dict[str, str]]:
    """A browser of the company's person."""
    with results.scene.house.database.writing() as session:
        now = clock.legal_now(session)
        login = f"b{bidder.credit_code[-6:].lower()}"
        person = identity.add_person(
            session, login=login, name="投标专员", password_hash=None, demo=True, now=now
        )
        identity.join(
            session,
            person_id=person,
            organisation_id=bidder.organisation_id,
            role=Role.BIDDER,
            now=now,
        )
    return logged_in(app, login)


def test_before_publicity_nothing_of_the_ranking_is_public(results: Results, served: Flask) -> None:
    results.receive(rejected=1)
    path = f"/lots/{results.lot_id}/results"
    page = served.test_client().get(path)
    assert page.status_code == 200
    with_account, _ = a_bidder(results, served, results.scene.bidders[0])
    for text in (page.text, with_account.get(path).text):
        assert "93.37" not in text
        assert "资质等级" not in text
    agency, _ = logged_in(served, "agency1")
    desk = agency.get(f"/tenders/lots/{results.lot_id}/results")
    assert "93.37" in desk.text
    assert "签名并公示" in desk.text


def test_the_public_page_tells_the_whole_result(results: Results, served: Flask) -> None:
    results.to_published()
    objection = results.object(results.scene.bidders[2], paper=b"%PDF-1.4 proof")
    results.answer(objection)
    path = f"/lots/{results.lot_id}/results"
    page = served.test_client().get(path).text
    assert "93.37" in page
    assert "维持评标结果" in page
    assert "依据.pdf" not in page
    mine, _ = a_bidder(results, served, results.scene.bidders[2])
    assert "依据.pdf" in mine.get(path).text
    assert "提出异议" in mine.get(path).text
    stranger, _ = a_bidder(results, served, results.scene.bidders[3])
    assert 'id="objection-form"' not in stranger.get(path).text


def test_doors_belong_to_the_lots_own_parties(results: Results, served: Flask) -> None:
    results.to_published()
    lot = f"/lots/{results.lot_id}"
    desk = f"/tenders/lots/{results.lot_id}/results"
    visitor = served.test_client()
    assert visitor.get(desk).status_code == 401
    centre, headers = logged_in(served, "centre1")
    assert centre.get(desk).status_code == 403
    for act in ("handover", "candidates", "award", "notices", "contract", "settlement", "archive"):
        assert centre.post(f"{lot}/{act}", json={}, headers=headers).status_code == 403
    tenderee, headers = logged_in(served, "tenderee1")
    assert tenderee.get(desk).status_code == 200
    assert tenderee.post(f"{lot}/archive", json={}, headers=headers).status_code == 403
    assert told(tenderee.get(f"{lot}/award", headers=JSON))["code"] == "RES-1401"
    agency, headers = logged_in(served, "agency1")
    assert told(agency.post(f"{lot}/handover", json={}, headers=headers))["code"] == "RES-1003"
    early = agency.post(f"{lot}/handover", json={"confirmation": "移交评标"}, headers=headers)
    assert told(early)["code"] == "RES-1004"
    assert agency.post(f"{lot}/notices", json={}).status_code == 403


def test_another_agency_finds_every_door_shut(results: Results, served: Flask) -> None:
    results.to_published()
    with results.scene.house.database.writing() as session:
        now = clock.legal_now(session)
        other = identity.register_organisation(
            session,
            credit_code=with_check_character("9133030014666666W"),
            name="别家招标代理有限公司",
            account=None,
            now=now,
        )
        person = identity.add_person(
            session, login="agency9", name="外人", password_hash=None, demo=True, now=now
        )
        identity.join(session, person_id=person, organisation_id=other, role=Role.AGENCY, now=now)
    client, headers = logged_in(served, "agency9")
    lot = f"/lots/{results.lot_id}"
    assert told(client.get(f"/tenders/lots/{results.lot_id}/results", headers=JSON))["code"] == (
        "TEN-1004"
    )
    given = {"confirmation": "归档"}
    assert told(client.post(f"{lot}/archive", json=given, headers=headers))["code"] == "TEN-1004"
    assert told(client.post(f"{lot}/notices", json={}, headers=headers))["code"] == "TEN-1004"
    assert told(client.post(f"{lot}/settlement", json={}, headers=headers))["code"] == "TEN-1004"


def test_papers_go_to_whom_they_are_addressed(results: Results, served: Flask) -> None:
    results.to_awarded()
    results.issue()
    lot = f"/lots/{results.lot_id}"
    assert told(served.test_client().get(f"{lot}/notices/result.pdf", headers=JSON))["code"] == (
        "RES-1010"
    )
    results.write_pdfs()
    visitor = served.test_client()
    assert visitor.get(f"{lot}/notices/result.pdf").data[:5] == b"%PDF-"
    assert visitor.get(f"{lot}/notices/candidates.pdf").status_code == 200
    assert told(visitor.get(f"{lot}/notices/award.pdf", headers=JSON))["code"] == "RES-1002"
    winner, _ = a_bidder(results, served, results.scene.bidders[0])
    loser, _ = a_bidder(results, served, results.scene.bidders[1])
    assert winner.get(f"{lot}/notices/award.pdf").status_code == 200
    assert winner.get(f"{lot}/notices/outcome-2.pdf").status_code == 403
    assert loser.get(f"{lot}/notices/award.pdf").status_code == 403
    assert loser.get(f"{lot}/notices/outcome-2.pdf").status_code == 200
    assert loser.get(f"{lot}/notices/outcome-3.pdf").status_code == 403
    assert loser.get(f"{lot}/notices/outcome-9.pdf").status_code == 404
    supervisor, _ = logged_in(served, "supervisor1")
    assert supervisor.get(f"{lot}/notices/outcome-3.pdf").status_code == 200


def test_an_objection_by_form_and_by_script(results: Results, served: Flask) -> None:
    results.to_published()
    path = f"/lots/{results.lot_id}/objections"
    first, headers = a_bidder(results, served, results.scene.bidders[1])
    given = first.post(path, json={"text": "工期不符。"}, headers=headers)
    assert given.status_code == 200
    form = {
        "text": "另有依据。",
        "file": (io.BytesIO(b"%PDF-1.7 x"), "C:\\我的\\依据.pdf"),
        "csrf_token": headers["X-CSRF-Token"],
    }
    posted = first.post(path, data=form)
    assert posted.status_code == 303
    agency, more = logged_in(served, "agency1")
    desk = agency.get(f"/tenders/lots/{results.lot_id}/results").text
    assert "答复异议" in desk
    assert "依据.pdf" in desk
    answered = agency.post(
        f"{path}/{told(given)['id']}/answer", json={"text": "不成立。"}, headers=more
    )
    assert answered.status_code == 200


def test_the_contract_comes_as_a_form_with_its_paper(results: Results, served: Flask) -> None:
    results.to_awarded()
    results.issue()
    agency, headers = logged_in(served, "agency1")
    path = f"/lots/{results.lot_id}/contract"
    form = {"number": "HT-1", "amount": "3,980,000.00", "signed_on": results.today().isoformat()}
    bare = agency.post(path, data=form, headers=headers, content_type="multipart/form-data")
    assert told(bare)["code"] == "RES-1009"
    full = {**form, "file": (io.BytesIO(CONTRACT), "合同.pdf")}
    assert agency.post(path, data=full, headers=headers).status_code == 200
    assert results.stage() == "contract_signed"
    desk = agency.get(f"/tenders/lots/{results.lot_id}/results").text
    assert "提出退还" in desk
    assert served.test_client().get(f"{path}.pdf").status_code == 403
    assert agency.get(f"{path}.pdf").data == CONTRACT


def test_every_page_of_the_way_renders(results: Results, served: Flask) -> None:
    agency, _ = logged_in(served, "agency1")
    tenderee, _ = logged_in(served, "tenderee1")
    desk = f"/tenders/lots/{results.lot_id}/results"

    def look() -> None:
        for client in (agency, tenderee):
            assert client.get(desk).status_code == 200
            assert len(told(client.get(f"{desk}/state"))["revision"]) == 16
        assert served.test_client().get(f"/lots/{results.lot_id}/results").status_code == 200

    look()
    look()
    results.receive()
    look()
    results.publish()
    results.scene.go_to(results.publicity_ends())
    look()
    results.award()
    look()
    results.issue()
    look()
    results.contract()
    look()


def test_a_bidder_of_a_failed_lot_sees_its_deposit_go_back(results: Results, served: Flask) -> None:
    tell(results, failed(results))
    assert results.stage() == "opened"
    move(results, LotStage.EVALUATING)
    tell(results, failed(results))
    mine, _ = a_bidder(results, served, results.scene.bidders[0])
    page = mine.get(f"/lots/{results.lot_id}/results").text
    assert "我的保证金" in page
    assert "没有产生中标候选人" in page
    assert "我的保证金" not in served.test_client().get(f"/lots/{results.lot_id}/results").text

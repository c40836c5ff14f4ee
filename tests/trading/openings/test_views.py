"""The hall over HTTP: what each role is offered, what nobody is told, refusals with their code."""

import hashlib
import json
import os
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import clock
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Role
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import Bidder, Scene
from trading.app import create_app
from trading.bids import tickets
from trading.openings import commands as c

JSON = {"Accept": "application/json"}


@pytest.fixture
def served(scene: Scene) -> Flask:
    """The application on the scene's own installation."""
    return create_app(scene.house.settings)


def told(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return answer.get_json()


def logged_in(app: Flask, login: str) -> tuple[FlaskClient, dict[str, str]]:
    """A browser of `login`, and the headers of its acts."""
    client = app.test_client()
    answer = client.post("/login/demo", data={"login": login}, headers=JSON)
    assert answer.status_code == 200
    return client, {**JSON, "X-CSRF-Token": told(answer)["csrf_token"]}


def ticketed(
    scene: Scene, client: FlaskClient, bidder: Bidder, path: str, body: Any
) -> TestResponse:
    """A POST under the bidder's ticket, signed as the browser does, without cookies."""
    actor = bidder.actor(scene.lot.id)
    with scene.house.database.reading() as session:
        at = clock.clock_timestamp(session)
    ticket, _ = tickets.issue(
        scene.house.keys, lot_id=scene.lot.id, public_key=actor.public_key, now=at
    )
    raw, stamp = json.dumps(body).encode(), str(int(at.timestamp()))
    message = "\n".join(("POST", path, hashlib.sha256(raw).hexdigest(), stamp)).encode()
    signature = sign_p256(bidder.sealed.signer, message).hex()
    return client.post(
        path,
        data=raw,
        content_type="application/json",
        headers={
            **JSON,
            "Authorization": f"Ticket {ticket}",
            "X-Signature": f"{stamp}.{signature}",
        },
    )


def test_before_the_list_no_page_names_or_counts(scene: Scene, served: Flask) -> None:
    hall = f"/lots/{scene.lot.id}/hall"
    before = told(served.test_client().get(f"{hall}/state"))
    scene.bid_all()
    assert told(served.test_client().get(f"{hall}/state")).keys() == before.keys()
    assert told(served.test_client().get(f"{hall}/state"))["last_seq"] == before["last_seq"]
    scene.go_to(scene.lot.deadline)
    pages = [served.test_client().get(path).text for path in (hall, f"{hall}/state")]
    agency, _ = logged_in(served, "agency1")
    pages.append(agency.get(f"{hall}/host").text)
    for page in pages:
        for bidder in scene.bidders:
            assert bidder.name not in page
            assert bidder.credit_code not in page
        assert scene.bidders[0].actor(scene.lot.id).pseudonym not in page


def test_the_console_belongs_to_the_lots_own_host(scene: Scene, served: Flask) -> None:
    path = f"/lots/{scene.lot.id}/hall/host"
    assert served.test_client().get(path).status_code == 401
    supervisor, _ = logged_in(served, "supervisor1")
    assert supervisor.get(path).status_code == 403
    for login in ("agency1", "tenderee1"):
        host, _ = logged_in(served, login)
        assert host.get(path).status_code == 200


def test_an_act_needs_the_pages_token_and_its_stage(scene: Scene, served: Flask) -> None:
    host, headers = logged_in(served, "agency1")
    path = f"/lots/{scene.lot.id}/hall/acts"
    bare = host.post(path, json={"act": "close"}, headers=JSON)
    assert (bare.status_code, told(bare)["code"]) == (403, "WEB-1103")
    early = host.post(path, json={"act": "close"}, headers=headers)
    assert (early.status_code, told(early)["code"]) == (409, "OPN-1002")
    odd = host.post(path, json={"act": "open_now"}, headers=headers)
    assert (odd.status_code, told(odd)["code"]) == (400, "WEB-1004")


def test_trustees_see_their_request_only_after_the_close(scene: Scene, served: Flask) -> None:
    trustee, headers = logged_in(served, "trustee1")
    path = f"/lots/{scene.lot.id}/releases"
    assert told(trustee.get(f"{path}/request", headers=JSON))["code"] == "OPN-1209"
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    asked = told(trustee.get(f"{path}/request", headers=JSON))
    assert (asked["stage"], len(asked["envelopes"]), asked["mine"]) == ("list", 3, {})
    body = scene.body(Role.TRUSTEE, ReleaseStage.LIST)
    wrong = scene.body(
        Role.TRUSTEE,
        ReleaseStage.LIST,
        {scene.bidders[0].sealed.commitment: os.urandom(32)},
    )
    answer = trustee.post(path, json=wrong, headers=headers)
    assert (answer.status_code, told(answer)["code"]) == (422, "OPN-1203")
    assert trustee.post(path, json=body, headers=headers).status_code == 201
    assert trustee.post(path, json=body, headers=headers).status_code == 200
    assert told(trustee.get(f"{path}/request", headers=JSON))["mine"] == {"list": body}
    stranger, theirs = logged_in(served, "supervisor1")
    refused = stranger.post(path, json=body, headers=theirs)
    assert (refused.status_code, told(refused)["code"]) == (403, "OPN-1201")


def test_a_bidder_acts_under_ticket_alone(scene: Scene, served: Flask) -> None:
    scene.to_list()
    hall = f"/lots/{scene.lot.id}/hall"
    bidder, client = scene.bidders[0], served.test_client()
    body = {
        "commitment": bidder.sealed.commitment.hex(),
        "s_holder": os.urandom(32).hex(),
        "via": "bid_key",
    }
    wrong = ticketed(scene, client, bidder, f"{hall}/unlock", body)
    assert (wrong.status_code, told(wrong)["code"]) == (422, "OPN-2107")
    assert scene.kinds().count("bid_failed") == 1
    body["s_holder"] = bidder.sealed.s_holder.hex()
    right = ticketed(scene, client, bidder, f"{hall}/unlock", body)
    assert told(right) == {"seat": 1, "state": "unlocked"}
    agency, headers = logged_in(served, "agency1")
    assert agency.post(f"{hall}/unlock", json=body, headers=headers).status_code in {401, 403}


def test_the_record_is_public_once_it_is_issued(scene: Scene, served: Flask) -> None:
    client = served.test_client()
    paths = [f"/lots/{scene.lot.id}/record", f"/lots/{scene.lot.id}/bundle.zip"]
    for path in paths:
        assert told(client.get(path, headers=JSON))["code"] == "OPN-1702"
    scene.to_read_out()
    scene.act(c.ReadOut)
    for _ in range(2):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    kinds = [client.get(path).headers["Content-Type"] for path in paths]
    assert kinds == ["application/pdf", "application/zip"]


def test_every_cause_has_its_words(scene: Scene, served: Flask) -> None:
    page = served.test_client().get(f"/lots/{scene.lot.id}/hall/failures").text
    for code in ("OPN-2107", "OPN-2114", "OPN-2118"):
        assert code in page

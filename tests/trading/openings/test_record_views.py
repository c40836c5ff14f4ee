"""Objections, their files and the record's signatures over HTTP: sizes, names, roles, revisions."""

import hashlib
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import clock
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Role
from tests.trading.openings.test_objections import PDF, PNG, statement, to_closed
from tests.trading.openings.test_views import JSON, logged_in, ticketed, told
from tests.trading.openings.world import Bidder, Scene
from trading.app import create_app
from trading.bids import tickets


@pytest.fixture
def served(scene: Scene) -> Flask:
    """The application on the scene's own installation."""
    return create_app(scene.house.settings)


def upload(
    scene: Scene, client: FlaskClient, bidder: Bidder, name: str, content: bytes
) -> TestResponse:
    """A file under the bidder's ticket: the signature covers its bytes."""
    actor, path = bidder.actor(scene.lot.id), f"/lots/{scene.lot.id}/hall/attachments"
    with scene.house.database.reading() as session:
        at = clock.clock_timestamp(session)
    ticket, _ = tickets.issue(
        scene.house.keys, lot_id=scene.lot.id, public_key=actor.public_key, now=at
    )
    stamp = str(int(at.timestamp()))
    message = "\n".join(("POST", path, hashlib.sha256(content).hexdigest(), stamp)).encode()
    signature = sign_p256(bidder.sealed.signer, message).hex()
    headers = {
        **JSON,
        "Authorization": f"Ticket {ticket}",
        "X-Signature": f"{stamp}.{signature}",
    }
    return client.post(f"{path}?name={quote(name)}", data=content, headers=headers)


def test_files_come_under_ticket_and_leave_as_downloads(scene: Scene, served: Flask) -> None:
    scene.to_list()
    hall, first = f"/lots/{scene.lot.id}/hall", scene.bidders[0]
    client = served.test_client()
    large = PDF + b"\n" * (5 << 20) + b"%%EOF"
    proof = told(upload(scene, client, first, "图纸 1.pdf", large))
    assert proof["size"] == len(large)
    for name, content, code in (
        ("a.pdf", b"<script>", "OPN-1609"),
        ("../a.pdf", PDF, "OPN-1613"),
        ("a.pdf", PDF + bytes(11 << 20), "OPN-1608"),
    ):
        assert told(upload(scene, client, first, name, content))["code"] == code
    path = f"{hall}/attachments/{proof['sha256']}"
    assert told(client.get(path, headers=JSON))["code"] == "OPN-1612"
    signed = statement(scene, first, "图纸不符", attachments=[proof])
    body = {"statement": signed.statement.decode(), "signature": signed.signature.hex()}
    assert told(ticketed(scene, client, first, f"{hall}/objections", body)) == {"no": 1}
    got = client.get(path)
    assert got.data == large and got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    for odd in ("zz", "0" * 64, "%2e%2e"):
        assert told(client.get(f"{hall}/attachments/{odd}", headers=JSON))["code"] == "OPN-1612"
    agency, headers = logged_in(served, "agency1")
    kept = told(agency.post(f"{hall}/host/attachments?name=a.png", data=PNG, headers=headers))
    act = {"act": "answer_objection", "no": 1, "text": "已更正", "attachments": [kept]}
    assert agency.post(f"{hall}/acts", json=act, headers=headers).status_code == 200
    assert scene.payloads("objection_answered")[0]["attachments"][0]["name"] == "a.png"
    bare = agency.post(f"{hall}/host/attachments?name=a.png", data=PNG, headers=JSON)
    assert told(bare)["code"] == "WEB-1103"


def test_a_record_is_signed_over_http_and_every_revision_stays(scene: Scene, served: Flask) -> None:
    to_closed(scene)
    base = f"/lots/{scene.lot.id}/records/1"
    agency, headers = logged_in(served, "agency1")
    soft = scene.world.parties[Role.AGENCY].certificate
    chain = {"certificate_chain": [der.hex() for der in soft.chain]}
    stranger, theirs = logged_in(served, "supervisor1")
    assert stranger.post(f"{base}/prepare", json=chain, headers=theirs).status_code == 403
    assert served.test_client().post(f"{base}/prepare", json=chain).status_code == 401
    asked = told(agency.post(f"{base}/prepare", json=chain, headers=headers))
    signature = sign_p256(soft.private_key, bytes.fromhex(asked["attributes"])).hex()
    for body in (
        {"id": "no uuid", "signature": signature},
        {"id": asked["id"], "signature": "00"},
        {"id": asked["id"]},
    ):
        assert told(agency.post(f"{base}/sign", json=body, headers=headers))["code"] == "WEB-1004"
    body = {"id": asked["id"], "signature": signature}
    assert told(agency.post(f"{base}/sign", json=body, headers=headers)) == {"revision": 2}
    assert told(agency.post(f"{base}/sign", json=body, headers=headers)) == {"revision": 2}
    client = served.test_client()
    [record] = told(client.get(f"/lots/{scene.lot.id}/records"))["records"]
    assert [each["role"] for each in record["signed"]] == ["host"]
    assert [each["seat"] for each in record["unsigned"]] == [1, 2, 3]
    first, second = client.get(f"{base}/1").data, client.get(f"{base}/2").data
    assert client.get(base).data == client.get(f"/lots/{scene.lot.id}/record").data == second
    assert second.startswith(first) and len(second) > len(first)
    for gone in (f"{base}/3", f"/lots/{scene.lot.id}/records/2"):
        assert told(client.get(gone, headers=JSON))["code"] == "OPN-1702"

"""Doors of the sitting: a seat speaks under ticket, once a key; its socket follows with a pass."""

from flask import Flask

from kernel.pure.messages import ReleaseStage
from tests.trading.openings.test_views import JSON, logged_in, served, ticketed, told
from tests.trading.openings.world import Scene
from trading.sittings import queries as sittings

__all__ = ["served"]


def test_a_seat_speaks_and_follows_under_ticket(scene: Scene, served: Flask) -> None:
    hall = f"/lots/{scene.lot.id}/hall"
    client = served.test_client()
    with scene.house.database.reading() as session:
        line = f"/live/{sittings.of_lot(session, scene.lot.id).live_id}/pass"
    scene.bid_all()
    bidder, words = scene.bidders[0], {"text": "收到", "key": "k-1"}
    early = ticketed(scene, client, bidder, f"{hall}/seat/chat", words)
    assert (early.status_code, told(early)["code"]) == (409, "SIT-1101")
    assert told(ticketed(scene, client, bidder, line, {}))["code"] == "WEB-1104"
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    for _ in range(2):
        assert told(ticketed(scene, client, bidder, f"{hall}/seat/chat", words)) == {"no": 1}
    assert told(ticketed(scene, client, bidder, line, {})).keys() == {"pass"}
    page = client.get(f"{hall}", headers={"Accept": "text/html"}).text
    assert '"speaks": null' in page or '"speaks":null' in page


def test_officials_speak_by_cookie_and_the_public_reads(scene: Scene, served: Flask) -> None:
    scene.to_list()
    chat = f"/lots/{scene.lot.id}/hall/chat"
    supervisor, headers = logged_in(served, "supervisor1")
    spoken = {"text": "监督在场", "key": "k"}
    assert told(supervisor.post(chat, json=spoken, headers=headers)) == {"no": 1}
    bare = supervisor.post(chat, json=spoken, headers=JSON)
    assert (bare.status_code, told(bare)["code"]) == (403, "WEB-1103")
    for wrong in ({"text": "x" * 5000, "key": "k"}, {"text": "x"}, {"text": 1, "key": "k"}):
        refused = supervisor.post(chat, json=wrong, headers=headers)
        assert (refused.status_code, told(refused)["code"]) == (400, "WEB-1004")
    public = served.test_client()
    assert public.post(chat, json=spoken, headers=JSON).status_code == 401
    with scene.house.database.reading() as session:
        live_id = sittings.of_lot(session, scene.lot.id).live_id
    events = told(public.get(f"/live/{live_id}/events?after=0", headers=JSON))["events"]
    assert [event["payload"]["text"] for event in events] == ["监督在场"]

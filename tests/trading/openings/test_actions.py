"""A whole opening against real PostgreSQL with really sealed envelopes, and what can go wrong."""

from kernel.permissions import Role
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import PRICES, Scene


def bid_all(scene: Scene, count: int = 3) -> None:
    for bidder, price in zip(scene.bidders[:count], PRICES, strict=False):
        scene.bid(bidder, price)


def test_the_list_is_published_after_m_releases(scene: Scene) -> None:
    bid_all(scene)
    scene.go_to(scene.lot.deadline)
    assert scene.stage() == "deadline_lock"
    scene.release(Role.TENDEREE, ReleaseStage.LIST)
    scene.release(Role.AGENCY, ReleaseStage.LIST)
    scene.work()
    assert scene.stage() == "deadline_lock"
    scene.release(Role.CENTRE, ReleaseStage.LIST)
    scene.work()
    assert scene.stage() == "bidder_decryption"
    [listed] = scene.payloads("list_published")
    assert [bid["organisation"] for bid in listed["bids"]] == [b.name for b in scene.bidders[:3]]

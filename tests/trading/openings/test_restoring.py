"""A damaged or lost ciphertext is given back by its bidder, and only as it was logged."""

from io import BytesIO

import pytest

from kernel import clock
from kernel.crypto import single_file
from kernel.house import Call
from kernel.pure.errors import Refused
from kernel.pure.header import PartName
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.test_rescue import of
from tests.trading.openings.world import Bidder, Scene
from trading.bids import backup
from trading.bids import queries as bids
from trading.openings import commands as c
from trading.openings import restoring


def exported(scene: Scene, bidder: Bidder) -> bytes:
    with scene.house.database.reading() as session:
        rows = bids.live_envelopes(session, scene.lot.id)
        row = next(each for each in rows if each.commitment == bidder.sealed.commitment)
        return b"".join(backup.written(session, scene.house.blobs, row))


def hand_in(scene: Scene, bidder: Bidder, file: bytes) -> tuple[str, ...]:
    with scene.house.database.writing() as session:
        actor = of(scene, bidder)
        call = Call(session, actor, clock.legal_now(session), scene.house)
        return restoring.restore(call, scene.lot.id, BytesIO(file), actor=actor)


def code_of(scene: Scene, bidder: Bidder, file: bytes) -> str:
    with pytest.raises(Refused) as caught:
        hand_in(scene, bidder, file)
    return caught.value.code


def damage(scene: Scene, bidder: Bidder, *, gone: bool) -> None:
    with scene.house.database.reading() as session:
        rows = bids.live_envelopes(session, scene.lot.id)
        row = next(each for each in rows if each.commitment == bidder.sealed.commitment)
        key = bids.part_blobs(session, row.id)[PartName.OPENING]
    if gone:
        scene.house.blobs.delete(key)
    else:
        path = scene.house.blobs._path(key)
        path.write_bytes(bytes(8) + path.read_bytes()[8:])


def test_what_our_disk_lost_comes_back_from_the_bidders_file(scene: Scene) -> None:
    scene.bid_all()
    hurt, lost, other = scene.bidders[:3]
    files = {b.name: exported(scene, b) for b in (hurt, lost, other)}
    scene.go_to(scene.lot.deadline)
    # Before the list nobody has a seat to restore.
    assert code_of(scene, hurt, files[hurt.name]) == "OPN-1301"
    scene.release_all(ReleaseStage.LIST)
    damage(scene, hurt, gone=False)
    damage(scene, lost, gone=True)
    own = files[hurt.name]
    flipped = own[:-1] + bytes([own[-1] ^ 1])
    tail = len(single_file.head(hurt.sealed.raw, hurt.sealed.signature))
    for code, file in (
        ("BID-1419", files[other.name]),
        ("ENV-1302", flipped),
        ("ENV-1301", own[:-1]),
        ("ENV-1301", own + b"x"),
        ("ENV-1301", b"%PDF" + own),
        ("ENV-1301", own[:20]),
        ("ENV-1006", own[: tail - 1] + bytes([own[tail - 1] ^ 1]) + own[tail:]),
    ):
        assert code_of(scene, hurt, file) == code
    assert hand_in(scene, other, files[other.name]) == ()
    assert hand_in(scene, hurt, own) == ("opening",)
    assert hand_in(scene, lost, files[lost.name]) == ("opening",)
    assert [told["parts"] for told in scene.payloads("bytes_restored")] == [["opening"]] * 2
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(ReleaseStage.OPEN)
    scene.sign_openings()
    scene.act(c.ReadOut)
    assert len(scene.payloads("bid_read_out")) == 3
    assert code_of(scene, hurt, own) == "OPN-1002"


def test_a_lost_file_without_a_backup_is_never_the_bidders_fault(scene: Scene) -> None:
    scene.to_list()
    damage(scene, scene.bidders[0], gone=True)
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(ReleaseStage.OPEN)
    [failed] = scene.payloads("bid_failed")
    assert (failed["code"], failed["fault"]) == ("OPN-2118", "other")

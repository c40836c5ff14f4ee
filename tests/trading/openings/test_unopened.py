"""A listed bid that was never decrypted still puts its part into the lot's draws."""

from kernel.pure.envelope import draw_part
from tests.trading.openings.world import Scene
from trading.results import handover
from trading.tenders import queries as tenders


def test_who_does_not_decrypt_stays_in_the_draws(scene: Scene) -> None:
    silent = scene.bidders[3]
    scene.to_read_out(silent, count=4)
    for _ in range(3):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    with scene.house.database.writing() as session:
        lot = tenders.lot_row(session, scene.lot.id)
        dossier = handover.dossier(session, scene.house.keys, lot)
    assert len(dossier.bids) == 3
    assert dict(dossier.unopened) == {silent.sealed.commitment: draw_part(silent.sealed.s_open)}

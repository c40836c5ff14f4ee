"""主持词: every station of a running opening has words, and they fit what may be broadcast."""

from tests.trading.openings.world import Scene
from trading.openings.script import script, words
from trading.openings.states import FINISHED, ORDER


def test_each_station_has_words_that_can_be_broadcast(scene: Scene) -> None:
    told = script(scene.lot, "0000-8800 1234")
    assert [stage for stage, _ in told] == [s.value for s in ORDER if s not in FINISHED]
    assert words().keys() == {stage for stage, _ in told}
    assert all(text and len(text) <= 500 and "{" not in text for _, text in told)
    assert "0000-8800 1234" in dict(told)["bidder_decryption"]
    assert scene.lot.name in dict(told)["waiting"]

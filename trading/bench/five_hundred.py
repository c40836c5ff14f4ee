"""500 bids opened, verified and read out, a tenth of the bidders absent: the server's own time.

The bids are really sealed and handed in before the clock starts. Timed is what platform and worker
do from the close to the last price read: releases, list, decryption, unsealing, checks, read-out.
What trustees, bidders and host do on their own machines is not.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import migrations
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.house import House
from kernel.ids import new_id
from kernel.permissions import Role
from kernel.pure.messages import ReleaseStage
from kernel.settings import Settings
from tests.trading.openings import world
from trading.openings import commands

BIDS, FEW = 500, 125
LIMIT = 60
TRUSTEES = (Role.TENDEREE, Role.AGENCY, Role.CENTRE)


def measure(bench: Bench) -> list[Figure]:
    """Wall and processor seconds for 500 bids, beside four times those of 125."""
    few_wall, few_own, _, _ = _opened(bench, FEW)
    wall, own, read, failed = _opened(bench, BIDS)
    below = Bar(Side.AT_MOST, LIMIT, on_ratio=False)
    name = f"{BIDS} bids opened, verified and read out"
    absent = BIDS // 10
    return [
        Figure(name, wall, "s", below, f"4 × {FEW} bids", few_wall * BIDS / FEW),
        Figure(f"{name}: processor", own, "s", below, f"4 × {FEW} bids", few_own * BIDS / FEW),
        Figure("read out", read, "", Bar(Side.AT_LEAST, BIDS - absent, on_ratio=False)),
        Figure(
            "absent, told with their cause", failed, "", Bar(Side.AT_LEAST, absent, on_ratio=False)
        ),
    ]


class Watch:
    """Adds up wall and processor seconds of what it is given."""

    def __init__(self) -> None:
        self.wall = self.own = 0.0

    def time(self, act: Callable[[], object]) -> None:
        """Do something, timed."""
        wall, own = time.perf_counter(), time.process_time()
        act()
        self.wall += time.perf_counter() - wall
        self.own += time.process_time() - own


def _opened(bench: Bench, count: int) -> tuple[float, float, int, int]:
    scene, watch = _scene(bench, count), Watch()
    for number, bidder in enumerate(scene.bidders):
        scene.bid(bidder, 398_000_000 + number)
    watch.time(lambda: scene.go_to(scene.lot.deadline))
    _release(scene, watch, ReleaseStage.LIST)
    for bidder in scene.bidders[count // 10 :]:
        watch.time(partial(scene.unlock, bidder))
    watch.time(scene.shut_window)
    _release(scene, watch, ReleaseStage.OPEN)
    watch.time(scene.sign_openings)
    watch.time(lambda: scene.act(lambda by: commands.ReadOut(by, ())))
    kinds = scene.kinds()
    final = [told for told in scene.payloads("bid_failed") if told["final"]]
    scene.house.database.dispose()
    return watch.wall, watch.own, kinds.count("bid_read_out"), len(final)


def _release(scene: world.Scene, watch: Watch, stage: ReleaseStage) -> None:
    for role in TRUSTEES:
        body = scene.body(role, stage)
        watch.time(partial(scene.release, role, stage, body=body))
    watch.time(scene.work)


def _scene(bench: Bench, count: int) -> world.Scene:
    name = f"opening_{new_id().hex[:8]}"
    postgres.create_database(bench.server.url(), name)
    url = postgres.beside(bench.server.url(), name)
    migrations.upgrade(url)
    house = House.open(Settings(database_url=url, state_dir=bench.work / name), pool_size=4)
    with house.database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    companies = tuple((f"91330300{n:09d}", f"第{n:03d}投标有限公司") for n in range(count))
    return world.set_scene(house, companies=companies)

"""A run with its officials: the same requests at the same moments, whoever bids meanwhile."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from kernel.identity.tokens import csrf_token
from tests.faults import crawler, money
from tests.faults.bidding import BIDDERS, Bidding
from tests.faults.crawler import Site
from tests.faults.fork import Run
from tests.faults.places import Piece
from tests.faults.watcher import Watcher
from tests.faults.world import until
from trading import worker

# Login and role. The last bids nowhere: a competitor is told no more than the public.
OFFICIALS = {
    "agency": "agency",
    "tenderee": "tenderee",
    "centre": "centre",
    "finance": "centre",
    "supervisor": "supervisor",
    "trustee": "trustee",
    "bank": "bank",
    "expert-1": "expert",
    "bidder-11": "bidder",
}
LOGS = ("web.log", "upload.log", "listener.log", "worker.log", "cosigner.log", "stamping.log")
NEAR = timedelta(minutes=5)
STATEMENTS = "reconciliation.day_by_day"
NOT_TOLD = (
    "SELECT bank_id FROM feed WHERE complete_until <"
    " date_trunc('day', legal_now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'"
)
FIRST, SECOND = "the evening before", "five minutes before"


def site_of(run: Run) -> Site:
    """Where the officials ask."""
    world, lot = run.world, run.lot
    settings = world.installation.settings
    tokens = {login: cookie.partition("=")[2] for login, cookie in run.cookies.items()}
    return Site(
        url=settings.public_url,
        upload_url=settings.upload_url,
        cookies=run.cookies,
        csrf={login: csrf_token(token) for login, token in tokens.items()},
        roles=OFFICIALS,
        values=crawler.values(world.rows, str(lot), str(world.live_id(lot))),
    )


class Telling:
    """All that a run tells anybody but its bidders, kept place by place."""

    def __init__(self, run: Run) -> None:
        self.run, self.site = run, site_of(run)
        self.pieces: list[Piece] = []
        self._begun = {path.name: path.stat().st_size for path in self._logs()}
        self._watchers = {
            login: Watcher(
                self.site.url, run.world.live_id(run.lot), cookie=run.cookies.get(login, "")
            )
            for login in (crawler.PUBLIC, "supervisor")
        }
        # Who is here, and what is said, belongs to the sitting.
        self._watchers["the sitting"] = Watcher(
            self.site.url, run.world.sitting_id(run.lot), cookie=run.cookies["supervisor"]
        )

    def live(self, bidding: Bidding | None) -> None:
        """The evening and the morning of a tender, with bidders or without any."""
        self._visit()
        if bidding is not None:
            bidding.hand_in()
            money.go_astray(self.run.world.installation.settings)
        self.pieces += crawler.look(self.site, FIRST)
        self.run.go(self.run.world.deadline(self.run.lot) - NEAR)
        self._fetch_statements()
        if bidding is not None:
            bidding.change()
        self.pieces += crawler.look_everywhere(self.site, SECOND)
        self.pieces += crawler.act(self.site, SECOND)
        self.pieces += self.aside()

    def aside(self) -> list[Piece]:
        """What is told without being asked for: frames, log lines, the growth of the log."""
        return [*self._frames(), *self._lines(), self._growth()]

    def stop(self) -> None:
        """Leave the sockets."""
        for watcher in self._watchers.values():
            watcher.stop()

    def _visit(self) -> None:
        """All ten are here in either run: that somebody logs in and reads is no secret."""
        for login in BIDDERS:
            self.run.world.puppets.ask("self", **{"as": login, "lot": str(self.run.lot)})

    def _fetch_statements(self) -> None:
        """The bank's day is over and told to its end: what the worker does each minute, now."""
        until(lambda: self.run.world.rows(NOT_TOLD) == [], "the bank's word on its day")
        [tick] = [tick for tick in worker.ticks() if tick.name == STATEMENTS]
        worker.run_tick(self.run.world.house, tick)

    def _frames(self) -> list[Piece]:
        return [
            Piece("frame", f"frames to {login}", "\n".join(watcher.frames).encode())
            for login, watcher in self._watchers.items()
        ]

    def _lines(self) -> list[Piece]:
        """What the logs have gained since the processes were up."""
        return [
            Piece("lines", f"lines of {path.name}", path.read_bytes()[self._begun[path.name] :])
            for path in self._logs()
        ]

    def _logs(self) -> list[Path]:
        return [self.run.world.installation.state_dir / "logs" / name for name in LOGS]

    def _growth(self) -> Piece:
        """By how much the log has grown from checkpoint to checkpoint; equal steps told once."""
        sizes = [size for (size,) in self.run.world.rows("SELECT size FROM checkpoint ORDER BY 1")]
        steps = [new - old for old, new in pairwise(sizes)]
        told = [step for before, step in pairwise([0, *steps]) if step != before]
        return Piece("growth", "growth of the log", repr(told).encode())

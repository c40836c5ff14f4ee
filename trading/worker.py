"""The worker process: due work, the log's sequencer, deliveries. APScheduler is only its ticker.

One worker leads under an advisory lock; a standby waits for it and takes over.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from escrow import features as escrow_features
from evaluation import features as evaluation_features
from kernel import jobs, log, outbox, scripts, witnessing
from kernel.clock import legal_now
from kernel.faults import described
from kernel.house import Call, House
from kernel.permissions import System
from kernel.settings import Settings
from trading import features

LOG = logging.getLogger("sunbid.worker")
JOBS = (*escrow_features.JOBS, *evaluation_features.JOBS, *features.JOBS)
LEADER_LOCK = 7_260_001
TICK = 1.0
FAST_TICK = 0.2
# What the log's pace and its ticks' size depend on: public deadlines and nothing else.
DEADLINE = "opening.lock"
NEAR_SECONDS = 10
BUSY_SECONDS = 600


def handlers() -> dict[str, jobs.Handler]:
    """Every kind of due work, events' deliveries included."""
    table: dict[str, jobs.Handler] = {}
    for group in JOBS:
        table.update(group.handlers)
    for subscription in features.SUBSCRIPTIONS:
        table[f"event.{subscription.name}"] = partial(_deliver, subscription)
    return table


def ticks() -> tuple[jobs.TickWork, ...]:
    """Everything that runs every few seconds."""
    return tuple(tick for group in JOBS for tick in group.ticks)


def drain(house: House) -> int:
    """Deliver new events and do what is due; returns how many pieces were finished."""
    with house.database.writing() as session:
        outbox.fan_out(session, features.SUBSCRIPTIONS)
    return jobs.drain(house, handlers())


def sequence(house: House) -> None:
    """Number what waits for the log."""
    with house.database.writing() as session:
        busy = jobs.due_within(session, DEADLINE, BUSY_SECONDS)
        log.sequence(session, house.keys, busy=busy)


def witness(house: House, *, routine: bool = True) -> None:
    """Have the log's newest checkpoint, and every close, cosigned and stamped."""
    witnessing.turn(house, routine=routine)


def run_tick(house: House, tick: jobs.TickWork) -> None:
    """One turn of periodic work, in its own transaction."""
    with house.database.writing() as session:
        tick.run(Call(session, System(tick.name), legal_now(session), house))


def _deliver(subscription: outbox.Subscription, call: Call, payload: dict[str, object]) -> None:
    subscription.handler(call, outbox.restore(subscription.event, payload))


def lead(house: House, stop: threading.Event) -> None:
    """Wait for the leader's lock, then tick until told to stop."""
    with psycopg.connect(house.database.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LEADER_LOCK,))
        connection.execute("LISTEN due")
        scheduler = BackgroundScheduler()
        for tick in ticks():
            scheduler.add_job(
                partial(_safely, partial(run_tick, house, tick)),
                "interval",
                seconds=tick.seconds,
                max_instances=1,
            )
        scheduler.start()
        sequencer = threading.Thread(target=_sequence_for_ever, args=(house, stop), daemon=True)
        sequencer.start()
        closed = threading.Event()
        threading.Thread(target=_witness_for_ever, args=(house, stop, closed), daemon=True).start()
        _safely(partial(scripts.publish, house))
        LOG.info("leading with %d kinds of work", len(handlers()))
        while not stop.is_set():
            _safely(partial(drain, house))
            closed.set()
            for _ in connection.notifies(timeout=0.5, stop_after=1):
                pass
        scheduler.shutdown(wait=False)


def _sequence_for_ever(house: House, stop: threading.Event) -> None:
    while not stop.is_set():
        _safely(partial(sequence, house))
        stop.wait(_pace(house))


def _witness_for_ever(house: House, stop: threading.Event, closed: threading.Event) -> None:
    """Once a tick whatever happened, so that it says nothing; a close does not wait its turn."""
    due = 0.0
    while not stop.is_set():
        routine = time.monotonic() >= due
        if routine:
            due = time.monotonic() + TICK
        _safely(partial(_witness_due, house, routine=routine))
        closed.clear()
        closed.wait(max(due - time.monotonic(), 0))


def _witness_due(house: House, *, routine: bool) -> None:
    if routine or witnessing.is_wanted(house):
        witness(house, routine=routine)


def _pace(house: House) -> float:
    with house.database.reading() as session:
        return FAST_TICK if jobs.due_within(session, DEADLINE, NEAR_SECONDS) else TICK


def _safely(work: Callable[[], object]) -> None:
    """A fault in one turn is recorded; the next turn comes all the same."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the next turn must come
        LOG.error("a turn of the worker failed\n%s", described(error))


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    lead(House.open(Settings.from_env()), stop)


if __name__ == "__main__":
    main()

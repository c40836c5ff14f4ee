"""Facts told to others: with the change or not at all, each handler once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kernel import jobs, outbox
from kernel.db import Database
from kernel.house import Call, House
from kernel.ids import new_id
from kernel.outbox import Subscription
from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Happened:
    id: UUID
    lot_id: UUID
    at: datetime
    amount_fen: int
    note: str | None


def test_subscribers_hear_each_event_once_as_it_was_recorded(
    database: Database, tmp_path: Path
) -> None:
    house = House.open(Settings(database_url=database.url, state_dir=tmp_path), pool_size=0)
    heard: list[Any] = []

    def hear(_call: Call, event: Happened) -> None:
        heard.append(event)

    subscription = Subscription(Happened, "test.hear", hear)
    event = Happened(new_id(), new_id(), datetime.now(UTC), 5, None)
    with database.writing() as session:
        outbox.record(session, event)
    for _ in range(2):
        with database.writing() as session:
            outbox.fan_out(session, (subscription,))
        jobs.drain(house, {"event.test.hear": partial(_deliver, subscription)})
    assert heard == [event]


def test_an_event_of_a_failed_action_is_never_heard(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        outbox.record(session, Happened(new_id(), new_id(), datetime.now(UTC), 5, None))
        raise ZeroDivisionError
    with database.writing() as session:
        assert outbox.fan_out(session, ()) == 0


def _deliver(subscription: Subscription, call: Call, payload: dict[str, Any]) -> None:
    subscription.handler(call, outbox.restore(subscription.event, payload))

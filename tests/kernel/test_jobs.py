"""Due work: once, not early, again after a fault, never after a refusal."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from kernel import jobs
from kernel.clock import legal_now, shift
from kernel.db import Database
from kernel.house import Call, House
from kernel.jobs import DueWork, WorkState
from kernel.pure.errors import Refused
from kernel.settings import Settings


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House.open(Settings(database_url=database.url, state_dir=tmp_path), pool_size=0)


def plan(house: House, *, key: str = "one", seconds: float = 0) -> None:
    with house.database.writing() as session:
        due = legal_now(session) + timedelta(seconds=seconds)
        jobs.schedule(session, kind="test", key=key, due_at=due, payload={"key": key})


def state(house: House, key: str = "one") -> DueWork:
    with house.database.reading() as session:
        return session.scalars(select(DueWork).where(DueWork.key == key)).one()


class Recorder:
    """A handler that remembers what it was given and may fail first."""

    def __init__(self, *faults: Exception) -> None:
        self.calls: list[dict[str, Any]] = []
        self.faults = list(faults)

    def __call__(self, call: Call, payload: dict[str, Any]) -> None:
        call.session.execute(text("CREATE TABLE IF NOT EXISTS effect (key text)"))
        call.session.execute(text("INSERT INTO effect VALUES (:key)"), payload)
        if self.faults:
            raise self.faults.pop(0)
        self.calls.append(payload)


def effects(house: House) -> int:
    with house.database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM effect")) or 0


def test_work_runs_once_even_when_asked_for_twice(house: House) -> None:
    plan(house)
    plan(house)
    recorder = Recorder()
    assert jobs.drain(house, {"test": recorder}) == 1
    assert jobs.drain(house, {"test": recorder}) == 0
    assert recorder.calls == [{"key": "one"}]
    assert state(house).state is WorkState.DONE


def test_work_waits_for_legal_time_not_for_wall_time(house: House) -> None:
    plan(house, seconds=3600)
    recorder = Recorder()
    assert jobs.drain(house, {"test": recorder}) == 0
    with house.database.writing() as session:
        shift(session, timedelta(hours=2))
    assert jobs.drain(house, {"test": recorder}) == 1


def test_a_fault_undoes_the_effect_and_comes_back_later(house: House) -> None:
    plan(house)
    recorder = Recorder(RuntimeError("the disk is full"))
    jobs.drain(house, {"test": recorder})
    work = state(house)
    assert (work.state, work.attempts) == (WorkState.WAITING, 1)
    with house.database.writing() as session:
        session.execute(text("UPDATE due_work SET retry_at = clock_timestamp()"))
    jobs.drain(house, {"test": recorder})
    assert recorder.calls == [{"key": "one"}]
    assert effects(house) == 1


def test_a_refusal_is_kept_with_its_code_and_not_repeated(house: House) -> None:
    plan(house)
    recorder = Recorder(Refused("WEB-1001"))
    jobs.drain(house, {"test": recorder})
    work = state(house)
    assert (work.state, work.refused_code) == (WorkState.REFUSED, "WEB-1001")
    assert jobs.drain(house, {"test": recorder}) == 0


def test_one_failing_piece_does_not_hold_up_the_others(house: House) -> None:
    plan(house, key="one")
    plan(house, key="two", seconds=-1)
    recorder = Recorder(RuntimeError("first one fails"))
    jobs.drain(house, {"test": recorder})
    assert recorder.calls == [{"key": "one"}]


def test_cancelled_work_is_not_done(house: House) -> None:
    plan(house)
    with house.database.writing() as session:
        jobs.cancel(session, kind="test", key="one")
    assert jobs.drain(house, {"test": Recorder()}) == 0
    assert state(house).state is WorkState.CANCELLED

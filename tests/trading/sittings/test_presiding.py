"""One person presides: named or first to act, relieved by the deputy, told to every lot."""

import importlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kernel import clock
from kernel.identity import actions as identity
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from tests.trading.openings.world import Scene
from trading.openings import actions, commands, presiding
from trading.openings.presiding import Named
from trading.openings.states import Party
from trading.sittings import queries as sittings

WHY = "主持人电脑断线"


def colleague(scene: Scene, name: str = "高远") -> Account:
    """Another person of the agency."""
    of = scene.host()
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        login = f"agency-{uuid4().hex[:6]}"
        person = identity.add_person(
            session, login=login, name=name, password_hash=None, demo=True, now=now
        )
        identity.join(
            session, person_id=person, organisation_id=of.organisation_id, role=of.role, now=now
        )
    return replace(of, person_id=person, person_name=name)


def act(scene: Scene, actor: Account, wish: commands.Wish) -> None:
    with scene.house.database.writing() as session:
        actions.act(session, scene.lot.id, wish, actor=actor, now=clock.legal_now(session))


def named(scene: Scene, actor: Account, host: UUID, deputy: UUID | None) -> None:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        presiding.name(session, scene.lot.id, Named(host, deputy), actor=actor, now=now)


def take_over(scene: Scene, actor: Account, reason: str = WHY) -> None:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        presiding.take_over(session, scene.lot.id, reason, actor=actor, now=now)


def view(scene: Scene) -> sittings.SittingView:
    with scene.house.database.reading() as session:
        return sittings.of_lot(session, scene.lot.id)


def announce(by: Party) -> commands.Announce:
    return commands.Announce(by, "请保持安静")


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_the_first_who_acts_is_host_and_the_others_watch(scene: Scene) -> None:
    other = colleague(scene)
    act(scene, scene.host(), announce)
    acting = view(scene).chair.acting
    assert acting is not None
    assert acting.person_id == scene.host().person_id
    with pytest.raises(Refused) as refused:
        act(scene, other, announce)
    assert (code_of(refused), refused.value.facts["host"]) == ("SIT-1001", acting.name)
    with pytest.raises(Refused) as refused:
        act(scene, scene.world.account(Role.TENDEREE), lambda by: commands.Pause(by, WHY))
    assert code_of(refused) == "SIT-1001"
    # The supervisor's order is no host's act.
    act(scene, scene.world.account(Role.SUPERVISOR), lambda by: commands.Pause(by, WHY))


def test_a_refused_act_makes_nobody_host(scene: Scene) -> None:
    with pytest.raises(Refused):
        act(scene, scene.host(), commands.StartDecryption)
    assert view(scene).chair.acting is None


def test_the_deputy_takes_over_and_the_host_comes_back(scene: Scene) -> None:
    host, deputy, third = scene.host(), colleague(scene), colleague(scene, "林一舟")
    named(scene, third, host.person_id, deputy.person_id)
    with pytest.raises(Refused) as refused:
        act(scene, deputy, announce)
    assert code_of(refused) == "SIT-1001"
    with pytest.raises(Refused) as refused:
        take_over(scene, third)
    assert code_of(refused) == "SIT-1004"
    with pytest.raises(Refused) as refused:
        take_over(scene, deputy, " ")
    assert code_of(refused) == "OPN-1801"
    take_over(scene, deputy)
    take_over(scene, deputy)
    act(scene, deputy, announce)
    with pytest.raises(Refused) as refused:
        act(scene, host, announce)
    assert refused.value.facts["host"] == deputy.person_name
    take_over(scene, host, "网络恢复")
    act(scene, host, announce)
    told = scene.payloads("host_changed")
    assert [(each["from"]["name"], each["to"]["name"]) for each in told] == [
        (host.person_name, deputy.person_name),
        (deputy.person_name, host.person_name),
    ]
    assert told[0]["by"] == deputy.person_name
    assert WHY in told[0]["say"]


def test_without_a_deputy_a_colleague_can_go_on(scene: Scene) -> None:
    act(scene, scene.host(), announce)
    other = colleague(scene)
    take_over(scene, other)
    chair = view(scene).chair
    assert chair.deputy is not None
    assert chair.acting == chair.deputy
    assert chair.deputy.person_id == other.person_id


def test_nobody_but_the_hosts_side_names_or_takes_over(scene: Scene) -> None:
    watcher = scene.world.account(Role.SUPERVISOR)
    with pytest.raises(Refused) as refused:
        take_over(scene, watcher)
    assert code_of(refused) == "OPN-1001"
    with pytest.raises(Refused) as refused:
        named(scene, watcher, scene.host().person_id, None)
    assert code_of(refused) == "OPN-1001"
    with pytest.raises(Refused) as refused:
        named(scene, scene.host(), watcher.person_id, None)
    assert code_of(refused) == "SIT-1005"
    me = scene.host().person_id
    with pytest.raises(Refused) as refused:
        named(scene, scene.host(), me, me)
    assert code_of(refused) == "SIT-1003"


def test_once_begun_only_the_host_changes_the_deputy(scene: Scene) -> None:
    host, deputy, third = scene.host(), colleague(scene), colleague(scene, "林一舟")
    named(scene, third, host.person_id, deputy.person_id)
    scene.go_to(scene.lot.deadline - timedelta(minutes=scene.lot.minutes.sign_in))
    with pytest.raises(Refused) as refused:
        named(scene, third, host.person_id, third.person_id)
    assert code_of(refused) == "SIT-1001"
    with pytest.raises(Refused) as refused:
        named(scene, host, third.person_id, deputy.person_id)
    assert code_of(refused) == "SIT-1002"
    named(scene, host, host.person_id, third.person_id)
    chair = view(scene).chair
    assert chair.deputy is not None
    assert chair.deputy.person_id == third.person_id


def test_the_migration_gives_old_openings_their_sitting(scene: Scene) -> None:
    revision = importlib.import_module("migrations.versions.0025_sittings")
    with scene.house.database.writing() as session:
        for table in ("sitting_lot", "sitting"):
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM live_session WHERE kind = 'sitting'"))
        for statement in revision.FOUND:
            session.execute(text(statement))
    assert [lot.id for lot in view(scene).lots] == [scene.lot.id]

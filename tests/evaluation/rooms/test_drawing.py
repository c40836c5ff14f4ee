"""The draw on the real database: what is logged when, who is left out, who is named."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select, text

from evaluation import public
from evaluation.experts.rules import DrawParty, Past, redraw
from evaluation.public import DossierBid
from evaluation.reports import draws
from evaluation.rooms import actions, lots
from evaluation.rooms.states import Stage
from kernel import log
from kernel.permissions import Role
from tests.evaluation.rooms.refusals import refused
from tests.evaluation.world import Scene


def leaves(scene: Scene) -> list[dict[str, Any]]:
    """What the public log says, in its order, without covers."""
    scene.work()
    with scene.house.database.reading() as session:
        found = [json.loads(row.data) for row in session.scalars(_all_leaves())]
    return [leaf for leaf in found if leaf["kind"].startswith("evaluation")]


def _all_leaves() -> Any:
    return select(log.Leaf).order_by(log.Leaf.index)


def test_the_pool_is_logged_before_anybody_commits(scene: Scene) -> None:
    scene.convene()
    scene.draw()
    kinds = [leaf["kind"] for leaf in leaves(scene)]
    assert kinds[:8] == [
        "evaluation_pool",
        *["evaluation_commitment"] * 3,
        *["evaluation_nonce"] * 3,
        "evaluation_drawn",
    ]


def test_the_draw_recomputes_from_its_record(scene: Scene) -> None:
    scene.to_election()
    scene.recuse(2)
    scene.answer(2, accept=False, reason="出差")
    record = scene.ask(draws.record, scene.room_id)
    told = redraw(record)
    members = scene.room().members
    assert told.seatings[-1] == tuple(member.expert for member in members)
    assert told.seed.hex() == record["seed"]
    assert {p: c.hex() for p, c in told.commitments.items()} == {
        DrawParty(each["party"]): each["commitment"] for each in record["parties"]
    }
    names = {expert.entry.name for expert in scene.experts}
    codes = {expert.entry.employer_code for expert in scene.experts}
    text_of = json.dumps(record, ensure_ascii=False)
    assert not any(each in text_of for each in names | codes)
    assert not any(str(expert.id) in text_of for expert in scene.experts)


def test_related_experts_are_never_drawn(scene: Scene) -> None:
    """法 37, 条例 9: employer is a bidder, a bidder's parent, the tenderee; or was, of late."""
    bidder, other = scene.dossier.bids[0], scene.dossier.bids[1]
    related = scene.experts[0].entry.employer_code
    changed: tuple[DossierBid, ...] = (
        replace(bidder, related=(related,)),
        *scene.dossier.bids[1:],
    )
    _register(scene, 1, employer_code=other.credit_code)
    _register(scene, 2, past=(Past(bidder.credit_code, date(2099, 1, 1)),))
    tenderee = "平阳县交通投资集团有限公司"
    with scene.house.database.reading() as session:
        code = session.scalar(
            text("SELECT credit_code FROM organisation WHERE name = :name"), {"name": tenderee}
        )
    _register(scene, 3, employer_code=str(code))
    scene.convene(bids=changed)
    scene.draw()
    drawn = scene.call(lots.draw_state, scene.account(Role.CENTRE), scene.room_id)
    assert (drawn["pool"]["size"], drawn["pool"]["excluded"]) == (10, 4)
    out = {expert.id for expert in scene.experts[:4]}
    assert not {member.expert_id for member in scene.room().members} & out
    assert len(drawn["order"]) == 6


def _register(scene: Scene, index: int, **changes: Any) -> None:
    entry = replace(scene.experts[index].entry, **changes)
    scene.do(public.register_expert, entry)


def test_too_few_free_experts_open_no_room(scene: Scene) -> None:
    for index in range(6):
        _register(scene, index, employer_code=scene.dossier.bids[0].credit_code)
    with refused("EVA-2101"):
        scene.convene()


def test_an_expert_of_an_unknown_site_is_not_registered(scene: Scene) -> None:
    with refused("EVA-2105"):
        _register(scene, 0, site="没有的场地")


def test_a_wrong_nonce_changes_nothing(scene: Scene) -> None:
    scene.convene()
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.commit(role)
    with refused("EVA-2104"):
        scene.reveal(Role.AGENCY, nonce=bytes(32))
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.reveal(role)
    assert scene.stage() is Stage.INVITING


def test_a_silent_party_is_named_and_its_commitment_stays(scene: Scene) -> None:
    scene.convene()
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.commit(role)
    scene.reveal(Role.SUPERVISOR)
    with refused("EVA-2005"):
        scene.do(actions.restart_draw, scene.room_id, "我不满意", actor=scene.account(Role.AGENCY))
    scene.do(
        actions.restart_draw, scene.room_id, "超过两小时", actor=scene.account(Role.SUPERVISOR)
    )
    drawn = scene.call(lots.draw_state, scene.account(Role.SUPERVISOR), scene.room_id)
    assert (drawn["round"], drawn["name"], drawn["stage"]) == (2, "experts/2", "committing")
    [before] = drawn["earlier"]
    assert before["silent"] == ["agency", "centre"]
    assert all(party["commitment"] for party in before["parties"])
    assert "招标代理、交易中心" in scene.events()[-1]["payload"]["say"]
    scene.draw()
    assert scene.stage() is Stage.INVITING


def test_who_declared_a_relation_stays_out_of_the_next_draw(scene: Scene) -> None:
    scene.to_check_in()
    gone = scene.expert(3)
    scene.recuse(3)
    scene.do(actions.restart_draw, scene.room_id, "重抽", actor=scene.account(Role.SUPERVISOR))
    scene.draw()
    drawn = scene.call(lots.draw_state, scene.account(Role.CENTRE), scene.room_id)
    assert (drawn["pool"]["size"], drawn["pool"]["excluded"]) == (10, 1)
    assert gone.id not in {member.expert_id for member in scene.room().members}
    record = scene.ask(draws.record, scene.room_id)
    assert record["outs"] == []

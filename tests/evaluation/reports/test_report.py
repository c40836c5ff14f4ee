"""From confirmed prices to the sealed report: who may sign what, once; nobody is left out."""

import io
import json
from hashlib import sha256

import pypdf
import pytest

from evaluation import public
from evaluation.events import ReportSigned
from evaluation.reports import papers
from evaluation.reports.rules import Answer, hidden_digest
from evaluation.rooms import commands as c
from evaluation.rooms.states import Stage
from kernel.outbox import OutboxEvent, kind_of
from kernel.pdf.signing import verify_seal
from kernel.permissions import Account, Role, Visitor
from kernel.pure.errors import Refused
from tests.evaluation.reports.world import Desk
from tests.evaluation.world import Scene

OPINION = "第 2 名的类似业绩超出近五年范围，客观项应少计 1 分。"


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """Four bids, the last of them rejected; all confirmed, nobody has signed."""
    scene.to_qualification(leader=2)
    desk = Desk(scene)
    desk.to_signing(4)
    return desk


def test_a_report_from_frozen_facts_to_the_closed_room(desk: Desk) -> None:
    scene = desk.scene
    _frozen(desk)
    _refused_signatures(desk)
    desk.sign(1)
    desk.sign(1)
    desk.sign(2, Answer.DISSENT, OPINION)
    with pytest.raises(Refused, match="EVA-3002"):
        desk.sign(2)
    for seat in (3, 5):
        desk.sign(seat)
    scene.work()
    assert scene.stage() is Stage.SIGNING, "a late signer blocks closing"
    assert scene.ask(public.report, scene.dossier.lot_ref) is None
    _refusals(desk)
    scene.order(lambda by: c.Pause(by, "核对成员身份"))
    scene.work()
    assert scene.stage() is Stage.SIGNING, "a pause holds the seal back"
    scene.order(c.Resume)
    scene.work()
    assert scene.stage() is Stage.CLOSED
    _issued(desk)


def _frozen(desk: Desk) -> None:
    told = desk.seen_by(desk.scene.expert(1).account)
    assert told["seat"] == 1
    assert told["missing"] == [1, 2, 3, 4, 5]
    facts = json.loads(told["statement"])
    assert sha256(told["statement"].encode()).hexdigest() == told["digest"]
    assert len(facts["sheets"]) == 5 * 4 + 5 * 3
    assert [place["rank"] for place in facts["result"]["ranking"]] == [1, 2, 3]
    assert [stage["stage"] for stage in facts["stages"]][-2:] == ["price", "signing"]
    assert facts["election"] == {"seat": 2, "round": 1, "by": "votes", "votes": 5}
    for expert in desk.scene.experts:
        assert expert.entry.name not in told["statement"]
        assert expert.entry.employer not in told["statement"]
    assert "report_ready" in desk.scene.kinds()


def _refused_signatures(desk: Desk) -> None:
    scene = desk.scene
    others = desk.signature(2, Answer.AGREE, None)
    of_another_hash = desk.signature(1, Answer.AGREE, None, digest=bytes(32))
    of_another_answer = desk.signature(1, Answer.DISSENT, OPINION)
    for signature in (others, of_another_hash, of_another_answer):
        with pytest.raises(Refused, match="EVA-3007"):
            desk.sign(1, signature=signature)
    with pytest.raises(Refused, match="EVA-3003"):
        desk.sign(1, Answer.DISSENT, " ")
    with pytest.raises(Refused, match="EVA-3004"):
        desk.sign(1, Answer.AGREE, OPINION)
    stranger = scene.stranger().account
    for actor in (stranger, scene.account(Role.BIDDER), scene.account(Role.AGENCY)):
        with pytest.raises(Refused, match="EVA-2001"):
            desk.seen_by(actor)
    scene.order(lambda by: c.Pause(by, "网络检查"))
    with pytest.raises(Refused, match="EVA-2003"):
        desk.sign(1)
    scene.order(c.Resume)


def _refusals(desk: Desk) -> None:
    with pytest.raises(Refused, match="EVA-3010"):
        desk.refuse(4, " ")
    with pytest.raises(Refused, match="EVA-3002"):
        desk.refuse(1, "已签字")
    with pytest.raises(Refused, match="EVA-3005"):
        desk.refuse(6, "没有这一席")
    with pytest.raises(Refused, match="EVA-2001"):
        desk.refuse(4, "不是监督人", Role.AGENCY)
    desk.refuse(4, "两次提示后离席，未提交书面意见")
    with pytest.raises(Refused, match="EVA-3002"):
        desk.sign(4)


def _issued(desk: Desk) -> None:
    scene = desk.scene
    lot = scene.dossier.lot_ref
    view = scene.ask(public.report, lot)
    assert view is not None
    assert [each.rank for each in view.candidates] == [1, 2, 3]
    assert [each.number for each in view.rejected] == [4]
    assert view.ranking[0].bidder_ref in {bid.bidder_ref for bid in scene.dossier.bids}
    assert _events(scene) == [str(lot)]
    whole = _pdf(scene, scene.account(Role.TENDEREE))
    assert sha256(whole).digest() == view.pdf_hash
    text = _text(whole)
    for seat in scene.seats:
        assert scene.member(seat).name in text
    assert OPINION.replace(" ", "") in text.replace(" ", "").replace("\n", "")
    assert "视为同意评标结论" in text.replace("\n", "")
    seal = verify_seal(whole, root=scene.authority.root)
    assert seal.good
    assert seal.signer == "云澜市公共资源交易中心"
    _public_form(scene, view)


def _public_form(scene: Scene, view: public.ReportView) -> None:
    lot = scene.dossier.lot_ref
    with pytest.raises(Refused, match="EVA-3009"):
        _pdf(scene, Visitor())
    assert scene.ask(public.published, lot) == {}
    assert scene.ask(public.find_report, view.facts_hash) is None
    scene.do(public.publish_report, lot)
    scene.do(public.publish_report, lot)
    for reader in (Visitor(), scene.account(Role.BIDDER), scene.stranger().account):
        pdf = _pdf(scene, reader)
        assert sha256(pdf).digest() == view.public_pdf_hash
        assert verify_seal(pdf, root=scene.authority.root).good
        text = _text(pdf)
        assert not any(expert.entry.name in text for expert in scene.experts)
    found = scene.ask(public.find_report, view.public_pdf_hash)
    assert found is not None
    assert found.lot_ref == lot
    files = scene.ask(public.published, lot)
    assert len([name for name in files if name.startswith("evaluation/sheets/")]) == 35
    for raw in files.values():
        for expert in scene.experts:
            assert expert.entry.name.encode() not in raw
            assert expert.entry.employer_code.encode() not in raw
            assert str(expert.id).encode() not in raw


def _pdf(scene: Scene, actor: Account | Visitor) -> bytes:
    with scene.house.database.reading() as session:
        return papers.pdf(scene.house, session, scene.dossier.lot_ref, actor)


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def _events(scene: Scene) -> list[str]:
    with scene.house.database.reading() as session:
        rows = session.query(OutboxEvent).filter(OutboxEvent.kind == kind_of(ReportSigned))
        return [row.payload["lot_ref"] for row in rows]


def test_a_recusal_shows_in_the_whole_form_alone(scene: Scene) -> None:
    """条例 48: who left, when and why stands in the report; the public form gives no reason."""
    scene.to_check_in()
    gone = scene.expert(3)
    scene.recuse(3, "配偶在投标人处任职")
    for seat in scene.seats:
        scene.arrive(seat)
    for seat in scene.seats:
        scene.vote(seat, 1)
    scene.order(lambda by: c.Pause(by, "副场网络中断"))
    scene.go_on(minutes=4)
    scene.order(c.Resume)
    desk = Desk(scene)
    desk.to_signing()
    facts = json.loads(desk.seen_by(scene.account(Role.CENTRE))["statement"])
    assert [out["kind"] for out in facts["outs"]] == ["recused"]
    (pause,) = facts["pauses"]
    assert (pause["by"], pause["reason"]) == ("supervisor", "副场网络中断")
    assert pause["from"] < pause["to"]
    desk.sign_all()
    scene.do(public.publish_report, scene.dossier.lot_ref)
    whole, shown = _pdf(scene, scene.account(Role.AGENCY)), _pdf(scene, Visitor())
    assert "配偶" in _text(whole)
    assert "副场网络中断" in _text(shown)
    assert "配偶" not in _text(shown)
    assert gone.entry.name not in _text(whole)


def test_what_is_hidden_is_committed_to() -> None:
    entry = {"seat": 1, "name": "顾行之", "employer": "院", "employer_code": "9", "salt": "00" * 32}
    digest = hidden_digest(entry)
    assert len(digest) == 32
    assert hidden_digest({**entry, "name": "陆昭"}) != digest
    assert hidden_digest({**entry, "salt": "11" * 32}) != digest

"""From sheet to ranking on a real database: each once, sealed, revealed together, confirmed."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from evaluation.rooms import commands as c
from evaluation.rooms.rules import Stage
from evaluation.scoring import actions
from evaluation.scoring.models import DraftRow, RevealedSheetRow, RevealRow, SheetRow
from evaluation.scoring.queries import outcome
from evaluation.scoring.reveal import reveal
from evaluation.scoring.sheets import Mark, SealedSheet, SheetStage
from kernel import clock, log
from kernel.house import House
from kernel.pure.errors import Refused
from tests.evaluation.scoring.cases import LOWEST, PLAN
from tests.evaluation.scoring.test_rules import MARKS
from tests.evaluation.scoring.world import Committee, seat_committee

Q, T = SheetStage.QUALIFICATION, SheetStage.TECHNICAL
PASSED = {check.key: Mark("pass", "") for check in PLAN.checks}


def refused(code: str, act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as found:
        act()
    assert found.value.code == code
    return found.value


def revealed(house: House) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(RevealedSheetRow)) or 0


def test_the_whole_way_gives_the_numbers_computed_by_hand(committee: Committee) -> None:
    committee.qualify()
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL
    committee.score(MARKS)
    committee.work()
    assert committee.room().stage is Stage.PRICE
    for seat in (1, 2, 3, 4):
        committee.confirm(seat)
    assert committee.room().stage is Stage.PRICE
    third = committee.bid(3).hex()
    committee.confirm(5, {third: "方案与招标文件要求的路线不符，只得 10 分"})
    assert committee.room().stage is Stage.SIGNING

    with committee.house.database.reading() as session:
        found = outcome(session, committee.room())
        assert found is not None
        ranking = [(p["rank"], p["number"], p["total"]) for p in found.results["ranking"]]
        assert ranking == [(1, 2, "92.01"), (2, 1, "90.10"), (3, 3, "88.66")]
        assert found.results["bids"][1]["price"] == {"exact": "1600/43", "rounded": "37.21"}
        assert len(found.sheets) == 30
        assert [each.seat for each in found.confirmations] == [1, 2, 3, 4, 5]
        assert found.confirmations[4].reasons == {third: "方案与招标文件要求的路线不符，只得 10 分"}


def test_a_rejected_bid_is_not_scored(committee: Committee) -> None:
    committee.qualify(fails=1)
    committee.work()
    assert [bid.number for bid in committee.desk().bids(T)] == [2, 3]
    marks = committee.points((1, 1))
    refused("EVA-1202", lambda: committee.mark(1, T, 1, marks))
    committee.score({number: MARKS[number] for number in (2, 3)})
    committee.work()
    reveal = committee.desk().current(T)
    assert reveal is not None
    assert [p["number"] for p in reveal.content["ranking"]] == [2, 3]
    assert reveal.content["verdicts"][0]["reason"].startswith("营业执照不符合（5 比 0）")


def test_too_few_left_end_the_evaluation(house: House) -> None:
    committee = seat_committee(house, ceiling_fen=420_000_000)
    committee.qualify()
    committee.work()
    assert committee.room().stage is Stage.FAILED


def test_without_anything_to_mark_prices_alone_are_compared(house: House) -> None:
    committee = seat_committee(house, plan=replace(LOWEST, items=()))
    committee.qualify()
    committee.work()
    assert committee.room().stage is Stage.PRICE
    reveal = committee.desk().current(T)
    assert reveal is not None
    assert [p["number"] for p in reveal.content["ranking"]] == [1, 2, 3]


def test_deviations_are_added_to_the_price(house: House) -> None:
    committee = seat_committee(house, plan=LOWEST)
    committee.qualify()
    committee.work()
    rows = {1: [(50_000_000, 0)] * 5, 2: [(0, 0)] * 5, 3: [(0, 0)] * 5}
    committee.score(rows)
    committee.work()
    reveal = committee.desk().current(T)
    assert reveal is not None
    # 4,000,000.00 + 500,000.00 ties with 4,500,000.00: the lower bid price comes first.
    ranking = [(p["number"], p["total"], p["decided_by"]) for p in reveal.content["ranking"]]
    assert ranking == [
        (2, "430000000", "result"),
        (1, "450000000", "result"),
        (3, "450000000", "price"),
    ]


def test_nothing_is_revealed_while_a_sheet_is_missing(committee: Committee) -> None:
    committee.qualify(seats=(1, 2, 3, 4))
    committee.work()
    assert revealed(committee.house) == 0
    assert committee.room().stage is Stage.QUALIFICATION
    committee.qualify(seats=(5,))
    committee.work()
    assert revealed(committee.house) == 15


def test_a_sheet_is_taken_once_and_never_edited(committee: Committee) -> None:
    sheet = committee.make(1, Q, 1, PASSED)
    committee.hand_in(1, sheet)
    committee.hand_in(1, sheet)
    other = committee.make(1, Q, 1, {**PASSED, "licence": Mark("fail", "过期")})
    refused("EVA-1203", lambda: committee.hand_in(1, other))
    assert committee.desk().attempts[Q] == 1
    with committee.house.database.writing() as session, pytest.raises(DBAPIError):
        session.execute(text("UPDATE evaluation_sheet SET sealed = 'x'"))
    with committee.house.database.writing() as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM evaluation_sheet"))


def test_two_tabs_at_once_submit_one_sheet(committee: Committee) -> None:
    both = [committee.make(1, Q, 1, PASSED) for _ in range(2)]
    said: list[str] = []

    def submit(sheet: SealedSheet) -> None:
        try:
            committee.hand_in(1, sheet)
            said.append("taken")
        except Refused as no:
            said.append(no.code)

    threads = [threading.Thread(target=submit, args=(sheet,)) for sheet in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["EVA-1203", "taken"]
    assert committee.desk().attempts[Q] == 1


def test_the_log_holds_the_commitment_and_neither_author_nor_bid(committee: Committee) -> None:
    sheet = committee.make(2, Q, 1, PASSED)
    committee.hand_in(2, sheet)
    with committee.house.database.writing() as session:
        log.sequence(session, committee.house.keys)
        (leaf,) = session.scalars(select(SheetRow.leaf_id))
        entry = log.entry(session, leaf)
    assert entry is not None
    assert entry.content["kind"] == "sheet_submitted"
    assert entry.content["body"] == {
        "room": str(committee.room_id),
        "commitment": sheet.commitment.hex(),
    }


def test_what_crafted_requests_are_told(committee: Committee) -> None:
    good = committee.make(1, Q, 1, PASSED)
    refused("EVA-1201", lambda: committee.mark(1, T, 1, committee.points((1, 1))))
    unknown = replace(good, bid=bytes(32))
    refused("EVA-1202", lambda: committee.hand_in(1, unknown))
    refused("EVA-1204", lambda: committee.hand_in(2, good))  # signed by seat 1
    refused("EVA-1204", lambda: committee.hand_in(1, replace(good, signature=bytes(64))))
    refused("EVA-1205", lambda: committee.hand_in(1, replace(good, sealed=good.sealed[:-1])))
    refused("EVA-1303", lambda: committee.confirm(1))
    committee.hand_in(1, good)
    refused("EVA-1205", lambda: committee.hand_in(1, replace(good, bid=committee.bid(2))))
    assert committee.desk().attempts[Q] == 1


def test_who_is_not_at_work_here_marks_nothing(committee: Committee) -> None:
    sheet = committee.make(1, Q, 1, PASSED)
    seated = {member.person_id for member in committee.room().members}
    reserve = next(p for key, p in committee.experts.items() if key not in seated)
    others = [reserve, *committee.parties.values()]
    for person in others:
        with committee.house.database.writing() as session:
            now = clock.legal_now(session)
            with pytest.raises(Refused, match="EVA-2001"):
                actions.submit_sheet(
                    session, committee.room_id, sheet, actor=person.account, now=now
                )


def test_a_pause_holds_sheets_and_reveal(committee: Committee) -> None:
    committee.qualify(seats=(1, 2, 3, 4))
    last = [committee.make(5, Q, number, PASSED) for number in (1, 2, 3)]
    for sheet in last:
        committee.hand_in(5, sheet)
    committee.order(lambda by: c.Pause(by, "核实投诉"))
    committee.work()
    assert revealed(committee.house) == 0
    committee.order(c.Resume)
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL
    committee.order(lambda by: c.Pause(by, "午餐"))
    refused("EVA-2003", lambda: committee.mark(1, T, 1, committee.points((1, 1))))


def test_a_reveal_that_breaks_off_shows_nothing_and_is_done_again(committee: Committee) -> None:
    committee.qualify()
    with pytest.raises(RuntimeError), committee.house.database.writing() as session:
        now = clock.legal_now(session)
        reveal(session, committee.house.keys, committee.room_id, Q, now=now)
        raise RuntimeError("the worker dies here")
    assert revealed(committee.house) == 0
    assert committee.room().stage is Stage.QUALIFICATION
    committee.work()
    with committee.house.database.writing() as session:
        reveal(session, committee.house.keys, committee.room_id, Q, now=clock.legal_now(session))
    with committee.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RevealRow)) == 1
    assert revealed(committee.house) == 15


def test_a_flagged_total_needs_its_reason(committee: Committee) -> None:
    committee.qualify()
    committee.work()
    committee.score(MARKS)
    committee.work()
    third, first = committee.bid(3).hex(), committee.bid(1).hex()
    for reasons in ({}, {third: "  "}, {first: "别处的理由"}, {third: "长" * 501}):
        told = refused("EVA-1304", partial(committee.confirm, 5, reasons))
        assert told.facts == {"number": 3}
    committee.confirm(5, {third: "路线不符", first: "无关"})
    with committee.house.database.reading() as session:
        found = outcome(session, committee.room())
    assert found is not None
    assert [dict(each.reasons) for each in found.confirmations] == [{third: "路线不符"}]


def keep(committee: Committee, version: int, *, seat: int = 1, stage: SheetStage = Q) -> int:
    with committee.house.database.writing() as session:
        return actions.keep_draft(
            session,
            committee.room_id,
            stage=stage,
            bid=committee.bid(1),
            version=version,
            ciphertext=bytes([version]) * (8192 + 28),
            actor=committee.person(seat).account,
            now=clock.legal_now(session),
        )


def test_drafts_are_kept_by_version_and_two_tabs_lose_nothing(committee: Committee) -> None:
    assert keep(committee, 1) == 1
    assert keep(committee, 2) == 2
    assert refused("EVA-1221", lambda: keep(committee, 2)).facts == {"newest": 2}
    refused("EVA-1221", lambda: keep(committee, 4))
    assert keep(committee, 1, seat=2) == 1  # another's drafts are another's
    refused("EVA-1201", lambda: keep(committee, 1, stage=T))
    committee.order(lambda by: c.Pause(by, "停电"))
    assert keep(committee, 3) == 3
    with committee.house.database.reading() as session:
        kept = session.scalars(select(DraftRow.version).order_by(DraftRow.version)).all()
    assert kept == [1, 1, 2, 3]
    with committee.house.database.writing() as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM evaluation_draft"))


def test_the_first_draft_key_stands(committee: Committee) -> None:
    def offer(wrapped: bytes) -> bytes:
        with committee.house.database.writing() as session:
            return actions.keep_draft_key(
                session,
                committee.room_id,
                wrapped,
                actor=committee.person(1).account,
                now=clock.legal_now(session),
            )

    first, second = bytes([1]) * 113, bytes([2]) * 113
    assert offer(first) == first
    assert offer(second) == first
    refused("EVA-1222", lambda: offer(b"short"))

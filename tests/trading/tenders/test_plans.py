"""The evaluation plan from the editor to the signed notice: sums, faults by field, defaults."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from evaluation.public import check_plan
from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.identity.authority import Authority
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Regime
from tests.trading.tenders.test_views import desk, lot_form
from tests.trading.tenders.world import World, a_lot, published_lot, ready_lot
from trading.tenders import (
    plan_draws,
    plan_forms,
    plan_pricing,
    plans,
    queries,
    rule_book,
)
from trading.tenders.actions import approve_lot, missing
from trading.tenders.drafting import edit_lot
from trading.tenders.notice_pdf import notice_record
from trading.tenders.rules import LotKind

RULES = rule_book.current(Regime.TENDERING)
DESIGN = plans.default(RULES, kind=LotKind.SURVEY_DESIGN, estimate_fen=560_000_000)


def as_form(plan: dict[str, Any]) -> dict[str, str]:
    """A plan as a browser would send the editor's fields."""
    shown = plan_forms.values(plan)
    form = {
        "plan-method": shown["method"],
        "plan-price_weight": shown["price_weight"],
        "plan-ties": shown["ties"],
        "plan-candidates": str(shown["candidates"]),
        "plan-seats": str(shown["seats"]),
    }
    if shown["trim"]:
        form["plan-trim"] = "1"
    for n, check in enumerate(shown["checks"]):
        form |= {f"check-{n}-{name}": value for name, value in check.items()}
    for n, draw in enumerate(shown["draws"]):
        form |= {f"draw-{n}-{name}": value for name, value in draw.items()}
    price = shown["pricing"]
    form |= {f"price-{name}": price[name] for name in plan_pricing.NAMES}
    for n, cut in enumerate(price["cuts"]):
        form |= {f"price-cut-{n}-{name}": cut[name] for name in plan_pricing.CUT_NAMES}
    for n, item in enumerate(shown["items"]):
        for name in ("key", "name", "rule", "kind", "maximum", "step"):
            form[f"item-{n}-{name}"] = item[name]
        if item["objective"]:
            form[f"item-{n}-objective"] = "1"
    return form


def told(form: dict[str, str]) -> dict[str, str]:
    """The faults of a filled-in plan, by the slot they stand in."""
    plan = plan_forms.read(form, RULES)
    return {slot: fault.code for slot, fault in plan_forms.placed(plan, plans.check(plan))}


@pytest.mark.parametrize("kind", LotKind)
@pytest.mark.parametrize("method", plans.METHODS)
def test_every_default_is_lawful_and_survives_the_form(kind: LotKind, method: str) -> None:
    plan = plans.default(RULES, kind=kind, estimate_fen=560_000_000, method=method)
    assert plans.faults(plan) == []
    assert plan_forms.read(as_form(plan), RULES) == plan
    assert (plan["seats"], plan["candidates"]) == (5, 3)


@pytest.mark.parametrize(
    ("change", "slot", "code"),
    [
        ({"plan-price_weight": "39"}, "sum", "EVA-1102"),
        ({"item-0-maximum": "10.5"}, "sum", "EVA-1102"),
        ({"item-1-key": "understanding"}, "items", "EVA-1103"),
        ({"plan-seats": "4"}, "seats", "EVA-1104"),
        ({"plan-seats": "6"}, "seats", "EVA-1104"),
        ({"plan-candidates": "4"}, "candidates", "EVA-1105"),
        ({"plan-candidates": "0"}, "candidates", "EVA-1105"),
        ({"item-2-step": "3"}, "item-2", "EVA-1106"),
        ({"plan-ties": "draw,price"}, "ties", "EVA-1109"),
        ({"plan-ties": ""}, "ties", "EVA-1109"),
        ({"plan-seats": "五"}, "seats", "EVA-1101"),
        ({"plan-price_weight": "forty"}, "price_weight", "EVA-1101"),
        ({"item-3-maximum": "8分"}, "item-3", "EVA-1101"),
        ({"item-3-maximum": "-8"}, "item-3", "EVA-1101"),
        ({"item-3-rule": ""}, "item-3", "EVA-1101"),
        ({"check-1-rule": ""}, "check-1", "EVA-1101"),
        ({"item-3-name": "长" * 61}, "item-3", "EVA-1101"),
    ],
)
def test_each_fault_stands_beside_its_field(change: dict[str, str], slot: str, code: str) -> None:
    assert told(as_form(DESIGN) | change).get(slot) == code


DRAWING = DESIGN | {
    "draws": [
        {
            "name": "k",
            "title": "下浮系数 K",
            "kind": "set",
            "options": ["0.95", "0.955", "0.96", "0.965", "0.97"],
        },
        {"name": "delta", "title": "Δ", "kind": "set", "options": ["0.02", "0.05"]},
        {
            "name": "b",
            "title": "B",
            "kind": "bid",
            "delta": "delta",
            "mean": "0.7",
            "ceiling": "0.3",
            "cut": "0.25",
            "upper": "0.95",
        },
    ]
}


def test_draws_survive_the_form_and_are_told_in_words() -> None:
    form = as_form(DRAWING)
    assert form["draw-0-options"] == "0.95…0.97 步长 0.005"
    assert form["draw-1-options"] == "0.02、0.05"
    assert plan_forms.read(form, RULES) == DRAWING
    assert plans.faults(DRAWING) == []
    told_ = plans.shown(DRAWING)["draws"]
    assert told_[0]["from"] == "0.95…0.97 步长 0.005，共 5 个"
    assert "A = 限价 ×（1 − Δ）" in told_[2]["from"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.65…0.85 步长 0.05", ["0.65", "0.7", "0.75", "0.8", "0.85"]),
        ("95%~96% step 0.5%", ["0.95", "0.955", "0.96"]),
        ("-1 至 1 步长 0.5", ["-1", "-0.5", "0", "0.5", "1"]),
        ("0.950，0.96；1.00", ["0.95", "0.96", "1"]),
        ("0.95…0.98 步长 0.02", ["0.95…0.98 步长"]),
        ("0…1 步长 0", ["0…1 步长 0"]),
        ("0…9999 步长 0.01", ["0…9999 步长 0."]),
        ("很多", ["很多"]),
        ("", []),
    ],
)
def test_a_set_is_written_value_by_value_or_by_its_step(text: str, values: list[str]) -> None:
    assert plan_draws.options(text) == values


@pytest.mark.parametrize(
    ("change", "slot", "code"),
    [
        ({"draw-0-options": "0.95、0.94"}, "draw-0", "EVA-1111"),
        ({"draw-0-options": "0.95…0.98 步长 0.02"}, "draw-0", "EVA-1101"),
        ({"draw-1-key": "k"}, "draw-1", "EVA-1110"),
        ({"draw-2-delta": "q"}, "draw-2", "EVA-1112"),
        ({"draw-2-mean": ""}, "draw-2", "EVA-1101"),
        ({"draw-2-key": "B"}, "draw-2", "EVA-1101"),
    ],
)
def test_each_fault_of_a_draw_stands_in_its_row(
    change: dict[str, str], slot: str, code: str
) -> None:
    assert told(as_form(DRAWING) | change).get(slot) == code


def test_a_row_without_a_name_is_gone_and_a_new_one_gets_a_free_key() -> None:
    form = as_form(DESIGN)
    form["item-0-name"] = "  "
    form |= {
        "item-40-name": "绿色设计",
        "item-40-rule": "措施具体得满分。",
        "item-40-maximum": "10",
        "item-40-step": "1",
    }
    plan = plan_forms.read(form, RULES)
    assert plans.faults(plan) == []
    assert [item["name"] for item in plan["items"]][-1] == "绿色设计"
    assert len({item["key"] for item in plan["items"]}) == len(DESIGN["items"])


def test_deviations_are_written_in_yuan_and_kept_in_fen() -> None:
    lowest = plans.default(RULES, kind=LotKind.WORKS, estimate_fen=560_000_000, method=plans.LOWEST)
    form = as_form(lowest) | {"item-0-maximum": "120,000.50", "item-0-step": "0.5"}
    item = plan_forms.read(form, RULES)["items"][0]
    assert (item["kind"], item["maximum"], item["step"]) == ("deviation", "12000050", "50")
    assert told(form) == {}
    assert told(form | {"item-0-maximum": "许多"}) == {"item-0": "EVA-1101"}


def test_the_editor_works_without_scripts(
    app: Flask, database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        lot_id = ready_lot(session, blobs, world, now=legal_now(session))
    agency = desk(app, database, world, Role.AGENCY)
    path = f"/tenders/lots/{lot_id}/edit"
    page = agency.get(path).get_data(as_text=True)
    assert "技术 60 分 + 价格 40 分 = 100 分" in page
    assert page.count('data-row="item"') == len(DESIGN["items"]) + 1  # and the template's
    form = lot_form(database) | as_form(DESIGN)

    other = agency.post(path, form | {"plan-method": plans.LOWEST, "plan-default": "1"})
    assert other.status_code == 200
    assert "付款条件偏差" in other.get_data(as_text=True)
    with database.reading() as session:
        assert queries.lot_row(session, lot_id).evaluation_plan["method"] == plans.COMPREHENSIVE

    unreadable = agency.post(path, form | {"plan-seats": "五"})
    assert unreadable.status_code == 400
    assert "评委人数" in unreadable.get_data(as_text=True)

    assert agency.post(path, form | {"plan-price_weight": "39"}).status_code == 303
    managed = agency.get(f"/tenders/lots/{lot_id}").get_data(as_text=True)
    assert "EVA-1102" in managed
    assert agency.post(path, form | {"plan-trim": "1"}).status_code == 303
    managed = agency.get(f"/tenders/lots/{lot_id}").get_data(as_text=True)
    assert "EVA-11" not in managed
    assert "去掉一个最高分和一个最低分后取平均" in managed


def test_the_check_beside_the_fields_keeps_nothing(
    app: Flask, database: Database, world: World
) -> None:
    agency = desk(app, database, world, Role.AGENCY)
    found = agency.post("/tenders/check-plan", as_form(DESIGN) | {"plan-seats": "4"}).get_json()
    assert (found["technical"], found["price"], found["total"]) == ("60", "40", "100")
    assert [(each["slot"], each["code"]) for each in found["faults"]] == [("seats", "EVA-1104")]
    assert agency.post("/tenders/check-plan", {}).get_json()["faults"]


def test_an_unlawful_plan_is_not_approved(
    database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        bad = DESIGN | {"price_weight": "30"}
        draft = a_lot(now, evaluation_plan=bad)
        edit_lot(session, lot_id, draft, actor=world.account(Role.AGENCY), now=now)
        found = missing(session, queries.lot_row(session, lot_id), now=now)
        assert [refused.code for refused in found] == ["EVA-1102"]
        with pytest.raises(Refused, match="EVA-1102"):
            approve_lot(session, lot_id, actor=world.account(Role.TENDEREE), now=now)
        open_price = a_lot(now, evaluation_plan=DRAWING, ceiling_fen=None)
        edit_lot(session, lot_id, open_price, actor=world.account(Role.AGENCY), now=now)
        found = missing(session, queries.lot_row(session, lot_id), now=now)
        assert [fault.code for fault in found] == ["TEN-1504"]


def test_an_unreadable_plan_is_not_even_kept(
    database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = ready_lot(session, blobs, world, now=now)
        for bad in ({"format": "x"}, DESIGN | {"more": 1}, DESIGN | {"trim": "yes"}):
            draft = a_lot(now, evaluation_plan=bad)
            with pytest.raises(Refused, match="EVA-1101"):
                edit_lot(session, lot_id, draft, actor=world.account(Role.AGENCY), now=now)


def test_the_plan_is_signed_shown_and_printed(
    app: Flask, database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        lot_id = published_lot(session, blobs, authority, world, now=legal_now(session))
    with database.reading() as session:
        snapshot = queries.lot_snapshot(session, lot_id)
        notice = queries.notices(session, lot_id)[0]
        assert notice.body["evaluation_plan"] == snapshot.evaluation_plan
        assert check_plan(snapshot.evaluation_plan)["sound"]
        record = notice_record(
            queries.lot_row(session, lot_id),
            notice,
            centre="中心",
            check_url="https://example.test/check/0",
            log_number=1,
            demo=True,
        )
    section = next(each for each in record.sections if each.heading == "评标办法")
    printed = repr(section)
    page = app.test_client().get(f"/lots/{lot_id}").get_data(as_text=True)
    for item in DESIGN["items"]:
        assert item["name"] in printed
        assert item["name"] in page
    assert "价格分 = 有效投标最低报价 ÷ 投标报价 × 40" in printed
    assert re.search(r"综合评估法，技术 60 分", page)
    assert Decimal(snapshot.evaluation_plan["price_weight"]) == 40


def test_a_notice_from_before_the_plan_still_prints(
    database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        lot_id: UUID = published_lot(session, blobs, authority, world, now=legal_now(session))
    with database.reading() as session:
        notice = queries.notices(session, lot_id)[0]
        session.expunge(notice)
        notice.body = {k: v for k, v in notice.body.items() if k != "evaluation_plan"}
        record = notice_record(
            queries.lot_row(session, lot_id),
            notice,
            centre="中心",
            check_url="https://example.test/check/0",
            log_number=1,
            demo=True,
        )
    assert "评标办法" in [section.heading for section in record.sections]

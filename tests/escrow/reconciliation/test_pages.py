"""The reconciliation page as the centre, the bank and a supervisor see it: states, no figures."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.reconciliation.models import DaySeal, ReconBreak
from kernel.house import House
from kernel.permissions import Account
from tests.escrow.conftest import by_role, platform_of
from tests.escrow.reconciliation.test_days import CHECKER, DAY, MAKER, NUMBER, Desk, entry

PAGE = "/reconciliation"
PEOPLE = {"maker": MAKER, "checker": CHECKER}


def by_name(session: Session, cookie: str, now: datetime) -> Account | None:
    """Two people of the centre, otherwise whoever shows a role's name."""
    return PEOPLE.get(cookie) or by_role(session, cookie, now)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def app(house: House, desk: Desk) -> Flask:
    return platform_of(house, read_account=by_name)


def as_(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("sunbid", name)
    return client


def post(app: Flask, name: str, act: str, **form: str) -> Any:
    return as_(app, name).post(f"{PAGE}/{act}", data={**form, "csrf_token": "csrf"})


def test_a_break_is_settled_by_two_and_the_day_closes(app: Flask, desk: Desk) -> None:
    desk.told(entry("REF77"))
    desk.reconcile()
    page = as_(app, "maker").get(PAGE).get_data(as_text=True)
    for shown in ("有差异", "银行已记、平台未记", "REF77", "未认领", "等待对账单"):
        assert shown in page
    for hidden in ("80,000", NUMBER, "去日结"):
        assert hidden not in page
    with desk.database.reading() as session:
        one = str(session.scalars(select(ReconBreak.id)).one())
    told = {"break": one, "words": "银行串户，次日冲正"}
    assert post(app, "maker", "explanations", **told).status_code == 303
    assert "复核同意" not in as_(app, "maker").get(PAGE).get_data(as_text=True)
    assert post(app, "maker", "agreements", **told).status_code == 409
    assert "复核同意" in as_(app, "checker").get(PAGE).get_data(as_text=True)
    assert post(app, "checker", "agreements", **told).status_code == 303
    assert "去日结" in as_(app, "checker").get(PAGE).get_data(as_text=True)
    day = DAY.isoformat()
    assert post(app, "checker", "closings", bank="yunlan", day=day).status_code == 303
    assert CHECKER.person_name in as_(app, "bank").get(PAGE).get_data(as_text=True)
    with desk.database.reading() as session:
        assert session.scalars(select(DaySeal.number)).one() == 1


@pytest.mark.parametrize("name", ["bank", "supervisor"])
def test_bank_and_supervisor_read_only(app: Flask, desk: Desk, name: str) -> None:
    desk.told(entry("REF77"))
    desk.reconcile()
    page = as_(app, name).get(PAGE).get_data(as_text=True)
    assert "待说明" in page
    assert '<form method="post" action="/reconciliation' not in page
    for act in ("closings", "explanations", "agreements"):
        assert post(app, name, act).status_code == 403


@pytest.mark.parametrize("name", ["", "bidder", "agency", "tenderee"])
def test_others_do_not_read(app: Flask, name: str) -> None:
    assert as_(app, name).get(PAGE).status_code in (401, 403)


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("closings", {"bank": "yunlan", "day": "soon"}),
        ("closings", {"bank": "none", "day": DAY.isoformat()}),
        ("explanations", {"break": "x"}),
        ("agreements", {}),
    ],
)
def test_crafted_forms_find_nothing(app: Flask, act: str, form: dict[str, str]) -> None:
    assert post(app, "maker", act, **form).status_code == 404


def test_the_page_is_the_same_whoever_paid(app: Flask, desk: Desk) -> None:
    """A day without a break looks alike, with payments and without."""
    desk.told(days=0)
    desk.reconcile()
    before = _without_time(as_(app, "maker").get(PAGE).get_data(as_text=True))
    payments = [entry(f"R{n}", days=1) for n in range(3)]
    desk.book(*payments)
    assert _without_time(as_(app, "maker").get(PAGE).get_data(as_text=True)) == before


def _without_time(page: str) -> list[str]:
    return [line for line in page.splitlines() if "data-clock" not in line]

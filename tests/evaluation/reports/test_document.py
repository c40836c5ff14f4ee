"""The report as PDF, against made-up facts of any size: nothing is lost, cut or out of place."""

import io
import subprocess
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pypdf
import pytest

from evaluation.plans.pricing import Among, Cut, Few, Mean, Pricing
from evaluation.plans.rules import Method
from evaluation.reports.document import record
from evaluation.reports.telling import yuan
from evaluation.scoring.formulas import half_up
from kernel.pdf.document import render
from kernel.pdf.record import Rendered
from tests.evaluation.reports import samples


def _rendered(told: dict[str, Any], **changed: Any) -> Rendered:
    given = {"hidden": samples.hidden(), "answers": samples.answers(), **changed}
    return render(record(told, given["hidden"], given["answers"], samples.setting(told)))


def _pages(rendered: Rendered) -> list[str]:
    command = ["pdftotext", "-layout", "-", "-"]
    told = subprocess.run(command, input=rendered.pdf, capture_output=True, check=True)
    return told.stdout.decode().split("\f")[: rendered.pages]


def _plain(pages: list[str]) -> str:
    return "".join("".join(pages).split())


def test_the_largest_room_the_law_knows_stays_legible() -> None:
    """Twenty bids by forty items by five members: every mark stands there, no page overflows."""
    told = samples.facts(20, 40)
    rendered = _rendered(told)
    pages = _pages(rendered)
    assert rendered.pages == len(pages) <= 24
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页，共 {len(pages)} 页" in page
        assert samples.setting(told).digest.hex()[:4] in page
    annexes = "\n".join(pages)
    assert annexes.count("投标人 1 至 9") == 5
    assert annexes.count("投标人 10 至 19") == 5
    assert annexes.count("第 40 项评审因素与说明") == 10
    for bid in told["result"]["bids"]:
        for member in bid["members"]:
            assert str(float(member["total"])).rstrip("0").rstrip(".") in annexes
    assert min(_sizes(rendered, 1, 4, 5)) >= 7


def _sizes(rendered: Rendered, *numbers: int) -> set[float]:
    """The sizes that the text of some pages is set in."""
    found: set[float] = set()

    def visit(_text: str, _cm: Any, _tm: Any, _font: Any, size: float) -> None:
        found.add(size)

    reader = pypdf.PdfReader(io.BytesIO(rendered.pdf))
    for number in numbers:
        reader.pages[number - 1].extract_text(visitor_text=visit)
    return {size for size in found if size > 1}


@pytest.mark.parametrize("bids", [3, 4, 5, 11])
def test_no_table_is_left_with_a_single_column(bids: int) -> None:
    assert _rendered(samples.facts(bids)).pages >= 8


def test_equal_facts_give_equal_bytes() -> None:
    told = samples.facts(4)
    assert _rendered(told).pdf == _rendered(told).pdf


def test_a_dissent_stands_on_a_page_of_its_own_in_the_members_words() -> None:
    pages = _pages(_rendered(samples.facts(4)))
    own = [page for page in pages if "不同意见03席" in _plain([page])]
    assert len(own) == 1
    opinion = samples.answers()[2].opinion or ""
    assert "".join(opinion.split()) in _plain(own)
    assert "许听澜" in own[0]
    last = _plain(pages[-1:])
    assert "视为同意评标结论" in last
    assert "两次提示后离席" in last
    assert "5bca866a" in last


def test_the_draft_is_unsigned_and_says_so() -> None:
    rendered = _rendered(samples.facts(4), answers=None)
    pages = _pages(rendered)
    assert rendered.seal_box is None
    assert all("待签署稿" in page for page in pages)
    assert "待签署" in pages[-1]
    assert "证书尾号" not in "".join(pages)


def test_the_public_form_names_seats_alone() -> None:
    pages = _plain(_pages(_rendered(samples.facts(4), hidden=None)))
    for member in samples.hidden()["members"]:
        assert member["name"] not in pages
        assert member["employer"] not in pages
    assert "公示版" in pages
    assert "03席评委" in pages
    assert "三年内曾在投标人" not in pages
    whole = _plain(_pages(_rendered(samples.facts(4))))
    assert "三年内曾在投标人衡岳路桥建设有限公司任职" in whole


def test_the_lowest_evaluated_price_is_told_in_money() -> None:
    told = samples.facts(6, plan=samples.plan_of(None, Method.LOWEST_EVALUATED))
    pages = _plain(_pages(_rendered(told)))
    first = told["result"]["ranking"][0]
    assert "评标价（元）" in pages
    assert f"{int(first['total']) / 100:,.2f}" in pages
    assert "技术分" not in pages


def test_a_benchmark_is_told_with_its_parts_and_what_did_not_count() -> None:
    base = Mean((Cut(4, high=1),), Few.MEAN, Decimal("0.97"))
    pricing = Pricing(base, Among.OPENED, Decimal("0.6"), Decimal("0.3"), Decimal(5))
    told = samples.facts(6, plan=replace(samples.plan_of(None), pricing=pricing))
    pages = _plain(_pages(_rendered(told)))
    fen = sorted(bid["price_fen"] for bid in told["bids"])
    mean = Fraction(sum(fen[:-1]), 5)
    benchmark = half_up(mean * Fraction("0.97"), 0)
    assert told["result"]["base_fen"] == benchmark
    assert (
        f"评标基准价{yuan(int(benchmark))}（A={yuan(int(half_up(mean, 0)))}，K=0.97，"
        f"求平均价时去掉{yuan(fen[-1])}）" in pages
    )
    assert "每高于基准价1%扣0.6分，每低1%扣0.3分，最低5分" in pages


def test_a_trimmed_mean_shows_what_did_not_count() -> None:
    plan = replace(samples.plan_of(None), trim=True)
    pages = _plain(_pages(_rendered(samples.facts(4, plan=plan))))
    assert "去掉一个最高分和一个最低分" in pages
    dropped = samples.facts(4, plan=plan)["result"]["bids"][0]["technical"]["dropped"]
    assert len(dropped) == 2

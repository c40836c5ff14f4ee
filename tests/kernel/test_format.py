"""How values are written on pages."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from kernel import format as written
from kernel.permissions import Visitor

AT = datetime(2026, 11, 24, 1, 30, 0, 412_000, UTC)


def test_money_dims_the_fen_only() -> None:
    assert str(written.money(8_012_860_000)) == (
        '<span class="money">¥80,128,600<span class="fen">.00</span></span>'
    )
    assert "−¥1,121,400" in str(written.money(-112_140_000))
    assert "—" in str(written.money(None))
    assert written.yuan(5) == "¥0.05"
    assert written.yuan_input(8_012_860_050) == "80,128,600.50"


def test_daxie_stands_without_the_currency() -> None:
    assert written.daxie(8_012_860_000) == "捌仟零壹拾贰万捌仟陆佰元整"


def test_times_are_shown_in_china_standard_time() -> None:
    assert written.clock(AT) == "09:30:00"
    assert written.clock_ms(AT) == "09:30:00.412"
    assert written.day(AT) == "11 月 24 日 周二"
    assert written.day_time(AT) == "11 月 24 日 09:30"
    assert written.full_day(AT) == "2026 年 11 月 24 日"
    assert written.short(AT) == "11-24 09:30"
    assert written.stamp_ms(AT) == "2026-11-24 09:30:00.412"
    assert written.iso(AT) == "2026-11-24T09:30:00+08:00"
    assert written.epoch_ms(AT) == 1_795_483_800_412


def test_a_time_without_zone_is_not_shown() -> None:
    with pytest.raises(ValueError, match="without zone"):
        written.clock(AT.replace(tzinfo=None))


def test_english_readers_get_english_dates() -> None:
    app = Flask(__name__)
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert written.day(AT) == "Tue 24 Nov"
        assert written.day_time(AT) == "24 Nov 09:30"
        assert written.full_day(AT) == "24 November 2026"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 秒"),
        (0.42, "0.4 秒"),
        (132, "2 分 12 秒"),
        (61_700, "17 时 8 分"),
        (190_000, "2 天 4 时"),
        (3600, "1 时"),
    ],
)
def test_duration_names_the_two_largest_units(seconds: float, shown: str) -> None:
    assert written.duration(seconds) == shown


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (-5, "00:00"),
        (41, "00:41"),
        (768, "12:48"),
        (61_700, "17<small>时</small>08<small>分</small>20<small>秒</small>"),
        (183_600, "2<small>天</small>03<small>时</small>00<small>分</small>"),
    ],
)
def test_remaining_has_the_form_of_the_countdown(left: int, shown: str) -> None:
    assert str(written.remaining(AT + timedelta(seconds=left), AT)) == shown


def test_remaining_without_a_known_time_shows_a_dash() -> None:
    assert str(written.remaining(AT)) == "—"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (194_100_000, "194.1 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_size_uses_decimal_units(count: int, shown: str) -> None:
    assert written.size(count) == shown


def test_hashes_take_bytes_or_hex() -> None:
    digest = bytes(range(32))
    assert written.hash_groups(digest) == written.hash_groups(digest.hex().upper())
    assert len(written.hash_groups(digest)) == 16
    assert written.hash_short(digest) == "0001…1e1f"


@given(st.binary(min_size=32, max_size=32))
def test_a_ribbon_has_32_bars_inside_its_box(digest: bytes) -> None:
    bars = [bar for bar in written.ribbon_path(digest).split("M") if bar]
    assert len(bars) == 32
    heights = [16 - int(bar.split("h")[0].split(" ")[1]) for bar in bars]
    assert heights == [value // 16 + 1 for value in digest]


def test_a_qr_code_is_one_path_over_its_grid() -> None:
    code = written.qr_code("http://localhost:8080/check/" + "ab" * 32)
    assert code.size >= 21
    assert code.path.startswith("M0 0h7v1h-7z")


def test_the_csrf_field_is_empty_for_visitors() -> None:
    app = Flask(__name__)
    with app.test_request_context():
        g.actor = Visitor()
        assert written.csrf_field() == ""
    assert written.csrf_field() == ""

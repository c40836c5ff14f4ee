"""The interface's messages: collected from the code, and complete in English on public pages."""

import re
from typing import Final

from kernel import i18n, messages

PUBLIC: Final = (
    "kernel/templates/",
    "kernel/format.py",
    "static/src/kernel/",
    "trading/features.py",
    "trading/portal/",
    "trading/openings/templates/openings/hall",
    "trading/results/templates/results/_parts",
    "trading/results/templates/results/lot_section",
    "trading/results/templates/results/public",
)
ONLY_IN_DEMONSTRATIONS: Final = "kernel/templates/dev/"
REMEDY: Final = "run `./dev python -m kernel.messages` and translate in locale/en"


def test_messages_are_found_in_templates_scripts_and_python() -> None:
    catalog = messages.collected()
    for known in ("跳到正文", "连接已恢复。", "首页", "%(n)s 秒"):
        assert known in catalog, known


def test_public_pages_are_complete_in_english() -> None:
    known = i18n.catalogue("en")
    missing = [
        str(message.id)
        for message in messages.collected()
        if message.id and str(message.id) not in known and _is_public(message.locations)
    ]
    assert missing == [], REMEDY


def test_translations_keep_their_facts() -> None:
    for source, translated in i18n.catalogue("en").items():
        assert _facts(source) == _facts(translated), source


def test_scripts_get_their_own_messages_only() -> None:
    given = i18n.script_messages("en")
    assert given["连接已恢复。"].startswith("Connected")
    assert "主导航" not in given
    assert i18n.script_messages("zh-CN") == {}


def test_an_unknown_message_stays_chinese() -> None:
    assert i18n.translate("en", "没有这句话") == "没有这句话"
    assert i18n.say("第 %(n)s 步，共 %(all)s 步", n=1, all=2) == "第 1 步，共 2 步"


def _is_public(locations: list[tuple[str, int]]) -> bool:
    return any(
        place.startswith(PUBLIC) and not place.startswith(ONLY_IN_DEMONSTRATIONS)
        for place, _line in locations
    )


def _facts(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))

"""Words for refusals: each code with its status, what happened, why, and what to do now."""

import string
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kernel.pure.errors import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST_FACT = 80


@dataclass(frozen=True, slots=True)
class RefusalText:
    """A refusal as a person reads it."""

    code: str
    status: int
    what: str
    why: str
    next: str

    def as_json(self, phone: str) -> dict[str, str]:
        """The form in which scripts receive it."""
        return {
            "code": self.code,
            "what": self.what,
            "why": self.why,
            "next": self.next,
            "phone": phone,
        }


class Catalogue:
    """All codes of the application."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._entries: dict[str, dict[str, Any]] = {}
        for file in files:
            for code, entry in tomllib.loads(file.read_text("utf-8")).items():
                if code in self._entries:
                    raise ValueError(f"refusal {code} stands in two catalogues")
                self._entries[code] = entry

    @property
    def codes(self) -> frozenset[str]:
        """Every catalogued code."""
        return frozenset(self._entries)

    def text(self, refused: Refused) -> RefusalText:
        """The words for `refused`; an uncatalogued code is shown bare rather than hidden."""
        entry = self._entries.get(refused.code, {})
        facts = {name: _shown(value) for name, value in refused.facts.items()}
        what, why, following = (
            _FILL.vformat(entry.get(part, ""), (), facts) for part in ("what", "why", "next")
        )
        return RefusalText(refused.code, entry.get("status", 409), what, why, following)


def shown_facts(refused: Refused) -> dict[str, Any]:
    """The facts of a refusal as its text shows them, so that it can be told again later."""
    return {name: _kept(_shown(value)) for name, value in refused.facts.items()}


class _Fill(string.Formatter):
    """A missing fact leaves a dash: a refusal must never fail to be told."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs.get(str(key), "—")


_FILL = _Fill()


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return value


def _kept(value: object) -> object:
    return value if isinstance(value, int) else str(value)[:MOST_FACT]

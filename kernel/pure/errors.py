"""The one exception by which rules refuse: a stable code and the facts its text needs.

The texts stand in each package's `refusals.toml`; the edge maps code to status and words.
"""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"[A-Z]{3}-[0-9]{4}")


class Refused(Exception):
    """A rule says no.

    `code` is one of the catalogued codes ("BID-1402"); `facts` fill the placeholders of its text
    and must never hold a secret, a price before the opening, or a person's name before the list.
    Raises ValueError at once when the code is not of the catalogued form.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        if _CODE.fullmatch(code) is None:
            raise ValueError(f"not a refusal code: {code!r}")
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        if not self.facts:
            return self.code
        told = ", ".join(f"{name}={value!r}" for name, value in sorted(self.facts.items()))
        return f"{self.code} ({told})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.code, self.facts)


def _rebuild(code: str, facts: dict[str, object]) -> Refused:
    """Refusals cross thread pools and processes: keep code and facts when pickled."""
    return Refused(code, **facts)

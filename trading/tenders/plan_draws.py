"""The draws of an evaluation plan in the editor and in public: rows of the form, words of a notice.

Fields: draw-N-key|name|kind|options for a value, draw-N-delta|mean|ceiling|cut|upper for a bid.
条例 49: what is drawn in the hall, and from what, stands in the documents.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from kernel.i18n import say
from kernel.pure.parameters import BID, MOST_OPTIONS, SET, plain

Json = dict[str, Any]
SHARES = ("mean", "ceiling", "cut", "upper")
USUAL = {"mean": "0.7", "ceiling": "0.3", "cut": "0.25", "upper": "0.95"}
"""The coefficients of the ABC synthesis, for a row that is new."""
_NUMBER = r"[-−]?[0-9]{1,4}(?:\.[0-9]{1,6})?[%％]?"
_RANGE = re.compile(
    rf"({_NUMBER})\s*(?:…|\.{{2,3}}|~|～|至|to)\s*({_NUMBER})\s*"
    rf"(?:步长|step|/)\s*({_NUMBER})"
)
_FEW = 4


def read(row: Mapping[str, str]) -> Json:
    """One row of the form as a draw's JSON; what cannot be read stays as text, to be refused."""
    key = row["key"] or f"draw_{row['number']}"
    told: Json = {"name": key, "title": row["name"], "kind": row["kind"]}
    if row["kind"] != BID:
        return told | {"kind": SET, "options": options(row["options"])}
    return told | {"delta": row["delta"], **{each: plain_number(row[each]) for each in SHARES}}


def options(text: str) -> list[str]:
    """Values one by one, or from, to and step: 0.95…0.98 步长 0.005."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return [plain_number(each) for each in re.split(r"[\s,，、;；]+", text) if each]
    low, high, step = (_decimal(each) for each in found.groups())
    whole = step > 0 and high >= low and (high - low) % step == 0
    if not whole or (high - low) / step >= MOST_OPTIONS:
        return [text[:12]]
    return [plain(low + step * n) for n in range(int((high - low) / step) + 1)]


def plain_number(text: str) -> str:
    """A decimal or percentage as a plan writes it; other text as it is, "-" for none."""
    return plain(_decimal(text)) if re.fullmatch(_NUMBER, text) else text or "-"


def _decimal(text: str) -> Decimal:
    number = Decimal(text.replace("−", "-").rstrip("%％"))
    return (number / 100 if text[-1] in "%％" else number) + 0


def short(values: Sequence[str]) -> str:
    """A set as it is told: from, to and step where it rises evenly, else value by value."""
    numbers = [Decimal(each) for each in values if re.fullmatch(_NUMBER, each)]
    steps = {b - a for a, b in pairwise(numbers)}
    if len(numbers) < max(_FEW, len(values)) or len(steps) != 1:
        return "、".join(values)
    step = plain(steps.pop())
    return say("%(low)s…%(high)s 步长 %(step)s", low=values[0], high=values[-1], step=step)


def values(draws: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Draws, stored or as filled in, as the editor's rows show them."""
    return [
        {
            **{each: "" if draw.get(each, "") == "-" else draw.get(each, "") for each in SHARES},
            "key": draw["name"],
            "name": draw["title"],
            "kind": draw["kind"],
            "delta": draw.get("delta", ""),
            "options": short(draw.get("options", ())),
        }
        for draw in draws
    ]


def kinds() -> list[tuple[str, str]]:
    """What may be drawn, for the row's select."""
    return [(SET, say("从备选值中抽一个")), (BID, say("抽一家投标"))]


def told(draws: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Draws as public page and notice tell them: title, and from what."""
    titles = {draw["name"]: draw["title"] for draw in draws}
    return [{"title": draw["title"], "from": _words(draw, titles)} for draw in draws]


def _words(draw: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    if draw["kind"] != BID:
        return say("%(values)s，共 %(n)s 个", values=short(draw["options"]), n=len(draw["options"]))
    return say(
        "在报价高于 C、低于 A × %(upper)s 的投标中抽一家。A = 限价 ×（1 − %(delta)s）；"
        "C = 不低于（平均价 × %(mean)s + 限价 × %(ceiling)s）×（1 − %(cut)s）的最低报价。"
        "没有这样的投标时，在报价不是 C 的有效投标中抽",
        **{each: draw[each] for each in SHARES},
        delta=titles.get(draw["delta"], draw["delta"]),
    )

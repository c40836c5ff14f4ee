"""The benchmark of a plan's price points in the editor and in public: fields, and words.

Fields: price-kind (empty: the low price first), price-among|above|below|least|few|k|k1|k2|q1|a|b|c|
bid|away, price-cut-N-bids|high|low|share. 条例 49: the formula stands in the documents.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import say
from trading.tenders.plan_draws import plain_number

Json = dict[str, Any]
CUTS = 3
"""Rows of the editor; who needs more has a formula nobody can check in the hall."""
_FACTORS = {
    "mean": ("k",),
    "weighted": ("k1", "k2", "q1"),
    "synthesis": ("k",),
    "narrowed": ("k",),
}
_USUAL = {
    "kind": "",
    "among": "opened",
    "above": "0.6",
    "below": "0.3",
    "least": "0",
    "few": "mean",
    "k": "1",
    "k1": "1",
    "k2": "1",
    "q1": "0.7",
    "a": "0.5",
    "b": "0.3",
    "c": "0.2",
    "bid": "",
    "away": "0.3",
}
NAMES = tuple(_USUAL)
CUT_NAMES = ("bids", "high", "low", "share")


def read(form: Mapping[str, str]) -> Json | None:
    """The pricing as filled in, None for the low price first; what cannot be read stays as text."""
    kind = form.get("price-kind", "")
    if kind not in _FACTORS:
        return None
    base: Json = {"kind": kind, **{name: _number(form, name) for name in _FACTORS[kind]}}
    if kind in ("mean", "weighted"):
        base |= {"cuts": _cuts(form), "few": form.get("price-few", "")}
    if kind == "synthesis":
        base |= {name: _number(form, name) for name in "abc"}
        base["bid"] = _text(form, "price-bid") or "-"
    if kind == "narrowed":
        base["away"] = _number(form, "away")
    among = "opened" if kind == "synthesis" else form.get("price-among", "")
    rates = {name: _number(form, name) for name in ("above", "below", "least")}
    return {"base": base, "among": among, **rates}


def _cuts(form: Mapping[str, str]) -> list[Json]:
    rows = []
    for n in range(CUTS):
        bids, high, low, share = (_text(form, f"price-cut-{n}-{name}") for name in CUT_NAMES)
        if bids:
            whole = {"bids": _whole(bids), "high": _whole(high or "0"), "low": _whole(low or "0")}
            rows.append({**whole, "share": plain_number(share or "0")})
    return rows


def values(pricing: Mapping[str, Any] | None) -> Json:
    """A pricing, stored or as filled in, as the editor's fields show it."""
    if pricing is None:
        return {**_USUAL, "cuts": _padded(())}
    base = pricing["base"]
    told = {name: base[name] for name in NAMES if name in base}
    rest = {name: pricing[name] for name in ("among", "above", "below", "least")}
    found = {**_USUAL, **told, **rest}
    shown = {name: "" if value == "-" else value for name, value in found.items()}
    return {**shown, "cuts": _padded(base.get("cuts", ()))}


def _padded(cuts: Sequence[Mapping[str, Any]]) -> list[Json]:
    rows = [{name: str(cut[name]) for name in CUT_NAMES} for cut in cuts]
    return rows + [dict.fromkeys(CUT_NAMES, "")] * (CUTS - len(rows))


def kinds() -> list[tuple[str, str]]:
    """What price points may be given against, for the editor's select."""
    return [
        ("", say("最低报价（低价优先）")),
        ("mean", say("平均价 × K")),
        ("weighted", say("平均价与限价加权")),
        ("synthesis", say("ABC 合成")),
        ("narrowed", say("逐轮剔除偏离后的平均价")),
    ]


def amongs() -> list[tuple[str, str]]:
    """Which prices the benchmark is made of."""
    return [
        ("opened", say("开标时的有效报价，此后不再变动")),
        ("admitted", say("通过资格审查的报价")),
    ]


def fews() -> list[tuple[str, str]]:
    """What stands for the mean of few prices."""
    return [("mean", say("全部报价的平均价")), ("second_lowest", say("次低报价"))]


def told(pricing: Mapping[str, Any], draws: Sequence[Mapping[str, Any]]) -> str:
    """The benchmark and the points against it, as public page and notice tell them."""
    base = pricing["base"]
    titles = {draw["name"]: draw["title"] for draw in draws}
    among = dict(amongs())[pricing["among"]]
    facts = {
        name: titles.get(base[name], base[name])
        for name in (*_FACTORS[base["kind"]], "a", "b", "c", "away")
        if name in base
    }
    points = say(
        "报价每高于评标基准价百分之一扣 %(above)s 分，每低百分之一扣 %(below)s 分，"
        "最低 %(least)s 分",
        **{name: pricing[name] for name in ("above", "below", "least")},
    )
    return "；".join(filter(None, (_formula(base["kind"], facts), _cut_words(base), among, points)))


def _formula(kind: str, facts: Mapping[str, str]) -> str:
    if kind == "mean":
        return say("评标基准价 = A × %(k)s，A 为平均价", **facts)
    if kind == "weighted":
        return say(
            "评标基准价 = A × %(k1)s × %(q1)s + B × %(k2)s ×（1 − %(q1)s），"
            "A 为平均价，B 为最高投标限价",
            **facts,
        )
    if kind == "synthesis":
        return say(
            "评标基准价 =（A × %(a)s + B × %(b)s + C × %(c)s）× %(k)s，A、C 按抽取的 Δ 和区间，"
            "B 为抽出的一家报价",
            **facts,
        )
    return say(
        "评标基准价 = M × %(k)s，M 为逐轮去掉偏离平均价超过 %(away)s 倍的报价后的平均价", **facts
    )


def _cut_words(base: Mapping[str, Any]) -> str:
    words = [_cut_word(cut) for cut in base.get("cuts", ())]
    if words and base["few"] == "second_lowest":
        words.append(say("更少时取次低报价"))
    return "，".join(words)


def _cut_word(cut: Mapping[str, Any]) -> str:
    if cut["share"] != "0":
        return say("%(bids)s 家以上两端各去掉 %(share)s（四舍五入）", **cut)
    return say("%(bids)s 家以上去掉最高 %(high)s 家、最低 %(low)s 家", **cut)


def _number(form: Mapping[str, str], name: str) -> str:
    """A decimal as the plan writes it, or the name of a draw."""
    return plain_number(_text(form, f"price-{name}"))


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 4 else text


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()

"""Qualification, compilation and ranking from the revealed sheets, exact and order-free. Pure.

条例 49, 51, 53; 评标委员会和评标方法暂行规定 29-35. The same inputs in any order give the same
bytes, so anyone with the bundle can recompute them.
"""

from collections.abc import Iterable, Mapping, Sequence

from evaluation.plans.rules import Plan
from evaluation.scoring import comparing
from evaluation.scoring import sheets as forms
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.ranking import rank
from evaluation.scoring.results import Results, Verdict, Vote
from evaluation.scoring.sheets import Answer, Place, Sheet, SheetStage
from kernel.pure.errors import Refused

__all__ = ["Case", "Entry", "admitted", "commitment", "compile_results", "qualify", "sheets_of"]
# Case, Entry and the commitment too: whoever checks a bundle knows only rules.

commitment = forms.commitment


def sheets_of(case: Case, texts: Iterable[bytes]) -> tuple[Sheet, ...]:
    """Canonical sheet texts read and judged, for whoever recomputes.

    Raises:
        Refused: EVA-1211 … EVA-1218 a sheet that must not count; EVA-1212 two of one place too.
    """
    known = {bid.commitment for bid in case.bids}
    found: dict[Place, Sheet] = {}
    for text in texts:
        sheet = forms.read(text)
        forms.judge(sheet, case.plan, sheet.place)
        if sheet.place in found or sheet.place.bid not in known:
            raise Refused("EVA-1212")
        found[sheet.place] = sheet
    return tuple(found.values())


def qualify(case: Case, sheets: Iterable[Sheet]) -> tuple[Verdict, ...]:
    """Which bids go on, by number: the majority on every check, ceiling and security."""
    by_bid = _by_bid(sheets, SheetStage.QUALIFICATION)
    return tuple(
        Verdict(
            number=bid.number,
            commitment=bid.commitment,
            votes=tuple(
                _vote(key, name, by_bid.get(bid.commitment, ())) for key, name in _checks(case.plan)
            ),
            over_ceiling_fen=bid.over(case.ceiling_fen),
            unsecured=bid.unsecured,
        )
        for bid in sorted(case.bids, key=lambda each: each.number)
    )


def admitted(case: Case, verdicts: Iterable[Verdict]) -> tuple[Entry, ...]:
    """The bids that are compared, by number."""
    passed = {verdict.commitment for verdict in verdicts if verdict.admitted}
    found = (bid for bid in case.bids if bid.commitment in passed)
    return tuple(sorted(found, key=lambda each: each.number))


def compile_results(case: Case, sheets: Iterable[Sheet]) -> Results:
    """Scores and ranking from all sheets of both stages.

    Raises:
        Refused: EVA-1301 fewer bids than may be ranked; EVA-1302 an admitted bid has no sheet;
            EVA-1305 the benchmark lacks a ceiling, or what should have been drawn.
    """
    sheets = tuple(sheets)
    verdicts = qualify(case, sheets)
    going_on = admitted(case, verdicts)
    if len(going_on) < max(case.plan.floor, 1):
        raise Refused("EVA-1301", left=len(going_on), floor=case.plan.floor)
    by_bid = _by_bid(sheets, SheetStage.TECHNICAL)
    judged = tuple(
        comparing.judged(case.plan, bid, by_bid.get(bid.commitment, ())) for bid in going_on
    )
    made = comparing.benchmark(case, judged)
    base = made.fen if made else min(each.price_fen for each in judged)
    bids = tuple(comparing.compared(case.plan, each, base_fen=base) for each in judged)
    standings, draws = rank(case, bids)
    return Results(
        method=case.plan.method,
        plan_digest=case.plan.digest(),
        verdicts=verdicts,
        base_fen=base,
        bids=bids,
        standings=standings,
        draws=draws,
        candidates=tuple(place.number for place in standings[: case.plan.candidates]),
        benchmark=made,
    )


def _checks(plan: Plan) -> tuple[tuple[str, str], ...]:
    return tuple((check.key, check.name) for check in plan.checks)


def _by_bid(sheets: Iterable[Sheet], stage: SheetStage) -> Mapping[bytes, tuple[Sheet, ...]]:
    found: dict[bytes, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.place.stage is stage:
            found.setdefault(sheet.place.bid, []).append(sheet)
    return {
        bid: tuple(sorted(group, key=lambda each: each.place.seat)) for bid, group in found.items()
    }


def _vote(key: str, name: str, sheets: Sequence[Sheet]) -> Vote:
    failing = [sheet for sheet in sheets if sheet.marks[key].value == Answer.FAIL]
    notes = tuple((sheet.place.seat, sheet.marks[key].note) for sheet in failing)
    return Vote(key, name, len(sheets) - len(failing), len(failing), notes)

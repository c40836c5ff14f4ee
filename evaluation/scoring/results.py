"""What an evaluation comes to, with every intermediate, as values and as canonical JSON. Pure.

Decimals are text with their places, exact values "numerator/denominator", money fen.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from evaluation.plans.rules import Method
from evaluation.scoring.benchmarks import Benchmark, Points
from evaluation.scoring.formulas import Consensus, told
from kernel.pure import jcs

FORMAT: Final = "sunbid evaluation results/1"


@dataclass(frozen=True, slots=True)
class Vote:
    """How one check of one bid was answered; the majority decides. `notes` are (seat, reason)."""

    key: str
    name: str
    passed: int
    failed: int
    notes: tuple[tuple[int, str], ...]

    @property
    def lost(self) -> bool:
        """Whether the bid fails this check."""
        return self.failed > self.passed


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a bid is responsive: checks carried, secured, not above the ceiling (条例 51)."""

    number: int
    commitment: bytes
    votes: tuple[Vote, ...]
    over_ceiling_fen: int | None
    unsecured: str | None = None

    @property
    def admitted(self) -> bool:
        """Whether the bid is compared further."""
        barred = self.over_ceiling_fen is not None or self.unsecured is not None
        return not barred and not any(vote.lost for vote in self.votes)

    @property
    def reason(self) -> str:
        """Why it was rejected, in the words of the record; empty when it was not."""
        words = [
            f"{vote.name}不符合（{vote.failed} 比 {vote.passed}）："
            + "；".join(dict.fromkeys(note for _, note in vote.notes if note))
            for vote in self.votes
            if vote.lost
        ]
        if self.over_ceiling_fen is not None:
            words.append("投标报价高于最高投标限价")
        if self.unsecured is not None:
            words.append(f"投标担保不符合要求：{self.unsecured}")
        return "。".join(words)


@dataclass(frozen=True, slots=True)
class MemberMarks:
    """One member's marks on one bid, in the plan's order, and their sum."""

    seat: int
    marks: tuple[tuple[str, Decimal], ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Flag:
    """Something the committee must look at: a total far off, or an objective item that differs.

    `seat` is set for the first, `key` for the second; `away` is |total − mean| / mean.
    """

    kind: str
    seat: int | None
    key: str | None
    away: Fraction | None


@dataclass(frozen=True, slots=True)
class BidResult:
    """One admitted bid. `price` is (exact, rounded) points, `evaluated_fen` the compared price.

    `total` ranks: points or points for the money, higher first, or the evaluated price in fen,
    lower first. Where the plan has them: `discounted` is the price that the formula takes, in
    fen; `against` how it stands to the benchmark; `value` (exact, rounded) points for 10,000 yuan.
    """

    number: int
    commitment: bytes
    price_fen: int
    members: tuple[MemberMarks, ...]
    technical: Consensus
    price: tuple[Fraction, Decimal] | None
    evaluated_fen: int | None
    total: Decimal
    flags: tuple[Flag, ...]
    discounted: int | None = None
    against: Points | None = None
    value: tuple[Fraction, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One place of the ranking; `decided_by`: what set it behind the one before it."""

    rank: int
    number: int
    commitment: bytes
    decided_by: str


@dataclass(frozen=True, slots=True)
class TieDraw:
    """A recomputable draw between bids that nothing else could tell apart."""

    name: str
    seed: bytes
    options: tuple[bytes, ...]
    order: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """The whole outcome. `candidates` are numbers of bids, by rank, at most three."""

    method: Method
    plan_digest: bytes
    verdicts: tuple[Verdict, ...]
    base_fen: int
    bids: tuple[BidResult, ...]
    standings: tuple[Standing, ...]
    draws: tuple[TieDraw, ...]
    candidates: tuple[int, ...]
    benchmark: Benchmark | None = None

    def bid(self, number: int) -> BidResult:
        """The admitted bid of this number. Raises KeyError."""
        return {bid.number: bid for bid in self.bids}[number]

    def to_json(self) -> dict[str, Any]:
        """Everything, for records, the bundle and pages."""
        return {
            "format": FORMAT,
            "method": self.method.value,
            "plan": self.plan_digest.hex(),
            "verdicts": [verdict_json(verdict) for verdict in self.verdicts],
            "base_fen": self.base_fen,
            **_benchmark_json(self),
            "bids": [_bid_json(bid) for bid in self.bids],
            "ranking": [_standing_json(place, self.bid(place.number)) for place in self.standings],
            "draws": [_draw_json(draw) for draw in self.draws],
            "candidates": list(self.candidates),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON."""
        return sha256(jcs.canonical(self.to_json())).digest()


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """One bid's verdict with its votes."""
    return {
        "number": verdict.number,
        "commitment": verdict.commitment.hex(),
        "admitted": verdict.admitted,
        "over_ceiling_fen": verdict.over_ceiling_fen,
        **({} if verdict.unsecured is None else {"unsecured": verdict.unsecured}),
        "reason": verdict.reason,
        "votes": [
            {
                "key": vote.key,
                "passed": vote.passed,
                "failed": vote.failed,
                "notes": [{"seat": seat, "note": note} for seat, note in vote.notes],
            }
            for vote in verdict.votes
        ],
    }


def _bid_json(bid: BidResult) -> dict[str, Any]:
    technical = bid.technical
    return {
        "number": bid.number,
        "commitment": bid.commitment.hex(),
        "price_fen": bid.price_fen,
        "members": [
            {
                "seat": member.seat,
                "marks": {key: str(value) for key, value in member.marks},
                "total": str(member.total),
            }
            for member in bid.members
        ],
        "technical": {
            "counted": list(technical.counted),
            "dropped": list(technical.dropped),
            "sum": str(technical.total),
            "exact": told(technical.exact),
            "rounded": str(technical.rounded),
        },
        "price": _rounded_json(bid.price),
        **_formula_json(bid),
        "evaluated_fen": bid.evaluated_fen,
        "total": str(bid.total),
        "flags": [
            {
                "kind": flag.kind,
                "seat": flag.seat,
                "key": flag.key,
                "away": None if flag.away is None else told(flag.away),
            }
            for flag in bid.flags
        ],
    }


def _rounded_json(value: tuple[Fraction, Decimal] | None) -> dict[str, str] | None:
    return value and {"exact": told(value[0]), "rounded": str(value[1])}


def _formula_json(bid: BidResult) -> dict[str, Any]:
    """What only some methods have; without it the JSON is what it was before them."""
    found: dict[str, Any] = {}
    if bid.discounted is not None:
        found["discounted_fen"] = bid.discounted
    if bid.against is not None:
        found["deviation"] = told(bid.against.deviation)
    if bid.value is not None:
        found["value"] = _rounded_json(bid.value)
    return found


def _benchmark_json(results: Results) -> dict[str, Any]:
    made = results.benchmark
    if made is None:
        return {}
    numbers = {verdict.commitment: verdict.number for verdict in results.verdicts}
    return {"benchmark": made.to_json(lambda each: numbers[each])}


def _standing_json(place: Standing, bid: BidResult) -> dict[str, Any]:
    return {
        "rank": place.rank,
        "number": place.number,
        "commitment": place.commitment.hex(),
        "price_fen": bid.price_fen,
        "total": str(bid.total),
        "decided_by": place.decided_by,
    }


def _draw_json(draw: TieDraw) -> dict[str, Any]:
    return {
        "name": draw.name,
        "seed": draw.seed.hex(),
        "options": [each.hex() for each in draw.options],
        "order": [each.hex() for each in draw.order],
    }

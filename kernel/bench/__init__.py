"""Measurements: figures with their peer or raw limit from the same run, and the bar to reach."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kernel.postgres import Server


class Side(StrEnum):
    """Which side of a bar is good."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach, judged on its ratio to the peer or on its own value."""

    side: Side
    limit: float
    on_ratio: bool = True

    def __str__(self) -> str:
        return f"{'ratio' if self.on_ratio else 'value'} {self.side} {self.limit:g}"

    def holds(self, measured: float) -> bool:
        """Whether a measured ratio or value reaches the bar."""
        return measured >= self.limit if self.side is Side.AT_LEAST else measured <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `peer` names what `peer_value` was measured on, in the same unit."""

    name: str
    value: float
    unit: str
    bar: Bar
    peer: str | None = None
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value over the peer's, None without a peer or when the peer measured nothing."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def holds(self) -> bool:
        """Whether the bar is reached; a missing ratio reaches nothing."""
        measured = self.ratio if self.bar.on_ratio else self.value
        return measured is not None and self.bar.holds(measured)

    def line(self) -> str:
        """name · value unit · peer · ratio · bar · holds|short"""
        peer = "no peer"
        if self.peer is not None:
            peer = f"{self.peer} {_short(self.peer_value)} {self.unit}"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = "holds" if self.holds else "short"
        value = f"{_short(self.value)} {self.unit}"
        return " · ".join((self.name, value, peer, ratio, str(self.bar), verdict))

    def as_json(self) -> dict[str, Any]:
        """The form kept under `figures`."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": self.peer_value,
            "ratio": self.ratio,
            "bar": str(self.bar),
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measurement is given: a running server, a folder to work in, one for its peers."""

    server: Server
    work: Path
    peers: Path


Measure = Callable[[Bench], list[Figure]]


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

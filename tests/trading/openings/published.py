"""What a lot may publish to be drawn in its hall: two values, and one bid by the second."""

from typing import Any

DRAWS: list[dict[str, Any]] = [
    {"name": "k", "title": "下浮系数 K", "kind": "set", "options": ["0.95", "0.96", "0.97"]},
    {"name": "delta", "title": "Δ", "kind": "set", "options": ["0", "0.01"]},
    {
        "name": "b",
        "title": "B 值所在的投标",
        "kind": "bid",
        "delta": "delta",
        "mean": "0.7",
        "ceiling": "0.3",
        "cut": "0.25",
        "upper": "0.95",
    },
]

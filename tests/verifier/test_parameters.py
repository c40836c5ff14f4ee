"""Pages and server draw alike: random sets, prices on the bounds, absent parts and ceilings."""

import json
import random
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.pure import parameters
from kernel.pure.parameters import BidRange, Inputs, Parameter

SCRIPT = Path(__file__).with_name("parameters.mjs")
MANY = 300


def _case(rng: random.Random) -> tuple[Parameter, Inputs, str | None]:
    count = rng.randrange(0, 7)
    named = [rng.randbytes(32) for _ in range(count)]
    ceiling = rng.choice([None, 1_000_000])
    prices = {
        each: rng.choice([855_000, 902_500, rng.randrange(300_000, 1_050_000)]) for each in named
    }
    parts = {each: rng.choice([None, rng.randbytes(32)]) for each in named}
    mean = Decimal(rng.randrange(0, 101)) / 100
    among = BidRange("delta", mean, 1 - mean, Decimal(rng.randrange(0, 99)) / 100, Decimal("0.95"))
    one = Parameter("b", "B", (), among)
    some = Parameter("k", "K", tuple(Decimal(n) / 8 for n in range(-2, rng.randrange(1, 90))))
    delta = rng.choice([None, "0", "0.05", "0.1", "0.025"])
    inputs = Inputs("lot", rng.randbytes(32), parts, prices, ceiling)
    return rng.choice([one, one, some]), inputs, delta


def _told(parameter: Parameter, inputs: Inputs, delta: str | None) -> dict[str, Any]:
    return {
        "parameter": parameter.to_json(),
        "root": inputs.close_root.hex(),
        "parts": {each.hex(): part and part.hex() for each, part in inputs.parts.items()},
        "prices": {each.hex(): price for each, price in inputs.prices.items()},
        "ceiling": inputs.ceiling_fen,
        "delta": delta,
    }


def test_both_languages_draw_the_same() -> None:
    rng = random.Random(7)
    cases = [_case(rng) for _ in range(MANY)]
    asked = json.dumps([_told(*case) for case in cases])
    answer = subprocess.run(
        ["node", str(SCRIPT)], input=asked, capture_output=True, text=True, check=True
    )
    for (parameter, inputs, delta), other in zip(cases, json.loads(answer.stdout), strict=True):
        own = parameters.draw(parameter, inputs, {"delta": delta})
        found = (own.seed.hex(), list(own.options), own.index, own.value)
        assert found == (other["seed"], other["options"], other["index"], other["value"])

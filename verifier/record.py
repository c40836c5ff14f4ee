"""The step about what bidders said: answers to the record, objections, supplements."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from kernel.pure import jcs
from verifier import marks
from verifier.bundle import Bundle
from verifier.failure import Failed

ANSWER: Final = "SBE/1 record answer"
OBJECTION: Final = "SBE/1 objection"
SUPPLEMENT: Final = "SBE/1 record supplement"
SPOKEN: Final = ("agreed", "objected")


def record(bundle: Bundle) -> None:
    """Whoever spoke signed it, in these words; supplements hang on the record one by one."""
    seats = {int(row["seat"]): row for row in bundle.facts["bids"]}
    for row in seats.values():
        _answer(bundle, row)
    told = [bundle.facts, *_supplements(bundle)]
    objections = [each for facts in told for each in facts["objections"]]
    if [each["no"] for each in objections] != list(range(1, len(objections) + 1)):
        raise Failed("objections are not numbered through")
    for each in objections:
        _objection(bundle, seats, each)
    said = {each["statement"] for each in objections}
    for row in seats.values():
        if row["answer"] == "objected" and row["statement"] not in said:
            raise Failed(f"the objection of seat {row['seat']} to the record is missing")


def _answer(bundle: Bundle, row: Mapping[str, Any]) -> None:
    if row["answer"] not in SPOKEN:
        if row["statement"] is not None or row["answer"] not in {None, "deemed"}:
            raise Failed(f"seat {row['seat']} is told to have answered otherwise")
        return
    told = _signed(bundle, row, row["statement"], row["statement_signature"])
    expected = (ANSWER, bundle.facts["read_out"], row["answer"])
    if (told.get("format"), told.get("record"), told.get("answer")) != expected:
        raise Failed(f"seat {row['seat']} answered otherwise")


def _objection(bundle: Bundle, seats: Mapping[int, Any], each: Mapping[str, Any]) -> None:
    told = _signed(bundle, seats[each["seat"]], each["statement"], each["signature"])
    said = (told.get("text"), told.get("attachments", []))
    if told.get("format") not in {ANSWER, OBJECTION} or said != (each["text"], each["attachments"]):
        raise Failed(f"objection {each['no']} was worded otherwise")
    if each["reply"] is None:
        raise Failed(f"objection {each['no']} has no answer")


def _signed(bundle: Bundle, row: Mapping[str, Any], statement: Any, signature: Any) -> Any:
    """A statement of the bidder on a seat about this lot, by its envelope's key."""
    envelope = bundle.envelopes[bytes.fromhex(row["commitment"])]
    key, pseudonym = envelope.header.signing_key, envelope.header.context.pseudonym
    raw = str(statement).encode()
    if not marks.p256_holds(key, raw, bytes.fromhex(str(signature))):
        raise Failed(f"signature of the bidder on seat {row['seat']}")
    told = jcs.parse(raw)
    if not isinstance(told, dict):
        raise Failed(f"the statement of seat {row['seat']} is no object")
    if (told.get("lot"), told.get("pseudonym"), told.get("seat")) != (
        bundle.lot,
        pseudonym,
        row["seat"],
    ):
        raise Failed(f"a statement of seat {row['seat']} about something else")
    return told


def _supplements(bundle: Bundle) -> list[Any]:
    """In order, each naming the hash of the one before it."""
    former = bundle.record
    found = []
    for number, raw in enumerate(bundle.supplements, start=2):
        facts = jcs.parse(raw)
        if not isinstance(facts, dict):
            raise Failed(f"supplement {number} is no object")
        told = (facts.get("format"), facts.get("lot"), facts.get("no"), facts.get("former"))
        if told != (SUPPLEMENT, bundle.lot, number, former.hex()):
            raise Failed(f"supplement {number} is another's")
        former = sha256(raw).digest()
        found.append(facts)
    return found

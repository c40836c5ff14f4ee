"""The steps that recompute an evaluation: docs/evaluation-bundle.md 4. Each raises Failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from evaluation.experts import rules as experts
from evaluation.plans.rules import read_plan
from evaluation.reports import rules as reports
from evaluation.scoring import rules as scoring
from evaluation.scoring.rules import Case, Entry
from kernel.pure import jcs
from verifier import marks, proofs
from verifier.bundle import Bundle
from verifier.evaluation import Evaluation
from verifier.failure import Failed
from verifier.leaves import evaluation_of, leaf_holds

SHEET_SIGNED: Final = b"sunbid sheet/1 signature\x00"
RANKED: Final = ("ranking", "draws", "candidates")
QUALIFICATION: Final = "qualification"


def draw(bundle: Bundle) -> None:
    """Pool, commitments and nonces in the log, in this order; everything else follows from them."""
    told = evaluation_of(bundle)
    facts, record = told.facts, told.record
    lots = {facts["lot"]["ref"], record["pool"]["lot"]}
    if facts["format"] != reports.FORMAT or lots != {bundle.lot}:
        raise Failed("report or pool are of another lot")
    if sha256(jcs.canonical(dict(record))).hexdigest() != facts["draw"]["record"]:
        raise Failed("the report names another draw")
    again = experts.redraw(record)
    if again.pool_digest.hex() != record["pool_digest"]:
        raise Failed("digest of the pool")
    for party in record["parties"]:
        if again.commitments[experts.DrawParty(party["party"])].hex() != party["commitment"]:
            raise Failed(f"the nonce of {party['party']} is not what was committed to")
    if again.seed.hex() != record["seed"] or record["seed"] != facts["draw"]["seed"]:
        raise Failed("seed of the draw")
    if list(again.order) != record["order"]:
        raise Failed("order of the draw")
    _seated(told, again.seatings[-1])
    _draw_logged(bundle, told)


def _seated(told: Evaluation, seating: experts.Seating) -> None:
    committee = told.facts["committee"]
    if [(m["seat"], m["expert"]) for m in committee] != list(enumerate(seating, start=1)):
        raise Failed("the committee is not the one that was drawn")
    sites = {each["expert"]: each["site"] for each in told.record["pool"]["candidates"]}
    if any(sites[member["expert"]] != member["site"] for member in committee):
        raise Failed("a member sat at another site")


def _draw_logged(bundle: Bundle, told: Evaluation) -> None:
    record = told.record
    base = {"lot": bundle.lot, "draw": record["name"]}
    pool = told.draw["pool"]
    leaf_holds(bundle, pool, "evaluation_pool", {**base, "pool": record["pool_digest"]})
    committed, revealed = [], []
    for party in record["parties"]:
        name = party["party"]
        proof = told.draw[f"commitment/{name}"]
        body = {**base, "party": name, "commitment": party["commitment"]}
        leaf_holds(bundle, proof, "evaluation_commitment", body)
        committed.append(proof.index)
        proof = told.draw[f"nonce/{name}"]
        leaf_holds(
            bundle, proof, "evaluation_nonce", {**base, "party": name, "nonce": party["nonce"]}
        )
        revealed.append(proof.index)
    if not pool.index < min(committed) <= max(committed) < min(revealed):
        raise Failed("pool, commitments and nonces were not logged in this order")


def sheets(bundle: Bundle) -> None:
    """Commitments, signatures, places in the log; one sheet for each seat and bid, no more."""
    told = evaluation_of(bundle)
    facts = told.facts
    listed = {bytes.fromhex(row["commitment"]): row for row in facts["sheets"]}
    if len(listed) != len(facts["sheets"]) or set(listed) != set(told.sheets):
        raise Failed("published sheets are not those of the report")
    keys = {member["seat"]: bytes.fromhex(member["key"]) for member in facts["committee"]}
    if len(set(keys.values())) != len(keys):
        raise Failed("two seats share a key")
    for named, sheet in told.sheets.items():
        _sheet(bundle, told, named, listed[named], keys)
        if sheet.proof.index >= told.frozen.index:
            raise Failed(f"sheet {named.hex()} was logged after the report")
    case = _case(facts)
    read = scoring.sheets_of(case, [sheet.text for sheet in told.sheets.values()])
    going_on = {bid.commitment for bid in scoring.admitted(case, scoring.qualify(case, read))}
    items = bool(case.plan.items)
    wanted = {(QUALIFICATION, seat, bid.commitment) for seat in keys for bid in case.bids}
    wanted |= {("technical", seat, bid) for seat in keys for bid in going_on if items}
    found = {(str(s.place.stage), s.place.seat, s.place.bid) for s in read}
    if found != wanted or len(read) != len(wanted):
        raise Failed("a member's sheet is missing or surplus")


def _sheet(
    bundle: Bundle,
    told: Evaluation,
    named: bytes,
    row: Mapping[str, Any],
    keys: Mapping[int, bytes],
) -> None:
    sheet = told.sheets[named]
    if scoring.commitment(sheet.text) != named:
        raise Failed(f"sheet {named.hex()} is not what was committed to")
    content: Any = jcs.parse(sheet.text)
    room = told.facts["room"]
    stated = {name: row[name] for name in ("stage", "seat", "bid", "marks")} | {"room": room}
    if any(content[name] != value for name, value in stated.items()):
        raise Failed(f"the report tells sheet {named.hex()} otherwise")
    key = keys.get(row["seat"], b"")
    if not marks.p256_holds(key, SHEET_SIGNED + named, sheet.signature):
        raise Failed(f"signature of sheet {named.hex()}")
    body = {"room": room, "commitment": named.hex()}
    leaf_holds(bundle, sheet.proof, "sheet_submitted", body)


def scores(bundle: Bundle) -> None:
    """Inputs are the opening's; every intermediate but the ranking recomputes."""
    _inputs(bundle)
    _compare(bundle, lambda name: name not in RANKED)


def ranking(bundle: Bundle) -> None:
    """Places, what decided them, draws between equals, candidates."""
    _compare(bundle, lambda name: name in RANKED)


def _compare(bundle: Bundle, chosen: Callable[[str], bool]) -> None:
    told = evaluation_of(bundle)
    case = _case(told.facts)
    read = scoring.sheets_of(case, [sheet.text for sheet in told.sheets.values()])
    again = scoring.compile_results(case, read).to_json()
    stated = told.facts["result"]
    for name in sorted(again.keys() | stated.keys()):
        if chosen(name) and stated.get(name) != again.get(name):
            raise Failed(f"{_where(name, stated.get(name), again.get(name))} does not recompute")


def _where(name: str, stated: Any, again: Any) -> str:
    """Which entry of a list differs, as far as it can be told."""
    if isinstance(stated, list) and isinstance(again, list) and len(stated) == len(again):
        for place, (one, other) in enumerate(zip(stated, again, strict=True)):
            if one != other:
                number = other.get("number") if isinstance(other, dict) else None
                return f"{name}[{place}]" + (f" of bid {number}" if number else "")
    return name


def _inputs(bundle: Bundle) -> None:
    told = evaluation_of(bundle).facts
    lot, opening = told["lot"], bundle.facts
    if read_plan(told["plan"]).digest().hex() != told["plan_digest"]:
        raise Failed("digest of the plan")
    if told["result"]["plan"] != told["plan_digest"]:
        raise Failed("the result is under another plan")
    if lot["close_root"] != proofs.close_point(bundle).root.hex():
        raise Failed("the report names another close")
    if lot["ceiling_fen"] != opening["lot"]["ceiling_fen"]:
        raise Failed("the report names another ceiling")
    listed = {bytes.fromhex(row["commitment"]): row for row in opening["bids"]}
    judged = {bytes.fromhex(row["commitment"]): row for row in told["bids"]}
    if set(judged) != set(bundle.opened) or len(judged) != len(told["bids"]):
        raise Failed("evaluated bids are not the opened ones")
    for named, row in judged.items():
        if row["price_fen"] != bundle.opened[named].opening["price_fen"]:
            raise Failed(f"price of bid {row['number']} is not the one that was opened")
        read = listed[named]
        if any(row[a] != read[b] for a, b in _SAME):
            raise Failed(f"bid {row['number']} is not the one on the opening's list")
        _secured(named, row, read["deposit"])
        part = bytes.fromhex(row["draw_part"] or "")
        if sha256(part).digest() != bundle.envelopes[named].header.draw_part_hash:
            raise Failed(f"draw part of bid {row['number']}")
    _unopened(bundle, told, set(listed) - set(judged))


def _unopened(bundle: Bundle, told: Mapping[str, Any], left: set[bytes]) -> None:
    """Listed bids that were not opened put the same into the draws as the opening says."""
    parts = {bytes.fromhex(row["commitment"]): row["draw_part"] for row in told["unopened"]}
    if set(parts) != left or len(parts) != len(told["unopened"]):
        raise Failed("bids that were not opened are not those of the opening's list")
    for named, part in parts.items():
        sealed = bundle.draws.parts.get(named)
        if part != (sealed.hex() if sealed is not None else None):
            raise Failed(f"draw part of {named.hex()}")


def _unsecured(row: Mapping[str, Any]) -> str | None:
    """Why a bid's security does not hold, as the report tells it; reports before had no word."""
    told = row.get("security")
    return told["word"] if told is not None and told["sound"] is not True else None


def _secured(named: bytes, row: Mapping[str, Any], deposit: Mapping[str, Any]) -> None:
    """A verdict that was final when the record was issued is the one that the committee had."""
    told = row.get("security")
    if told is not None and told["sound"] is None:
        raise Failed(f"security of {named.hex()} was not decided")
    if told is None or deposit["finality"] != "final":
        return
    if told["outcome"] != deposit["outcome"]:
        raise Failed(f"security of {named.hex()} is not the one on the opening's list")


_SAME: Final = (
    ("number", "seat"),
    ("organisation", "organisation"),
    ("credit_code", "credit_code"),
)


def _case(facts: Mapping[str, Any]) -> Case:
    return Case(
        lot=facts["lot"]["ref"],
        close_root=bytes.fromhex(facts["lot"]["close_root"]),
        ceiling_fen=facts["lot"]["ceiling_fen"],
        plan=read_plan(facts["plan"]),
        bids=tuple(
            Entry(
                row["number"],
                bytes.fromhex(row["commitment"]),
                row["price_fen"],
                bytes.fromhex(row["draw_part"]) if row["draw_part"] else None,
                _unsecured(row),
            )
            for row in facts["bids"]
        ),
        unopened={
            bytes.fromhex(row["commitment"]): bytes.fromhex(row["draw_part"])
            for row in facts["unopened"]
            if row["draw_part"] is not None
        },
        drawn=facts["drawn"],
    )

"""The last steps: what the members signed, and the award. docs/evaluation-bundle.md 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from evaluation.reports import rules as reports
from kernel.pure import jcs, merkle
from verifier import marks, proofs
from verifier.bundle import Bundle
from verifier.evaluation import Award
from verifier.failure import Failed
from verifier.leaves import evaluation_of, extends, leaf_holds

AWARD_SIGNED: Final = b"sunbid award/1\x00"
AWARD_MARKS: Final = ("decided_at", "signature", "certificate")


def report(bundle: Bundle) -> None:
    """Every seat answered once, with its own key, for exactly these facts; all of it is logged."""
    told = evaluation_of(bundle)
    facts, digest = told.facts, reports.facts_digest(told.raw)
    stated = {"room": facts["room"], "facts": digest.hex()}
    leaf_holds(bundle, told.frozen, "evaluation_report", stated)
    keys = {member["seat"]: bytes.fromhex(member["key"]) for member in facts["committee"]}
    if sorted(answer.seat for answer in told.answers) != sorted(keys):
        raise Failed("not every member has answered once")
    for answer in told.answers:
        given = reports.Answer(answer.answer)
        signature = answer.signature or b""
        message = reports.signing_message(
            room=facts["room"],
            digest=digest,
            seat=answer.seat,
            answer=given,
            opinion=answer.opinion,
        )
        deemed = given is reports.Answer.DEEMED
        if deemed == bool(signature) or (given is reports.Answer.DISSENT) != bool(answer.opinion):
            raise Failed(f"answer of seat {answer.seat}")
        if not deemed and not marks.p256_holds(keys[answer.seat], message, signature):
            raise Failed(f"signature of seat {answer.seat}")
        body = {"seat": answer.seat, "answer": answer.answer, "signature": signature.hex()}
        leaf_holds(bundle, answer.proof, "evaluation_report_answer", {**stated, **body})
        if not told.frozen.index < answer.proof.index < told.issued.index:
            raise Failed(f"seat {answer.seat} did not answer between report and issue")
    leaf_holds(bundle, told.issued, "evaluation_report_issued", stated)
    extends(bundle, told, proofs.close_point(bundle))


def award(bundle: Bundle) -> None:
    """The winner is a candidate of this report, the first unless a ground is stated; logged."""
    if bundle.award is None:
        return
    told, judged = bundle.award.facts, evaluation_of(bundle)
    if told["lot"] != bundle.lot or told["report"] != reports.facts_digest(judged.raw).hex():
        raise Failed("the award is of another lot or report")
    _winner(told, judged.facts["result"])
    body = {name: value for name, value in told.items() if name not in AWARD_MARKS}
    message = AWARD_SIGNED + jcs.canonical(body)
    key = marks.point_of(marks.certificate(bytes.fromhex(str(told["certificate"]))))
    if not marks.p256_holds(key, message, bytes.fromhex(str(told["signature"]))):
        raise Failed("the tenderee's signature over the award")
    _award_logged(bundle, bundle.award, message)


def _winner(told: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    named: Sequence[Mapping[str, Any]] = told["candidates"]
    places = result["ranking"][: len(result["candidates"])]
    shared = ("rank", "commitment", "price_fen", "total")
    if [{k: c[k] for k in shared} for c in named] != [{k: p[k] for k in shared} for p in places]:
        raise Failed("the candidates are not the report's")
    winner = next((each for each in named if each["commitment"] == told["winner"]), None)
    if winner is None or any(told[name] != winner[name] for name in ("rank", "price_fen")):
        raise Failed("the winner is not a candidate")
    if winner["rank"] != 1 and not told["ground"]:
        raise Failed("the first candidate was passed over without a ground")


def _award_logged(bundle: Bundle, found: Award, message: bytes) -> None:
    """After the report was issued, in a log that extends the evaluation's."""
    told, judged = found.facts, evaluation_of(bundle)
    stated = {
        "lot": bundle.lot,
        "digest": sha256(message).hexdigest(),
        "signature": told["signature"],
        "certificate": told["certificate"],
    }
    point = proofs.included(bundle, found.proof, "award", stated)
    last = proofs.checkpoint(bundle, judged.checkpoint)
    if found.proof.index <= judged.issued.index or not merkle.verify_consistency(
        old_size=last.size,
        old_root=last.root,
        size=point.size,
        root=point.root,
        path=found.consistency,
    ):
        raise Failed("the award does not come after the report in the log")

"""Evaluation's files of a lot's bundle: all that anyone needs to recompute it, seats for names.

Layout: docs/evaluation-bundle.md. Nothing before the report is public.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.reports import draws, queries
from evaluation.reports.models import AnswerRow, IssueRow, PublicationRow, ReportRow
from evaluation.rooms import queries as rooms
from evaluation.scoring import queries as scoring
from evaluation.scoring.queries import RevealedSheet
from kernel import log
from kernel.pure import jcs

Files = dict[str, bytes]


class _Unnumbered(Exception):
    """A leaf has no place in the log yet."""


def published(session: Session, lot_ref: UUID, *, since: int = 0) -> Files:
    """File name to content; empty until the report is public and all of it is in the log.

    `since` is the size of an earlier tree (the opening's close) that the log is shown to extend.
    """
    row = session.scalars(select(ReportRow).where(ReportRow.lot_ref == lot_ref)).first()
    issue = session.get(IssueRow, row.room_id) if row else None
    if row is None or issue is None or session.get(PublicationRow, row.room_id) is None:
        return {}
    try:
        told = _told(session, row, issue)
    except _Unnumbered:
        return {}
    told["log.json"] = _log(session, told, since)
    files = {f"evaluation/{name}": jcs.canonical(value) for name, value in told.items()}
    return {"evaluation/facts.json": bytes(row.facts), **files}


def _told(session: Session, row: ReportRow, issue: IssueRow) -> dict[str, Any]:
    outcome = scoring.outcome(session, rooms.room(session, row.room_id))
    sheets = outcome.sheets if outcome else ()
    leaves = draws.leaves(session, row.room_id)
    return {
        "draw.json": {
            "record": draws.record(session, row.room_id),
            "proofs": {name: _proof(session, leaf) for name, leaf in leaves.items()},
        },
        **{f"sheets/{each.commitment.hex()}.json": _sheet(session, each) for each in sheets},
        "answers.json": _answers(session, queries.answers(session, row.room_id)),
        "report.json": {
            "facts": _proof(session, row.leaf_id),
            "issued": _proof(session, issue.leaf_id),
        },
    }


def _sheet(session: Session, sheet: RevealedSheet) -> dict[str, Any]:
    return {
        "text": sheet.text.decode(),
        "signature": sheet.signature.hex(),
        "proof": _proof(session, sheet.leaf_id),
    }


def _answers(session: Session, rows: Iterable[AnswerRow]) -> list[dict[str, Any]]:
    return [
        {
            "seat": row.seat,
            "answer": row.answer.value,
            "opinion": row.opinion,
            "signature": row.signature.hex() if row.signature else None,
            "recorded_by": row.recorded_by,
            "reason": row.reason,
            "at": row.at.isoformat(),
            "proof": _proof(session, row.leaf_id),
        }
        for row in rows
    ]


def _proof(session: Session, leaf_id: UUID) -> dict[str, Any]:
    found = log.inclusion(session, leaf_id)
    if found is None:
        raise _Unnumbered
    return found.as_json()


def _log(session: Session, told: Mapping[str, Any], since: int) -> dict[str, Any]:
    """The largest checkpoint among the proofs, and that it extends all the others."""
    proofs = list(_proofs(told))
    last = max(proofs, key=lambda proof: int(proof["tree_size"]))
    sizes = {int(proof["tree_size"]) for proof in proofs} | ({since} if since else set())
    return {
        "checkpoint": last["checkpoint"],
        "consistency": [
            {
                "old_size": size,
                "path": [
                    step.hex() for step in log.consistency(session, size, int(last["tree_size"]))
                ],
            }
            for size in sorted(sizes)
            if size < last["tree_size"]
        ],
    }


def _proofs(value: Any) -> Iterable[Mapping[str, Any]]:
    """Every proof within what is published, wherever it stands."""
    if isinstance(value, Mapping):
        if "tree_size" in value:
            yield value
        else:
            for each in value.values():
                yield from _proofs(each)
    elif isinstance(value, list):
        for each in value:
            yield from _proofs(each)

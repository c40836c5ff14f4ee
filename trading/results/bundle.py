"""The published bundle of a lot as one ZIP: its opening, then its evaluation and award once public.

Layout: docs/sealed-bid-envelope.md 11 and docs/evaluation-bundle.md.
"""

import io
import json
import zipfile
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public as evaluation
from kernel import log
from kernel.house import Call
from kernel.pure import checkpoints, jcs
from trading.openings import bundle as openings
from trading.results import queries

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same facts


def build(call: Call, lot_id: UUID) -> bytes:
    """The ZIP of one lot. Raises Refused OPN-1702 until its opening is closed."""
    files = openings.files(call, lot_id)
    judged = evaluation.published(call.session, lot_id, since=_close_size(files))
    if judged:
        files["draws.json"] = _draws(files["draws.json"], judged["evaluation/facts.json"])
    return zipped(files | judged | (_award(call.session, lot_id, judged) if judged else {}))


def _award(session: Session, lot_id: UUID, judged: dict[str, bytes]) -> dict[str, bytes]:
    """The award and its place in the log, which extends the evaluation's last checkpoint."""
    facts, row = queries.award_facts(session, lot_id), queries.award_of(session, lot_id)
    found = log.inclusion(session, row.leaf_id) if row else None
    if facts is None or found is None:
        return {}
    last = _size(json.loads(judged["evaluation/log.json"])["checkpoint"])
    path = log.consistency(session, last, found.checkpoint.size)
    proof = {"proof": found.as_json(), "consistency": [step.hex() for step in path]}
    return {"award/award.json": facts, "award/proof.json": jcs.canonical(proof)}


def _draws(raw: bytes, facts: bytes) -> bytes:
    """The draw parts with the ties that were drawn from them."""
    told, result = json.loads(raw), json.loads(facts)["result"]
    return jcs.canonical({**told, "draws": result["draws"]})


def _close_size(files: dict[str, bytes]) -> int:
    """How many leaves the opening's close checkpoint covers."""
    return _size(json.loads(files["close.json"])["checkpoint"])


def _size(note: str) -> int:
    return checkpoints.parse_body(checkpoints.parse_note(note).text).size


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of the files in the order of their names; equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()

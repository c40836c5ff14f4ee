"""The published bundle of a lot as one ZIP: its opening, then its evaluation and award once public.

Layout: docs/sealed-bid-envelope.md 11 and docs/evaluation-bundle.md.
"""

import io
import json
import zipfile
from uuid import UUID

from evaluation import public as evaluation
from kernel.house import Call
from kernel.pure import checkpoints
from trading.openings import bundle as openings
from trading.results import queries

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same facts


def build(call: Call, lot_id: UUID) -> bytes:
    """The ZIP of one lot. Raises Refused OPN-1702 until its opening is closed."""
    files = openings.files(call, lot_id)
    judged = evaluation.published(call.session, lot_id, since=_close_size(files))
    award = queries.award_facts(call.session, lot_id) if judged else None
    if award is not None:
        judged["award/award.json"] = award
    return zipped(files | judged)


def _close_size(files: dict[str, bytes]) -> int:
    """How many leaves the opening's close checkpoint covers."""
    note = checkpoints.parse_note(json.loads(files["close.json"])["checkpoint"])
    return checkpoints.parse_body(note.text).size


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of the files in the order of their names; equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()

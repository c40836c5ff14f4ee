"""The published bundle of a lot as one ZIP: its opening, then its evaluation and award once public.

Layout: docs/sealed-bid-envelope.md 11 and docs/evaluation-bundle.md.
"""

import io
import zipfile
from uuid import UUID

from kernel.house import Call
from trading.openings import bundle as openings

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same facts


def build(call: Call, lot_id: UUID) -> bytes:
    """The ZIP of one lot. Raises Refused OPN-1702 until its opening is closed."""
    return zipped(openings.files(call, lot_id))


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of the files in the order of their names; equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()

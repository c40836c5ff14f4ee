"""Released scripts, and the offline verifier to keep: docs/sealed-bid-envelope.md 15."""

import json
from pathlib import Path
from typing import Any

from flask import Response, current_app, send_file

from kernel import log, pages, scripts
from kernel.house import Call
from kernel.web import Feature
from trading.portal.access import PortalRight
from trading.portal.checks import parse_digest

feature = Feature("scripts", __name__)
VERIFIER = "verify.html"


@feature.get("/log/scripts", permission=PortalRight.READ)
def releases(call: Call) -> dict[str, Any]:
    """Every release with its place in the log, the newest first."""
    return {"releases": [_told(call, row) for row in scripts.releases(call.session)]}


@feature.get("/log/scripts/<digest>", permission=PortalRight.READ)
def release(call: Call, digest: str) -> dict[str, Any]:
    """One release: its files by hash, and the proof of its leaf."""
    row = scripts.release(call.session, parse_digest(digest))
    return {**_told(call, row), "release": json.loads(row.listing)}


@feature.get("/verify.html", permission=PortalRight.READ)
def verifier(call: Call) -> Response:
    """The offline verifier as a file to keep: it is meant to be opened from a disk."""
    path = Path(current_app.static_folder or "") / "dist" / pages.built(VERIFIER)
    return send_file(path, as_attachment=True, download_name=f"sunbid-{VERIFIER}")


def _told(call: Call, row: scripts.ScriptRelease) -> dict[str, Any]:
    """The proof is null until the log has numbered the leaf."""
    found = log.inclusion(call.session, row.leaf_id)
    return {
        "digest": row.digest.hex(),
        "files": row.files,
        "at": row.at.isoformat(),
        "proof": found.as_json() if found else None,
    }

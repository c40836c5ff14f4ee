"""The check page: what a hash stands for, its place in the log, and our seal on a PDF."""

from typing import Any

from flask import Response, redirect, request

from kernel import log, pages
from kernel.house import Call
from kernel.identity import authority
from kernel.pdf.signing import verify_seal
from kernel.pure.errors import Refused
from kernel.web import Feature, refusal_response
from trading.portal import checks
from trading.portal.access import PortalRight

feature = Feature("check", __name__)
MAX_PDF = 32 << 20


@feature.get("/check", permission=PortalRight.CHECK)
def check(call: Call) -> str | Response:
    """Drop a file or paste a hash; `?hash=` leads to its page, without script too."""
    given = request.args.get("hash", "")
    if given.strip():
        digest = checks.parse_digest(given)
        return redirect(f"/check/{digest.hex()}", code=303)  # type: ignore[return-value]
    return pages.render("portal/check.html", page=_page(call), finding=None, digest=None)


@feature.get("/check/<digest>", permission=PortalRight.CHECK)
def check_digest(call: Call, digest: str) -> str | Response | dict[str, Any]:
    """What a digest stands for: a page for people (QR codes lead here), JSON for scripts."""
    value = checks.parse_digest(digest)
    finding = checks.find(call.session, value)
    if request.accept_mimetypes.best == "application/json":
        return _as_json(call, finding)
    if finding is None:
        return Response(
            pages.render("portal/check.html", page=_page(call), finding=None, digest=value.hex()),
            status=404,
        )
    return pages.render(
        "portal/check.html",
        page=_page(call),
        finding=finding,
        digest=value.hex(),
        proof=checks.proof(call.session, finding),
    )


@feature.post("/check/seal", permission=PortalRight.CHECK)
def check_seal(call: Call) -> Response | dict[str, Any]:
    """Verify the seal of a public PDF; nothing is kept. The body is the PDF."""
    request.max_content_length = MAX_PDF
    pdf = request.get_data(cache=False)
    if not pdf.startswith(b"%PDF-"):
        return refusal_response(Refused("POR-1004"))
    seal = verify_seal(pdf, root=_root(call), at=None)
    return {
        "intact": seal.intact,
        "trusted": seal.trusted,
        "whole": seal.whole,
        "signer": seal.signer,
        "signed_at": seal.signed_at.isoformat() if seal.signed_at else None,
        "serial": seal.serial,
    }


def _root(call: Call) -> bytes:
    return authority.of(call.house, call.session, call.now).root


def _page(call: Call) -> dict[str, Any]:
    """What the script needs to check receipts on its own."""
    newest = log.latest(call.session)
    return {
        "logKey": call.house.keys.log_public_key.hex(),
        "logName": newest.note.split("\n", 1)[0] if newest else "",
        **call.house.witnesses.as_json(),
    }


def _as_json(call: Call, finding: checks.Finding | None) -> dict[str, Any]:
    if finding is None:
        raise Refused("POR-1001")
    found = checks.proof(call.session, finding)
    return {
        "title": finding.title,
        "subject": finding.subject,
        "facts": [list(fact) for fact in finding.facts],
        "link": finding.link,
        "proof": {
            "index": found.entry.index,
            "hash": found.entry.hash.hex(),
            "leaf": found.entry.data.decode() if finding.told else None,
            "tree_size": found.checkpoint.size,
            "path": [step.hex() for step in found.path],
            "checkpoint": found.checkpoint.note,
        }
        if found
        else None,
    }

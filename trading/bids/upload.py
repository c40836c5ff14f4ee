"""The upload process: tus 1.0 core and checksum for sealed parts, under ticket, without cookies.

Its own process, because one large body stalls an event loop; it answers the page's origin only.
It keeps no access log: whoever counted its lines would count bids.
"""

import logging
from base64 import b64decode
from binascii import Error as NotBase64
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, jsonify, request, send_file
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

import kernel
import trading
from kernel.clock import clock_timestamp, legal_now
from kernel.faults import described
from kernel.house import House
from kernel.permissions import Guarded, PermissionTable, Pseudonym, UnguardedError
from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from kernel.refusals import Catalogue
from kernel.settings import Settings
from trading.bids import refusals, staging
from trading.bids.access import GRANTS, Right
from trading.bids.models import Act
from trading.bids.queries import terms_of
from trading.bids.rules import CAPS, MOST_PER_REQUEST, SEALED_CHUNK, in_time, not_over
from trading.bids.tickets import REHEARSAL, TicketRequest, TooLate, authenticate
from trading.tenders.queries import deadline_of, lot_snapshot

FAULTS = logging.getLogger("sunbid.faults")
VERSION = "1.0.0"
CHECKSUM = "sbe1-root"
"""RFC 9162 root over the request's sealed chunks: one hash serves checksum, signature and tree."""
NOTHING = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
METHODS = "POST, HEAD, PATCH, GET, DELETE, OPTIONS"
TAKEN = (
    "Authorization, Content-Type, Tus-Resumable, Upload-Checksum, Upload-Length, "
    "Upload-Metadata, Upload-Offset, X-Signature"
)
DOORS = tuple(
    Guarded("upload", name, Right.ACT_UNDER_TICKET)
    for name in (
        "POST /upload/",
        "HEAD /upload/<uuid:upload_id>",
        "PATCH /upload/<uuid:upload_id>",
        "DELETE /upload/<uuid:upload_id>",
        "GET /upload/<uuid:upload_id>/bytes",
        "HEAD /upload/<uuid:upload_id>/bytes",
    )
)
SHOWN = "Location, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Root"


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application; settings come from the environment unless given.

    Raises UnguardedError when a route names no permission.
    """
    house = House.open(settings or Settings.from_env(), pool_size=16)
    catalogue = Catalogue(
        Path(str(package.__file__)).parent / "refusals.toml" for package in (kernel, trading)
    )
    app = Flask("sunbid.upload", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_PER_REQUEST

    _take_parts(app, house)
    _serve_rehearsals(app, house)
    _answer_refusals(app, house, catalogue)

    @app.after_request
    def close(response: Response) -> Response:
        return _allow(response, house.settings.public_url)

    app.extensions["house"] = house
    check_guarded(app)
    return app


def _take_parts(app: Flask, house: House) -> None:
    @app.post("/upload/")
    def create() -> Response:
        with house.database.writing() as session:
            actor = _actor(house, session, NOTHING)
            size, part = _whole_number("Upload-Length"), _part()
            if actor.lot_id != REHEARSAL:
                terms = terms_of(lot_snapshot(session, actor.lot_id))
                in_time(terms, legal_now(session), sequence=0, earlier=None)
            begun = staging.open_upload(house, session, actor=actor, part=part, size=size)
        answer = _told(begun, 201)
        answer.headers["Location"] = f"/upload/{begun.id}"
        return answer

    @app.route("/upload/<uuid:upload_id>", methods=["HEAD"])
    def ask(upload_id: UUID) -> Response:
        with house.database.reading() as session:
            actor = _actor(house, session, NOTHING)
            found = staging.begun(session, actor=actor, upload_id=upload_id)
        return _told(staging.finish_if_full(house, found), 200)

    @app.patch("/upload/<uuid:upload_id>")
    def receive(upload_id: UUID) -> Response:
        checksum = _checksum()
        with house.database.reading() as session:
            actor = _actor(house, session, checksum)
            _not_over(session, actor)
            begun = staging.begun(session, actor=actor, upload_id=upload_id)
        if request.content_length is None:
            raise Refused("BID-1204", most=MOST_PER_REQUEST)
        taken = staging.receive(
            house,
            begun,
            offset=_whole_number("Upload-Offset"),
            length=request.content_length,
            checksum=checksum,
            # Werkzeug's own stream copies each chunk twice more.
            body=request.input_stream,  # type: ignore[arg-type]
        )
        return _told(taken, 204)


def _serve_rehearsals(app: Flask, house: House) -> None:
    @app.get("/upload/<uuid:upload_id>/bytes")
    def give_back(upload_id: UUID) -> Response:
        with house.database.reading() as session:
            actor = _actor(house, session, NOTHING)
            kept = staging.rehearsed(house, session, actor=actor, upload_id=upload_id)
        return send_file(kept, mimetype="application/octet-stream")

    @app.delete("/upload/<uuid:upload_id>")
    def discard(upload_id: UUID) -> Response:
        with house.database.writing() as session:
            actor = _actor(house, session, NOTHING)
            staging.discard(house, session, actor=actor, upload_id=upload_id)
        return Response(status=204)


def _answer_refusals(app: Flask, house: House, catalogue: Catalogue) -> None:
    @app.errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        return _refusal(house, catalogue, refused)

    @app.errorhandler(HTTPException)
    def misuse(error: HTTPException) -> Response:
        code = {404: "WEB-1001", 405: "WEB-1002"}.get(error.code or 0, "BID-1204")
        return _refusal(house, catalogue, Refused(code))

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        FAULTS.error("upload %s", request.method, exc_info=error)
        return _refusal(house, catalogue, Refused("BID-1209"))


def check_guarded(app: Flask) -> None:
    """Refuse to start with a route that names no permission; raises UnguardedError."""
    guarded = {door.name for door in DOORS}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            if f"{method} {rule.rule}" not in guarded:
                raise UnguardedError(f"upload route {method} {rule.rule} names no permission")


def _actor(house: House, session: Session, body_digest: bytes) -> Pseudonym:
    shown = TicketRequest(
        authorization=request.headers.get("Authorization", ""),
        signature=request.headers.get("X-Signature", ""),
        method=request.method,
        path=request.path,
        body_digest=body_digest,
    )
    try:
        holder = authenticate(house.keys, shown, clock_timestamp(session))
    except TooLate as late:
        g.attempt = late.holder, shown
        raise
    g.attempt = holder, shown
    PermissionTable([GRANTS]).require(holder, Right.ACT_UNDER_TICKET)
    return holder


def _not_over(session: Session, actor: Pseudonym) -> None:
    """Nothing more is taken once the deadline is past; asked of each piece, so little is read."""
    if actor.lot_id != REHEARSAL:
        not_over(deadline_of(session, actor.lot_id), legal_now(session))


def _whole_number(header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Refused("BID-1210", header=header)
    return int(text)


def _part() -> PartName:
    pairs = (
        pair.strip().split(" ") for pair in request.headers.get("Upload-Metadata", "").split(",")
    )
    named = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    try:
        return PartName(b64decode(named["part"], validate=True).decode())
    except (KeyError, ValueError, NotBase64):
        raise Refused("BID-1210", header="Upload-Metadata") from None


def _checksum() -> bytes:
    name, _, value = request.headers.get("Upload-Checksum", "").partition(" ")
    try:
        digest = b64decode(value, validate=True)
    except NotBase64:
        digest = b""
    if name != CHECKSUM or len(digest) != len(NOTHING):
        raise Refused("BID-1210", header="Upload-Checksum")
    return digest


def _told(progress: staging.Progress, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(progress.held)
    answer.headers["Upload-Length"] = str(progress.size)
    if progress.root is not None:
        answer.headers["Upload-Root"] = progress.root.hex()
    return answer


def _refusal(house: House, catalogue: Catalogue, refused: Refused) -> Response:
    _drain()
    told = catalogue.text(refused)
    answer = jsonify({**told.as_json(house.settings.centre_phone), **_logged(house, refused)})
    answer.status_code = told.status
    if "held" in refused.facts:
        answer.headers["Upload-Offset"] = str(refused.facts["held"])
    return answer


def _logged(house: House, refused: Refused) -> dict[str, Any]:
    """Log what a known pseudonym was refused; a database that is away must not hide the reason."""
    if "attempt" not in g or request.method not in ("POST", "PATCH"):
        return {}
    holder, shown = g.attempt
    subject = refusals.attempt_of(holder, shown)
    try:
        with house.database.writing() as session:
            at = refused.facts.get("at")
            now = at if isinstance(at, datetime) else legal_now(session)
            return refusals.turn_away(
                session, holder, refused, act=Act.UPLOAD, subject=subject, now=now
            ).as_json()
    except SQLAlchemyError as error:
        FAULTS.error("upload refusal not logged\n%s", described(error))
        return {}


def _drain() -> None:
    """Read what is still being sent: a browser reports an answer in mid-body as no answer."""
    with suppress(OSError, HTTPException):
        while request.stream.read(SEALED_CHUNK):
            pass


def _allow(response: Response, origin: str) -> Response:
    headers = response.headers
    headers["Tus-Resumable"] = VERSION
    headers["Cache-Control"] = "no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Access-Control-Allow-Origin"] = origin
    headers["Vary"] = "Origin"
    headers["Access-Control-Expose-Headers"] = SHOWN
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Allow-Headers"] = TAKEN
        headers["Access-Control-Max-Age"] = "7200"
        headers["Tus-Version"] = VERSION
        headers["Tus-Extension"] = "creation,checksum"
        headers["Tus-Checksum-Algorithm"] = CHECKSUM
        headers["Tus-Max-Size"] = str(CAPS.document)
    return response

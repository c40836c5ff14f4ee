"""The HTTP edge: one transaction per request, a permission on every route, words for refusals.

Access logs hold method, route template, status and duration; never an id, user or address. What
only bidders or their banks ask for leaves no line at all: lines can be counted.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    request,
)
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from kernel import pages
from kernel.clock import clock_timestamp, legal_now
from kernel.faults import described
from kernel.house import Call, House
from kernel.permissions import (
    Account,
    Actor,
    Guarded,
    PermissionTable,
    Pseudonym,
    Right,
    UnguardedError,
    Visitor,
)
from kernel.pure.errors import Refused
from kernel.refusals import Catalogue, RefusalText

LOG = logging.getLogger("sunbid.access")
FAULTS = logging.getLogger("sunbid.faults")
MAX_BODY = 4 << 20
DEVICES = ("camera", "microphone", "display-capture")

View = Callable[..., Any]


class AccountReader(Protocol):
    """Finds the account behind a session cookie (by `kernel.identity`)."""

    def __call__(self, session: Session, cookie: str, now: datetime, /) -> Account | None: ...


class TicketReader(Protocol):
    """Finds the pseudonym behind a ticket and a signed request (by `trading.bids`)."""

    def __call__(
        self,
        *,
        authorization: str,
        signature: str,
        method: str,
        path: str,
        body_digest: bytes,
        at: datetime,
    ) -> Pseudonym: ...


@dataclass(slots=True)
class Edge:
    """What the HTTP edge needs; one per application."""

    house: House
    table: PermissionTable
    catalogue: Catalogue
    read_account: AccountReader
    read_ticket: TicketReader
    cookie_name: str


class Feature(Blueprint):
    """The routes of one feature; each names its permission and whether it takes a ticket.

    `quiet`: requests leave no line in the log; a door under a ticket is always quiet.
    """

    def __init__(self, name: str, import_name: str, *, quiet: bool = False) -> None:
        folder = Path(__import__("sys").modules[import_name].__file__ or "").parent / "templates"
        super().__init__(
            name, import_name, template_folder=str(folder) if folder.is_dir() else None
        )
        self.doors: list[Guarded] = []
        self._quiet = quiet

    def get(  # type: ignore[override]
        self, rule: str, *, permission: Right, ticket: bool = False, quiet: bool = False
    ) -> Callable[[View], View]:
        """A page or answer read in one read-only transaction."""
        return self._door("GET", rule, permission, ticket=ticket, quiet=quiet)

    def post(  # type: ignore[override]
        self,
        rule: str,
        *,
        permission: Right,
        ticket: bool = False,
        quiet: bool = False,
        most: int | None = None,
    ) -> Callable[[View], View]:
        """An act in one transaction, committed once the view has returned.

        `most` bytes of body where files come: a ticket's signature covers them before the view.
        """
        return self._door("POST", rule, permission, ticket=ticket, quiet=quiet, most=most)

    def _door(
        self,
        method: str,
        rule: str,
        permission: Right,
        *,
        ticket: bool,
        quiet: bool,
        most: int | None = None,
    ) -> Callable[[View], View]:
        hushed = ticket or quiet or self._quiet

        def register(view: View) -> View:
            def serve(**params: Any) -> Response:
                g.quiet = hushed
                if most is not None:
                    request.max_content_length = most
                return _serve(view, method, permission, params, ticket=ticket)

            endpoint = view.__name__
            self.add_url_rule(rule, endpoint, serve, methods=[method])
            self.doors.append(Guarded("route", f"{method} {rule}", permission))
            return view

        return register


def edge() -> Edge:
    """The edge of the application that serves the current request."""
    found: Edge = current_app.extensions["sunbid"]
    return found


def body() -> dict[str, Any]:
    """The JSON object of the request; raises Refused WEB-1004 when it is none."""
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        raise Refused("WEB-1004", detail="应为 JSON 对象")
    return value


def _serve(
    view: View, method: str, permission: Right, params: dict[str, Any], *, ticket: bool
) -> Response:
    here = edge()
    database = here.house.database
    door: AbstractContextManager[Session] = (
        database.reading() if method == "GET" else database.writing()
    )
    with door as session:
        actor = _actor(here, session, ticket=ticket)
        g.actor = actor
        here.table.require(actor, permission)
        if method == "POST" and isinstance(actor, Account):
            _check_csrf(actor)
        now = legal_now(session)
        g.call = call = Call(session, actor, now, here.house)
        answer = view(call, **params)
        return jsonify(answer) if isinstance(answer, dict) else make_response(answer)


def _actor(here: Edge, session: Session, *, ticket: bool) -> Actor:
    if ticket:
        return _pseudonym(here, session)
    cookie = request.cookies.get(here.cookie_name)
    if not cookie:
        return Visitor()
    return here.read_account(session, cookie, clock_timestamp(session)) or Visitor()


def _pseudonym(here: Edge, session: Session) -> Pseudonym:
    actor = here.read_ticket(
        authorization=request.headers.get("Authorization", ""),
        signature=request.headers.get("X-Signature", ""),
        method=request.method,
        path=request.path,
        body_digest=hashlib.sha256(request.get_data()).digest(),
        at=clock_timestamp(session),
    )
    lot_id = (request.view_args or {}).get("lot_id")
    if lot_id is not None and lot_id != actor.lot_id:
        raise Refused("WEB-1104")
    return actor


def _check_csrf(actor: Account) -> None:
    shown = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(shown.encode(), actor.csrf_token.encode()):
        raise Refused("WEB-1103")


def mount(app: Flask, here: Edge, features: list[Feature]) -> None:
    """Attach edge and features to `app`; raises UnguardedError when a door is unguarded."""
    app.extensions["sunbid"] = here
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    for feature in features:
        app.register_blueprint(feature)
        for door in feature.doors:
            here.table.guard(door)
    check_guarded(app, here.table)
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(Refused, _answer_refused)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_fault)


def check_guarded(app: Flask, table: PermissionTable) -> None:
    """Refuse to start when a route exists that no feature guarded."""
    guarded = {door.name for door in table.doors if door.kind == "route"}
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for method in methods:
            if rule.endpoint != "static" and f"{method} {rule.rule}" not in guarded:
                raise UnguardedError(f"route {method} {rule.rule} names no permission")


def _begin() -> None:
    g.began = time.monotonic()


def _finish(response: Response) -> Response:
    template = request.url_rule.rule if request.url_rule else "-"
    spent = (time.monotonic() - g.get("began", time.monotonic())) * 1000
    if not g.get("quiet"):
        LOG.info("%s %s %d %.0fms", request.method, template, response.status_code, spent)
    headers = response.headers
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    headers["Content-Security-Policy"] = pages.content_security_policy(edge().house.settings)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = f"{_devices()}, geolocation=(), payment=(), usb=()"
    return response


def allow_devices() -> None:
    """Let the page of this request ask for camera, microphone and screen; no other page may."""
    g.devices = True


def _devices() -> str:
    allowed = "(self)" if g.get("devices") else "()"
    return ", ".join(f"{name}={allowed}" for name in DEVICES)


def explain(code: str, **facts: object) -> RefusalText:
    """The catalogue's words for a code, for pages that refuse without raising."""
    return edge().catalogue.text(Refused(code, **facts))


def refusal_response(refused: Refused, *, more: dict[str, Any] | None = None) -> Response:
    """The answer to a refusal; a view may return it so that what it wrote is committed.

    `more` stands beside the words in the form that scripts receive.
    """
    here = edge()
    told = here.catalogue.text(refused)
    phone = here.house.settings.centre_phone
    if _wants_json():
        answer = jsonify({**told.as_json(phone), **(more or {})})
    else:
        answer = make_response(pages.render("refusal.html", refusal=told, phone=phone))
    answer.status_code = told.status
    return answer


def _answer_refused(refused: Refused) -> Response:
    return refusal_response(refused)


def _answer_http(error: HTTPException) -> Response:
    if error.code == 404:
        return refusal_response(Refused("WEB-1001"))
    if error.code == 405:
        return refusal_response(Refused("WEB-1002"))
    if error.code == 413:
        return refusal_response(Refused("WEB-1003", limit="4 MiB"))
    if error.code is not None and error.code < 400:
        response = error.get_response()
        return make_response(response)
    return refusal_response(Refused("WEB-1004", detail=error.name))


def _answer_fault(error: Exception) -> Response:
    incident = secrets.token_hex(4)
    template = request.url_rule.rule if request.url_rule else "-"
    FAULTS.error("incident %s in %s %s\n%s", incident, request.method, template, described(error))
    return refusal_response(Refused("WEB-1005", incident=incident))


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def path_uuid(value: str) -> UUID:
    """A UUID from a form or query; raises Refused WEB-1004."""
    try:
        return UUID(value)
    except ValueError as error:
        raise Refused("WEB-1004", detail="编号格式不对") from error

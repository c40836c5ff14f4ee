"""Every route of the permission matrix, asked by every role; the answers with all their headers."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import architecture
from tests.faults.places import Piece

MATRIX = Path(str(architecture.__file__)).with_name("permissions.txt")
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
PUBLIC = "public"
GALLERY = "/dev/components"  # samples of the design, nothing of the installation
# These acts would end the logins, the lot or the standing of the clock that all others rely on.
LEFT_OUT = {
    "/logout",
    "/demo/begin",
    "/demo/step",
    "/tenders/lots/<uuid:lot_id>/end",
}
MISUSE = (
    ("GET", "/no-such-page"),
    ("GET", "/metrics"),
    ("GET", "/health"),
    ("POST", "/lots"),
    ("GET", "/lots/no-uuid"),
    ("HEAD", "/lots/<uuid:lot_id>"),
)
UPLOADS = (
    ("OPTIONS", "/upload/"),
    ("POST", "/upload/"),
    ("HEAD", "/upload/<uuid:envelope_id>"),
    ("PATCH", "/upload/<uuid:envelope_id>"),
    ("GET", "/upload/"),
    ("GET", "/"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route and who may take it, as the pinned matrix says."""

    method: str
    rule: str
    roles: tuple[str, ...]

    @property
    def is_general(self) -> bool:
        """Whether the public may take it."""
        return "anyone" in self.roles

    def meant_for(self, site: "Site") -> list[str]:
        """The logins of those who pass its permission."""
        all_of_them = self.is_general or "signed-in" in self.roles
        return [login for login, role in site.roles.items() if all_of_them or role in self.roles]


@dataclass(frozen=True, slots=True)
class Site:
    """Where to ask, under which cookies, and what stands for the parameters of routes."""

    url: str
    upload_url: str
    cookies: dict[str, str]
    csrf: dict[str, str]
    roles: dict[str, str]
    values: dict[str, str]


def routes(method: str) -> list[Route]:
    """The matrix' routes of one method."""
    lines = (line.split() for line in MATRIX.read_text("utf-8").splitlines())
    found = [
        Route(parts[1], parts[2], tuple(parts[4:]))
        for parts in lines
        if parts[0] == "route" and parts[1] == method
    ]
    return [route for route in found if route.rule != GALLERY and route.rule not in LEFT_OUT]


def look(site: Site, when: str) -> Iterator[Piece]:
    """Every GET route by those whom it is meant for; what all may see, by the public."""
    for route in routes("GET"):
        for login in (PUBLIC,) if route.is_general else route.meant_for(site):
            yield ask(site, when, login, "GET", route.rule)


def look_everywhere(site: Site, when: str) -> Iterator[Piece]:
    """Every GET route by everybody who may take it, and by the public."""
    for route in routes("GET"):
        for login in (PUBLIC, *route.meant_for(site)):
            yield ask(site, when, login, "GET", route.rule)


def act(site: Site, when: str) -> Iterator[Piece]:
    """Every POST route by whoever may take it, with nothing in its body; and plain misuse."""
    for route in routes("POST"):
        for login in (PUBLIC,) if route.is_general else route.meant_for(site):
            if site.roles.get(login) != "bidder":
                yield ask(site, when, login, "POST", route.rule)
    for method, rule in MISUSE:
        for login in (PUBLIC, "supervisor"):
            yield ask(site, when, login, method, rule)
    for method, rule in UPLOADS:
        yield ask(site, when, PUBLIC, method, rule, to=site.upload_url)


def ask(site: Site, when: str, login: str, method: str, rule: str, *, to: str = "") -> Piece:
    """One request; no answer may be a fault of the server."""
    path = PARAMETER.sub(lambda found: _value(site, found["kind"] or "", found["name"]), rule)
    headers = {"Accept": "text/html"}
    if login != PUBLIC:
        headers |= {"Cookie": site.cookies[login], "X-CSRF-Token": site.csrf[login]}
    body = b"{}" if method in ("POST", "PATCH") else None
    if body is not None:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(
        f"{to or site.url}{path}", data=body, headers=headers, method=method
    )
    where = f"answer {when} {login} {method} {'upload:' if to else ''}{rule}"
    status, content = fetch(request)
    assert status < 500, f"{where}: {status}"
    return Piece(f"answer {status}", where, content)


def _value(site: Site, kind: str, name: str) -> str:
    """What stands for a parameter; of what comes after the opening nothing exists yet."""
    return site.values.get(name) or {"uuid": site.values["certificate_id"]}.get(kind, "1")


def fetch(request: urllib.request.Request) -> tuple[int, bytes]:
    """Status, and the whole answer: status, every header on a line of its own, the body."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, _whole(answer, answer.status)
    except urllib.error.HTTPError as error:
        return error.code, _whole(error, error.code)


def _whole(answer: Any, status: int) -> bytes:
    told = [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\n".join((str(status), *told, "", "")).encode() + bytes(answer.read())


def values(rows: Any, lot: str, live: str) -> dict[str, str]:
    """What stands for the parameters that are not just any number or id."""
    [(project, document)] = rows(
        "SELECT l.project_id, d.id FROM lot l JOIN tender_document d ON d.lot_id = l.id "
        "WHERE l.id = :lot",
        lot=lot,
    )
    [(certificate,)] = rows("SELECT min(id::text) FROM certificate")
    [(sitting,)] = rows("SELECT sitting_id FROM sitting_lot WHERE lot_id = :lot", lot=lot)
    [(bank,)] = rows("SELECT code FROM bank")
    [(day,)] = rows(
        "SELECT (min(valid_from) AT TIME ZONE 'Asia/Shanghai')::date::text FROM bank_key"
    )
    return {
        "certificate_id": str(certificate),
        "lot_id": lot,
        "sitting_id": str(sitting),
        "live_id": live,
        "project_id": str(project),
        "document_id": str(document),
        "code": str(bank),
        "day": str(day),
        "account": "62330104",
        "ledger_account": "cash",
        "kind": "award",
        "part": "technical",
        "digest": "0" * 64,
        "size": "4",
        "tile": "0/000.p/4",
    }

"""Every GET route of the permission matrix, asked by every role."""

import difflib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests import architecture
from tests.faults.places import Piece

MATRIX = Path(str(architecture.__file__)).with_name("permissions.txt")
ROLES = ("", "agency", "tenderee", "water", "centre", "supervisor", "trustee", "bank", "bidder-4")
CHANGING = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), b"ID"),
    (re.compile(rb"[0-9a-f]{16,}"), b"HEX"),
    (re.compile(rb"[A-Za-z0-9+/_-]{22,}={0,2}"), b"TOKEN"),
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?"), b"TIME"),
    (re.compile(rb"\d\d:\d\d(:\d\d)?"), b"TIME"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A person's session: the cookie, empty for the public."""

    role: str
    cookie: str = field(repr=False)


def arrive(url: str, role: str) -> Visit:
    """Log in as one of the demonstration's people; the empty role is the public."""
    if not role:
        return Visit(role, "")
    request = urllib.request.Request(
        f"{url}/login/demo",
        data=urllib.parse.urlencode({"login": role}).encode(),
        headers={"Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
        answer.read()
    return Visit(role, "; ".join(cookie.split(";")[0] for cookie in cookies))


def routes() -> list[str]:
    """Paths with their parameters, as the pinned matrix names them."""
    lines = (line.split() for line in MATRIX.read_text("utf-8").splitlines())
    return [parts[2] for parts in lines if parts[:2] == ["route", "GET"]]


def crawl(url: str, visit: Visit, values: dict[str, str]) -> list[Piece]:
    """What every GET route answers this visitor; no answer may be a fault of the server."""
    found = []
    for route in routes():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: values[name[1]], route)
        status, content = fetch(f"{url}{path}", visit.cookie)
        assert status < 500, f"{visit.role or 'public'} {route}: {status}"
        found.append(Piece(f"answer {status}", f"{visit.role or 'public'} {route}", content))
    return found


def fetch(address: str, cookie: str = "") -> tuple[int, bytes]:
    """Status, and headers with the body."""
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, _whole(answer)
    except urllib.error.HTTPError as error:
        return error.code, _whole(error)


def _whole(answer: object) -> bytes:
    headers = dict(answer.headers.items())  # type: ignore[attr-defined]
    headers.pop("Date", None)
    return json.dumps(headers).encode() + b"\n" + answer.read()  # type: ignore[attr-defined]


def masked(content: bytes) -> bytes:
    """Without what differs between two visits of the same page: times, nonces, tokens, hashes."""
    for pattern, word in CHANGING:
        content = pattern.sub(word, content)
    return content


def difference(before: bytes, after: bytes) -> list[str]:
    """The lines that differ, for the person who reads the failed test."""
    lines = [masked(each).decode("utf-8", "replace").splitlines() for each in (before, after)]
    return [line.strip()[:200] for line in difflib.ndiff(*lines) if line[0] in "+-"][:8]

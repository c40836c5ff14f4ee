"""Every GET route of the permission matrix, asked by every role."""

import difflib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import architecture
from tests.faults.places import Piece

MATRIX = Path(str(architecture.__file__)).with_name("permissions.txt")
ROLES = ("", "agency", "tenderee", "centre", "supervisor", "trustee", "bank", "bidder-4")
GALLERY = "/dev/components"  # samples of the design, nothing of the installation
CHANGING = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), b"ID"),
    (re.compile(rb"[0-9a-f]{16,}"), b"HEX"),
    (re.compile(rb"[A-Za-z0-9+/_-]{22,}={0,2}"), b"TOKEN"),
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?"), b"TIME"),
    (re.compile(rb"\d\d:\d\d(:\d\d)?"), b"TIME"),
    (re.compile(rb'(data-(now|until|since)=")\d+"'), b"TIME"),
    (re.compile(r"\d+<small>(天|时|分|秒)</small>".encode()), b""),
    (re.compile("还有 [^<]*".encode()), b"TIME"),
    (re.compile(rb'"offset":[\d.]+'), b"TIME"),
)
# The log grows by one quantum a tick, whatever happens: tests/kernel/test_log.py.
LOG = (
    (re.compile(r"(条目</dt><dd>|—\s*|\n)[\d,]+(?=</dd>|\n)".encode()), b"SIZE"),
    (re.compile(rb"<(b|span)>[0-9a-f]{4}</\1>"), b"HEX"),
    (re.compile(rb'<svg class="ribbon".*?</svg>', re.DOTALL), b"HEX"),
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
    found = [parts[2] for parts in lines if parts[:2] == ["route", "GET"]]
    return [route for route in found if route != GALLERY]


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


def _whole(answer: Any) -> bytes:
    headers = dict(answer.headers.items())
    for name in ("Date", "Content-Length"):
        headers.pop(name, None)
    return json.dumps(headers).encode() + b"\n" + bytes(answer.read())


def masked(content: bytes) -> bytes:
    """Without what differs between two visits of the same page: times, nonces, tokens, hashes."""
    for pattern, word in CHANGING + LOG:
        content = pattern.sub(word, content)
    return content


def difference(before: bytes, after: bytes) -> list[str]:
    """The lines that differ, for the person who reads the failed test."""
    one, other = (masked(each).decode("utf-8", "replace").splitlines() for each in (before, after))
    return [line.strip()[:200] for line in difflib.ndiff(one, other) if line[0] in "+-"][:8]

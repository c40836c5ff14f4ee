"""The scan: ten real bids, and before the deadline nothing that is kept or shown betrays them.

法22, 29; 20号令 31: until the list neither a price nor a bidder nor a count is known to anybody.
A run with no bid at all is the measure: docs/noninterference.md.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.faults import crawler, mask, memory, places
from tests.faults.bidding import (
    BIDDERS,
    MANAGERS,
    PRICES,
    REPLACED_BY_FEN,
    REPLACING,
    Bidding,
)
from tests.faults.fork import Run, forked
from tests.faults.places import Piece
from tests.faults.plants import Plant, price
from tests.faults.telling import OFFICIALS, SECOND, Telling
from tests.faults.world import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

LEAK = Path(__file__).with_name("leak.sql")
LOT = "/lots/<uuid:lot_id>"
ASKED = f"GET {LOT} 200"
LOGS = {"web.log", "upload.log", "listener.log", "worker.log", "bank.log"}
HOURS_BEFORE = 12


@dataclass(slots=True)
class Scene:
    """What a run without a bid has told, and the one with ten bids, still running."""

    without: list[Piece]
    run: Run
    telling: Telling
    bidding: Bidding

    @property
    def told(self) -> list[Piece]:
        """Every answer to every role, every frame, every log line."""
        return self.telling.pieces

    @property
    def folder(self) -> Path:
        return self.run.world.installation.state_dir

    @property
    def databases(self) -> tuple[str, ...]:
        settings = self.run.world.installation.settings
        return settings.database_url, settings.simulator_database_url

    def rows(self) -> list[Piece]:
        """Every row of both databases."""
        return [row for url in self.databases for row in places.rows(url)]

    def suspects(self) -> list[Piece]:
        """Every row, and every file in which anything planted stands."""
        forms = [form for plant in self.bidding.planted for form in plant.forms]
        return self.rows() + list(places.files_with(self.folder, forms))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with forked("封缄", tuple(OFFICIALS), hours_before=HOURS_BEFORE) as fork:
        with fork.run(0) as run:
            without = Telling(run)
            without.live(None)
            without.stop()
        with fork.run(1) as run:
            telling, bidding = Telling(run), Bidding(run.world.puppets, str(run.lot))
            telling.live(bidding)
            yield Scene(without.pieces, run, telling, bidding)
            telling.stop()


def hits(found: list[Piece], planted: list[Plant]) -> list[str]:
    """Where a planted value stands. All is searched at once, and place by place what was found."""
    whole = b"\0".join(piece.content for piece in found)
    there = [plant for plant in planted if plant.found_in(whole)]
    return [
        f"{plant.name}: {piece.kind} {piece.where}"
        for piece in found
        for plant in there
        if plant.found_in(piece.content)
    ]


def distinct(told: list[Piece]) -> list[Piece]:
    """The lines of texts, each once, where it first stood: pages have most of them in common."""
    first = {line: piece for piece in reversed(told) for line in piece.content.splitlines()}
    return [Piece("line", piece.where, line) for line, piece in first.items()]


def test_zero_bids_and_ten_tell_everybody_the_same(scene: Scene) -> None:
    """On every page, API answer, socket frame and log line, under the published mask."""
    assert len(scene.bidding.commitments) == len(BIDDERS) + len(REPLACING)
    answers = [piece for piece in scene.told if piece.kind == "answer 200"]
    assert len(answers) > 300 and len(scene.told) > 800
    found = mask.differences(scene.without, scene.told)
    assert not found, "\n".join(found)


def test_nothing_is_masked_in_vain(scene: Scene) -> None:
    assert mask.unused(scene.without, scene.told) == set()


def test_nothing_kept_betrays_a_price_a_manager_or_a_file(scene: Scene) -> None:
    assert len({piece.where for piece in scene.rows()}) > 30
    logs = {path.name: path.stat().st_size for path in (scene.folder / "logs").iterdir()}
    assert set(logs) >= LOGS and logs["web.log"] > 0
    assert hits(scene.suspects(), scene.bidding.planted) == []


def test_nothing_told_betrays_a_price_a_manager_or_a_file(scene: Scene) -> None:
    assert hits(distinct(scene.told), scene.bidding.planted) == []


def test_no_server_process_holds_plain_text_in_memory(scene: Scene) -> None:
    """Every process of the installation before the opening; what the search is worth, beside it."""
    planted = _needles()
    own = os.fsencode(scene.folder)
    scans = memory.scan(memory.of_folder(scene.folder), [*planted, own])
    print(*(f"{one.size >> 20:5} MiB {one.pid} {one.command}" for one in scans), sep="\n")
    commands = " ".join(one.command for one in scans)
    for part in ("gunicorn", "granian", "trading.worker", "simulator", "postgres"):
        assert part in commands
    # What is surely there is found in each, so each was read.
    assert [one.command for one in scans if own not in one.found] == []
    assert [(one.command, one.found - {own}) for one in scans if one.found - {own}] == []
    [bidders] = memory.scan([scene.run.world.puppets.pid], planted)
    assert any(b"PLANTED" in found for found in bidders.found)


def test_the_memory_search_finds_a_canary_in_a_stranger() -> None:
    """In another process's heap, said to it after its start, in the encodings of both languages."""
    canary = f"PLANTED{secrets.token_hex(8)}欧阳"
    held = "import sys; kept = sys.stdin.readline().strip(); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        (sys.executable, "-X", "utf8", "-c", held), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as stranger:
        assert stranger.stdin is not None and stranger.stdout is not None
        stranger.stdin.write(f"{canary}\n".encode())
        stranger.stdin.flush()
        stranger.stdout.readline()
        [found] = memory.scan([stranger.pid], memory.text_needles(canary))
    assert found.found >= {canary.encode(), canary.encode("utf-16-le")}


def _needles() -> list[bytes]:
    """The planted marker, names and sums as the programs' strings and messages would hold them."""
    told = [form for text in ("PLANTED", *MANAGERS) for form in memory.text_needles(text)]
    for fen in PRICES[: len(REPLACING)]:
        for sum_ in (fen, fen + REPLACED_BY_FEN):
            texts = (str(sum_), f"{sum_ / 100:.2f}", f"{sum_ / 100:,.2f}")
            told += [text.encode() for text in texts]
    return told


def identities(scene: Scene) -> list[bytes]:
    """All by which an account, an organisation or a person of three bidders is known."""
    forms: list[bytes] = []
    for login in REPLACING:
        [(person_id, organisation_id, *texts)] = scene.run.world.rows(
            "SELECT p.id, o.id, p.login, p.name, o.name, o.credit_code, o.account_number, c.serial "
            "FROM person p JOIN certificate c ON c.person_id = p.id "
            "JOIN organisation o ON o.id = c.organisation_id WHERE p.login = :login",
            login=login,
        )
        sessions = scene.run.world.rows(
            "SELECT id FROM login_session WHERE person_id = :person", person=person_id
        )
        for known in (person_id, organisation_id, *(row[0] for row in sessions)):
            forms += _uuid(known)
        forms += [f'"{login}"'.encode() if text == login else text.encode() for text in texts]
    return forms


def bids(scene: Scene) -> list[bytes]:
    """All by which the lot or one of the pseudonyms in it is known."""
    lot = scene.run.lot
    [(number, name)] = scene.run.world.rows("SELECT number, name FROM lot WHERE id = :lot", lot=lot)
    forms = [number.encode(), name.encode(), *_uuid(lot)]
    done = scene.bidding
    for text in (*done.pseudonyms, *done.public_keys, *done.commitments, *done.envelopes):
        forms += [text.encode(), bytes.fromhex(text)]
    return forms + [form for each in done.envelopes for form in _uuid(UUID(each))]


def _uuid(known: UUID) -> list[bytes]:
    return [str(known).encode(), known.hex.encode(), known.bytes]


def test_nothing_kept_holds_a_bidder_together_with_a_lot(scene: Scene) -> None:
    one, other = identities(scene), bids(scene)
    found = scene.rows()
    found += [each for url in scene.databases for each in places.transactions(url)]
    tables = frozenset(
        path for url in scene.databases for path in places.table_files(url, "postgres/data")
    )
    whole = list(places.files(scene.folder))
    assert tables & {piece.where for piece in whole}
    found += [part for piece in whole for part in places.tied(piece, tables)]
    assert places.betrayals(found, one, other) == []


def test_nobody_is_told_a_bidder_together_with_a_lot(scene: Scene) -> None:
    """By number and hash: the demonstration's own list of people stands beside its lots' names."""
    other = [form for form in bids(scene) if "标段".encode() not in form]
    told = [piece for piece in scene.told if piece.kind != "lines"]
    told += [part for piece in scene.told if piece.kind == "lines" for part in _lines(piece)]
    assert places.betrayals(told, identities(scene), other) == []


def _lines(piece: Piece) -> Iterator[Piece]:
    return places.tied(Piece("file", f"logs/{piece.where}", piece.content), frozenset())


def test_the_scan_finds_what_is_there(scene: Scene) -> None:
    """A canary in a row, in a log line and in a file is found; a test that cannot fail is none."""
    plant, fen, rows = scene.bidding.planted[0], PRICES[0], scene.run.world.rows
    [person] = {row[0] for row in rows("SELECT id FROM person WHERE login='bidder-1'")}
    with psycopg.connect(scene.databases[0]) as connection:
        connection.execute("CREATE TABLE canary (a bytea, b bigint, c uuid, d uuid)")
        connection.execute(
            "INSERT INTO canary VALUES (%s, %s, %s, %s)",
            (plant.forms[0], fen, scene.run.lot, person),
        )
        connection.commit()
        connection.execute("CHECKPOINT")
    log = scene.folder / "logs" / "canary.log"
    log.write_text(f'offer {fen / 100:,.2f}\n"bidder-1" {scene.bidding.pseudonyms[0]}\n')
    try:
        planted = [plant, price(fen)]
        forms = [form for each in planted for form in each.forms]
        found = hits([*scene.rows(), *places.files_with(scene.folder, forms)], planted)
        for place in ("row canary", "file logs/canary.log", "/pg_wal/"):
            assert any(place in each for each in found)
        row = [piece for piece in places.rows(scene.databases[0]) if piece.where == "canary"]
        lines = places.tied(Piece("file", "logs/canary.log", log.read_bytes()), frozenset())
        ties = places.betrayals([*row, *lines], identities(scene), bids(scene))
        assert len(ties) == 2
    finally:
        log.unlink()
        with psycopg.connect(scene.databases[0]) as connection:
            connection.execute("DROP TABLE canary")


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("answer x public GET /", b'200\nETag: "1"\nContent-Length: 2\n\nok'),
        ("answer x public GET /", b'200\nETag: "0"\nContent-Length: 3\n\nok'),
        ("answer x public GET /", b'200\nETag: "0"\nContent-Length: 3\n\nok '),
        ("answer x public GET /", b'200\nETag: "0"\nContent-Length: 2\nX-Bids: 1\n\nok'),
        ("lines of web.log", b"2026-11-22 18:02:34,894 INFO sunbid.access GET / 200 7ms\n\n"),
        ("metrics", b"bids 0\n"),
    ],
)
def test_a_single_byte_elsewhere_is_a_difference(place: str, content: bytes) -> None:
    same = [
        Piece("answer 200", "answer x public GET /", b'200\nETag: "0"\nContent-Length: 2\n\nok'),
        Piece("lines", "lines of web.log", b"2026-11-22 18:02:35,1 INFO sunbid.access GET / 200\n"),
    ]
    other = [piece for piece in same if piece.where != place]
    changed = Piece("answer 200" if place.startswith("answer") else "lines", place, content)
    assert mask.differences(same, same) == []
    [found] = mask.differences(same, [*other, changed])
    assert found.startswith(f"{place}: ")


def test_a_planted_leak_is_found_and_its_places_named(scene: Scene) -> None:
    """Comes last: from here on this installation tells of every envelope."""
    with psycopg.connect(scene.databases[0]) as connection:
        connection.execute(LEAK.read_bytes())
    scene.bidding.bid_again(BIDDERS[0])
    seen = {"submitted", "opening.tick"}
    until(lambda: all(word in _aside(scene) for word in seen), "frame and line")
    before = _aside(scene)
    page = crawler.ask(scene.telling.site, SECOND, crawler.PUBLIC, "GET", LOT)
    until(lambda: _aside(scene).count(ASKED) > before.count(ASKED), "the page's own line")
    told = [page, *scene.telling.aside()]
    places_told = {piece.where for piece in told}
    without = [piece for piece in scene.without if piece.where in places_told]
    found = mask.differences(without, told)
    assert {each.partition(": ")[0] for each in found} == {
        page.where,
        "frames to public",
        "frames to supervisor",
        "lines of web.log",  # of asking for the page once more: a line a request shows
        "lines of worker.log",
        "growth of the log",
    }


def _aside(scene: Scene) -> str:
    return b"\n".join(piece.content for piece in scene.telling.aside()).decode()

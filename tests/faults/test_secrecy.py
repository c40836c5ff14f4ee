"""The scan: three real bids, and before the deadline nothing that is kept or shown betrays them.

法22, 29; 20号令 31: until the list neither a price nor a bidder nor a count is known to anybody.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.faults import crawler, memory, places, plants
from tests.faults.places import Piece
from tests.faults.watcher import Watcher
from tests.faults.world import BIDDERS, World, until, world
from trading.demo.cast import cast

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PRICES = (418_237_951, 397_654_283, 441_908_637)
MANAGERS = ("欧阳霁瞳", "尉迟澹容", "夏侯蘅皋")
LOGS = {"web.log", "upload.log", "worker.log", "bank.log"}


@dataclass(slots=True)
class Scene:
    """An installation in which three have bid; what was planted, seen and told."""

    world: World
    lot: str
    watcher: Watcher
    planted: list[plants.Plant] = field(default_factory=list)
    pseudonyms: list[str] = field(default_factory=list)
    public_keys: list[str] = field(default_factory=list)
    commitments: list[str] = field(default_factory=list)
    envelopes: list[str] = field(default_factory=list)
    before: list[Piece] = field(default_factory=list)
    after: list[Piece] = field(default_factory=list)
    stream: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.world.installation.state_dir

    @property
    def databases(self) -> tuple[str, ...]:
        settings = self.world.installation.settings
        return settings.database_url, settings.simulator_database_url

    def rows(self) -> list[Piece]:
        """Every row of both databases."""
        return [row for url in self.databases for row in places.rows(url)]

    def suspects(self) -> list[Piece]:
        """Every row, and every file in which anything planted stands."""
        forms = [form for plant in self.planted for form in plant.forms]
        return self.rows() + list(places.files_with(self.folder, forms))

    def told(self) -> list[Piece]:
        """Every answer to every role, every page of the bank, every frame of the socket."""
        frames = [Piece("frame", str(no), f.encode()) for no, f in enumerate(self.watcher.frames)]
        return self.after + frames


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with world("封缄") as here:
        lot = here.lots["封缄"]
        watcher = Watcher(here.installation.url, here.live_id(lot))
        try:
            found = Scene(here, str(lot), watcher)
            visits = [crawler.arrive(here.installation.url, role) for role in crawler.ROLES]
            _warm(found, visits)
            found.before = _crawl(found, visits)
            found.stream = here.events(lot)
            _bid(found)
            found.after = _crawl(found, visits)
            yield found
        finally:
            watcher.stop()


def _warm(scene: Scene, visits: list[crawler.Visit]) -> None:
    """What an installation and first visits set off is over before we compare."""
    for table in ("notice_pdf", "sub_account", "feed"):
        until(lambda: scene.world.rows(f"SELECT 1 FROM {table} LIMIT 1"), table)  # noqa: B023
    for visit in visits:
        crawler.fetch(scene.world.installation.url, visit.cookie)


def _crawl(scene: Scene, visits: list[crawler.Visit]) -> list[Piece]:
    lot = UUID(scene.lot)
    [(project, document)] = scene.world.rows(
        "SELECT l.project_id, d.id FROM lot l "
        "JOIN tender_document d ON d.lot_id = l.id WHERE l.id = :lot",
        lot=lot,
    )
    [(certificate,)] = scene.world.rows("SELECT min(id::text) FROM certificate")
    values = {
        "lot_id": scene.lot,
        "live_id": str(scene.world.live_id(lot)),
        "project_id": str(project),
        "document_id": str(document),
        "certificate_id": str(certificate),
        "envelope_id": str(certificate),
        # What comes after the opening does not exist yet, whatever is asked for.
        "room_id": str(certificate),
        "objection_id": str(certificate),
        "refusal_id": str(certificate),
        "settlement_id": str(certificate),
        "kind": "award",
        "number": "1",
        "part": "technical",
        "digest": "0" * 64,
        "size": "4",
        "tile": "0/000.p/4",
        "version": "1",
    }
    url = scene.world.installation.url
    return [piece for visit in visits for piece in crawler.crawl(url, visit, values)]


def _bid(scene: Scene) -> None:
    """Each pays, seals, uploads, replaces once and signs in; all three at the same time."""
    ask = scene.world.puppets.begin
    each: list[dict[str, str]] = [{"as": login, "lot": scene.lot} for login in BIDDERS]

    def everybody(act: str, **more: Any) -> list[Any]:
        doing: list[Future[Any]] = [ask(act, **one, **more) for one in each]
        return [one.result(timeout=90) for one in doing]

    everybody("deposit")
    for again in range(2):
        contents = [f"PLANTED{secrets.token_hex(16)}" for _ in each]
        offers = [_offer(no, again) for no in range(len(each))]
        doing = [
            ask("bid", **one, offer=offer, files=_files(content, offer))
            for one, offer, content in zip(each, offers, contents, strict=True)
        ]
        for one in doing:
            done = one.result(timeout=90)
            scene.commitments.append(done["receipt"]["commitment"])
            scene.envelopes.append(done["envelope_id"])
        scene.planted += [plants.words("content of a file", content) for content in contents]
        scene.planted += [plants.price(offer["price_fen"]) for offer in offers]
        scene.planted += [plants.words("manager", offer["manager"]) for offer in offers]
    everybody("signIn")
    scene.pseudonyms = everybody("pseudonym")
    scene.public_keys = everybody("publicKey")


def _offer(no: int, again: int) -> dict[str, Any]:
    return {
        "price_fen": PRICES[no] + again * 1_010_101,
        "duration_days": 150,
        "quality": "合格",
        "manager": MANAGERS[no] + "甲乙"[again],
    }


def _files(content: str, offer: dict[str, Any]) -> dict[str, str]:
    told = f"{content}\n{offer['manager']}\n{offer['price_fen'] / 100:,.2f} 元\n"
    return {"technical": told * 40, "commercial": told}


def hits(found: list[Piece], planted: list[plants.Plant]) -> list[str]:
    """Where a planted value stands."""
    return [
        f"{plant.name}: {piece.kind} {piece.where}"
        for piece in found
        for plant in planted
        if plant.found_in(piece.content)
    ]


def test_nothing_kept_betrays_a_price_a_manager_or_a_file(scene: Scene) -> None:
    assert len({piece.where for piece in scene.rows()}) > 30
    logs = {path.name: path.stat().st_size for path in (scene.folder / "logs").iterdir()}
    assert set(logs) >= LOGS and logs["web.log"] > 0
    assert hits(scene.suspects(), scene.planted) == []


def test_nothing_told_betrays_a_price_a_manager_or_a_file(scene: Scene) -> None:
    told = scene.told()
    assert len(scene.watcher.events) == len(scene.stream) > 0
    assert sum(piece.kind == "answer 200" for piece in told) > 100
    assert hits(told, scene.planted) == []


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
    [bidders] = memory.scan([scene.world.puppets.pid], planted)
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
    for fen in PRICES:
        for sum_ in (fen, fen + 1_010_101):
            texts = (str(sum_), f"{sum_ / 100:.2f}", f"{sum_ / 100:,.2f}")
            told += [text.encode() for text in texts]
    return told


def identities(scene: Scene) -> list[bytes]:
    """All by which an account, an organisation or a person of the bidders is known."""
    told = cast()
    forms: list[bytes] = []
    for login in BIDDERS:
        person = next(one for one in told.people if one.login == login)
        company = told.organisation(person.organisation)
        assert company.account is not None
        [(person_id, organisation_id, serial)] = scene.world.rows(
            "SELECT p.id, c.organisation_id, c.serial FROM person p "
            "JOIN certificate c ON c.person_id = p.id WHERE p.login = :login",
            login=login,
        )
        sessions = scene.world.rows(
            "SELECT id FROM login_session WHERE person_id = :person", person=person_id
        )
        for known in (person_id, organisation_id, *(row[0] for row in sessions)):
            forms += _uuid(known)
        for text in (login, person.name, company.name, company.credit_code, company.account.number):
            forms.append(text.encode())
        forms.append(serial.encode())
    return forms


def bids(scene: Scene) -> list[bytes]:
    """All by which the lot or one of the pseudonyms in it is known."""
    [(number, name)] = scene.world.rows(
        "SELECT number, name FROM lot WHERE id = :lot", lot=UUID(scene.lot)
    )
    forms = [number.encode(), name.encode(), *_uuid(UUID(scene.lot))]
    for text in (*scene.pseudonyms, *scene.public_keys, *scene.commitments, *scene.envelopes):
        forms += [text.encode(), bytes.fromhex(text)]
    return forms + [form for each in scene.envelopes for form in _uuid(UUID(each))]


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
    assert places.betrayals(scene.told(), identities(scene), other) == []


def test_nobody_is_told_a_count(scene: Scene) -> None:
    """What every role is shown with three bids is what it was shown with none."""
    assert scene.world.events(UUID(scene.lot)) == scene.stream
    assert [piece.where for piece in scene.before] == [piece.where for piece in scene.after]
    differing = [
        (before.where, crawler.difference(before.content, after.content))
        for before, after in zip(scene.before, scene.after, strict=True)
        if crawler.masked(before.content) != crawler.masked(after.content)
    ]
    assert differing == []


def test_the_scan_finds_what_is_there(scene: Scene) -> None:
    """A canary in a row, in a log line and in a file is found; a test that cannot fail is none."""
    plant, fen = scene.planted[0], PRICES[0]
    [person] = {row[0] for row in scene.world.rows("SELECT id FROM person WHERE login='bidder-1'")}
    with psycopg.connect(scene.databases[0]) as connection:
        connection.execute("CREATE TABLE canary (a bytea, b bigint, c uuid, d uuid)")
        connection.execute(
            "INSERT INTO canary VALUES (%s, %s, %s, %s)",
            (plant.forms[0], fen, UUID(scene.lot), person),
        )
    log = scene.folder / "logs" / "canary.log"
    log.write_text(f"offer {fen / 100:,.2f}\nbidder-1 {scene.pseudonyms[0]}\n")
    try:
        found = hits(scene.suspects(), scene.planted)
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

"""The upload process, really running: pieces, faults, kill -9, and what it answers browsers."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from kernel.db import Database
from kernel.house import House
from kernel.permissions import UnguardedError
from kernel.pure.envelope import PartName
from kernel.settings import Settings
from trading.bids.models import Upload
from trading.bids.rules import MOST_PER_REQUEST, SEALED_CHUNK
from trading.bids.upload import check_guarded, create_app
from trading.tenders.models import Lot

from .conftest import UploadProcess
from .tus import TusClient, patch_headers
from .world import SMALL, Bidder, PublishedLot, root_of, sealed_bytes

Client = Callable[[Bidder], TusClient]
MIB = 1 << 20


def _row(database: Database, path: str) -> Upload:
    with database.reading() as session:
        return session.get_one(Upload, UUID(path.rsplit("/", 1)[1]))


def test_a_part_arrives_whole_and_its_root_is_the_servers_own(
    tus: Client, bidder: Bidder, database: Database, house: House
) -> None:
    client, data = tus(bidder), sealed_bytes(10 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    answer = client.send_all(path, data)
    assert answer.headers["upload-root"] == root_of(data).hex()
    row = _row(database, path)
    assert row.blob is not None and row.root == root_of(data)
    with house.blobs.open(row.blob) as kept:
        assert kept.read() == data
    assert client.head(path).headers["upload-root"] == root_of(data).hex()
    assert client.patch(path, len(data), b"x").body["code"] == "BID-1203"


def test_a_wrong_checksum_or_offset_moves_nothing(tus: Client, bidder: Bidder) -> None:
    client, data = tus(bidder), sealed_bytes(3 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    bad = client.patch(path, 0, data, checksum=bytes(32))
    assert (bad.status, bad.body["code"]) == (460, "BID-1201")
    assert client.head(path).offset == 0
    first = data[:SEALED_CHUNK]
    assert client.patch(path, 0, first).status == 204
    again = client.patch(path, 0, first)
    assert (again.status, again.body["code"], again.offset) == (409, "BID-1203", SEALED_CHUNK)
    assert client.patch(path, SEALED_CHUNK, data[SEALED_CHUNK : SEALED_CHUNK + 9]).status == 413
    assert client.send_all(path, data, start=SEALED_CHUNK).offset == len(data)


def test_a_cut_connection_loses_only_its_own_piece(
    tus: Client, bidder: Bidder, database: Database
) -> None:
    client, data = tus(bidder), sealed_bytes(16 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    assert client.patch(path, 0, data[:MOST_PER_REQUEST]).status == 204
    _send_half(client, path, MOST_PER_REQUEST, data[MOST_PER_REQUEST:])
    assert client.head(path).offset == MOST_PER_REQUEST
    assert client.send_all(path, data, start=MOST_PER_REQUEST).offset == len(data)
    assert _row(database, path).root == root_of(data)


def _send_half(client: TusClient, path: str, offset: int, data: bytes) -> socket.socket:
    """Begin a PATCH, send half of its body and cut the connection."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
    headers, digest, body = patch_headers(offset, data)
    connection.putrequest("PATCH", path)
    for name, value in {**headers, **client.sign("PATCH", path, digest)}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    connection.send(body[: len(body) // 2])
    time.sleep(0.3)
    assert connection.sock is not None
    connection.sock.close()
    time.sleep(0.3)
    return connection.sock


def test_killed_in_the_middle_of_a_piece_it_resumes_where_it_said(
    upload_process: UploadProcess, house: House, bidder: Bidder, database: Database
) -> None:
    client, data = TusClient(upload_process.port, house, bidder), sealed_bytes(24 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    assert client.patch(path, 0, data[:MOST_PER_REQUEST]).status == 204
    piece = data[MOST_PER_REQUEST : 2 * MOST_PER_REQUEST]
    sender = threading.Thread(target=_send_and_be_cut, args=(client, path, piece))
    sender.start()
    time.sleep(0.4)
    upload_process.kill()
    sender.join()
    upload_process.start()
    assert client.head(path).offset == MOST_PER_REQUEST
    client.send_all(path, data, start=MOST_PER_REQUEST)
    assert _row(database, path).root == root_of(data)


def _send_and_be_cut(client: TusClient, path: str, piece: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
    headers, digest, body = patch_headers(MOST_PER_REQUEST, piece)
    connection.putrequest("PATCH", path)
    for name, value in {**headers, **client.sign("PATCH", path, digest)}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    try:
        for at in range(0, len(body), 1 << 18):
            connection.send(body[at : at + (1 << 18)])
            time.sleep(0.1)
    except OSError:
        return


def test_a_crash_between_rename_and_row_is_finished_later(
    tus: Client, bidder: Bidder, database: Database, house: House
) -> None:
    client, data = tus(bidder), sealed_bytes(2 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    client.send_all(path, data)
    upload_id = UUID(path.rsplit("/", 1)[1])
    with database.writing() as session:
        session.execute(update(Upload).where(Upload.id == upload_id).values(root=None, blob=None))
    assert client.head(path).headers["upload-root"] == root_of(data).hex()
    assert _row(database, path).root == root_of(data)


def test_a_full_disk_is_said_and_loses_nothing(
    tus: Client, bidder: Bidder, database: Database, house: House
) -> None:
    client, data = tus(bidder), sealed_bytes(12 * MIB)
    path = client.begin(PartName.TECHNICAL, len(data))
    assert client.patch(path, 0, data[:MOST_PER_REQUEST]).status == 204
    staged = house.blobs.staging(UUID(path.rsplit("/", 1)[1]))
    aside = staged.with_suffix(".aside")
    staged.rename(aside)
    staged.symlink_to("/dev/full")
    full = client.patch(path, MOST_PER_REQUEST, data[MOST_PER_REQUEST:])
    assert (full.status, full.body["code"]) == (507, "BID-1208")
    staged.unlink()
    aside.rename(staged)
    assert client.send_all(path, data, start=MOST_PER_REQUEST).offset == len(data)
    assert _row(database, path).root == root_of(data)


def test_an_upload_belongs_to_its_pseudonym(tus: Client, bidder: Bidder, lot: PublishedLot) -> None:
    data = sealed_bytes(SMALL)
    path = tus(bidder).begin(PartName.OPENING, len(data))
    other = tus(Bidder(lot))
    assert other.head(path).status == 404
    assert other.patch(path, 0, data).body["code"] == "BID-1202"


def test_two_requests_at_once_do_not_mix(tus: Client, bidder: Bidder) -> None:
    client = tus(bidder)
    one, two = sealed_bytes(8 * MIB), sealed_bytes(8 * MIB)
    path = client.begin(PartName.TECHNICAL, len(one))
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda d=d: statuses.append(client.patch(path, 0, d).status))
        for d in (one, two)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(204) == 1
    assert sorted(statuses)[1] in (409, 423)
    root = client.head(path).headers["upload-root"]
    assert root in (root_of(one).hex(), root_of(two).hex())


@pytest.mark.parametrize(
    ("part", "size", "code"),
    [
        ("technical", 5, "BID-1206"),
        ("opening", 64 * MIB, "BID-1206"),
        ("technical", 1 << 45, "BID-1206"),
        ("price", SEALED_CHUNK, "BID-1210"),
    ],
)
def test_what_is_no_part_is_not_begun(
    tus: Client, bidder: Bidder, part: str, size: int, code: str
) -> None:
    assert tus(bidder).ask_to_begin(part, size).body["code"] == code


def test_after_the_deadline_nothing_is_begun(
    tus: Client, bidder: Bidder, database: Database, lot: PublishedLot
) -> None:
    with database.writing() as session:
        session.execute(update(Lot).values(deadline=lot.deadline - timedelta(hours=2)))
    assert tus(bidder).ask_to_begin("technical", SEALED_CHUNK).body["code"] == "BID-1403"


def test_it_answers_the_pages_origin_and_takes_no_cookie(
    upload_process: UploadProcess,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", upload_process.port, timeout=10)
    asked = {"Origin": "http://localhost:8080", "Access-Control-Request-Method": "PATCH"}
    connection.request("OPTIONS", "/upload/0b6a3c0e-0000-4000-8000-000000000000", headers=asked)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    assert answer.getheader("Access-Control-Allow-Origin") == "http://localhost:8080"
    assert answer.getheader("Access-Control-Allow-Credentials") is None
    assert "X-Signature" in (answer.getheader("Access-Control-Allow-Headers") or "")
    connection.request("POST", "/upload/", headers={"Upload-Length": "70000"})
    refused = connection.getresponse()
    assert refused.status == 401


def test_a_route_without_a_permission_does_not_start(settings: Settings) -> None:
    app = create_app(settings)
    app.add_url_rule("/upload/all", view_func=lambda: "", methods=["GET"])
    with pytest.raises(UnguardedError, match="/upload/all"):
        check_guarded(app)

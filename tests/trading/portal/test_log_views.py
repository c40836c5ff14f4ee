"""The public log over HTTP: proofs that hold, tiles that never change, no leaf's text."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import log
from kernel.clock import legal_now
from kernel.db import Database
from kernel.pure import checkpoints, merkle
from kernel.secrets import Keys
from kernel.settings import Settings
from kernel.testimony import StandingRow
from kernel.web import Edge
from tests.witnesses import watched, watcher
from trading import worker

JSON = {"Accept": "application/json"}
SECRET = "ab" * 32


@pytest.fixture
def grown(database: Database, settings: Settings) -> list[log.Checkpoint]:
    """Three ticks: a bid among covers, then enough for a whole tile, then a little more."""
    keys = Keys(settings.keys_dir)
    states = []
    for count in (1, 290, 0):
        with database.writing() as session:
            for _ in range(count):
                log.append(session, "bid.commitment", {"commitment": SECRET})
            states.append(log.sequence(session, keys))
    return states


@pytest.fixture
def hashes(database: Database, grown: list[log.Checkpoint]) -> list[bytes]:
    with database.reading() as session:
        return list(session.scalars(select(log.Leaf.hash).order_by(log.Leaf.index)))


def told(client: FlaskClient, path: str) -> tuple[int, Any]:
    answer = client.get(path, headers=JSON)
    return answer.status_code, answer.get_json()


def state_of(note: str) -> checkpoints.Checkpoint:
    return checkpoints.parse_body(checkpoints.parse_note(note).text)


def test_notes_are_served_by_size(client: FlaskClient, grown: list[log.Checkpoint]) -> None:
    answer = client.get("/log/checkpoint")
    assert answer.text == grown[-1].note
    assert answer.content_type == "text/plain; charset=utf-8"
    assert client.get(f"/log/checkpoint/{grown[0].size}").text == grown[0].note
    assert told(client, f"/log/checkpoint/{grown[0].size + 1}")[1]["code"] == "LOG-3001"


def test_inclusion_by_hash_and_by_index(
    client: FlaskClient, grown: list[log.Checkpoint], hashes: list[bytes]
) -> None:
    for index in (0, 3, 5, len(hashes) - 1):
        for question in (f"hash={hashes[index].hex()}", f"index={index}&size={grown[-1].size}"):
            status, proof = told(client, f"/log/inclusion?{question}")
            assert (status, proof["index"]) == (200, index)
            assert merkle.verify_inclusion(
                leaf=bytes.fromhex(proof["hash"]),
                index=index,
                size=proof["tree_size"],
                path=[bytes.fromhex(step) for step in proof["path"]],
                root=state_of(proof["checkpoint"]).root,
            )


MISSING = (
    (f"inclusion?hash={'0' * 64}", "LOG-3002"),
    ("inclusion?hash=xyz", "POR-1002"),
    ("inclusion", "LOG-3002"),
    ("inclusion?index=999999999999999", "LOG-3002"),
    ("inclusion?index=-1", "WEB-1004"),
    ("inclusion?index=1&size=3", "LOG-3001"),
    ("inclusion?index=5&size=4", "LOG-3002"),
    ("consistency", "LOG-3003"),
    ("consistency?old=0", "LOG-3003"),
    ("consistency?old=1&new=2", "LOG-3001"),
    ("consistency?old=9999999", "LOG-3003"),
    ("consistency?old=1e3", "WEB-1004"),
    ("tile/0/009", "LOG-3004"),
    ("tile/0/001.p/255", "LOG-3004"),
    ("tile/entries/000", "LOG-3005"),
)


def test_what_is_not_there_is_refused_by_code(
    client: FlaskClient, grown: list[log.Checkpoint]
) -> None:
    for question, code in MISSING:
        status, refusal = told(client, f"/log/{question}")
        assert (status in {400, 404, 422}, refusal["code"]) == (True, code), question


def test_every_checkpoint_extends_the_one_before(
    client: FlaskClient, grown: list[log.Checkpoint]
) -> None:
    for old in grown:
        _, proof = told(client, f"/log/consistency?old={old.size}")
        new = state_of(proof["checkpoint"])
        assert merkle.verify_consistency(
            old_size=old.size,
            old_root=old.root,
            size=new.size,
            root=new.root,
            path=[bytes.fromhex(step) for step in proof["path"]],
        )


def test_tiles_rebuild_the_tree_and_never_change(
    client: FlaskClient, grown: list[log.Checkpoint], hashes: list[bytes]
) -> None:
    whole = client.get("/log/tile/0/000")
    assert whole.data == b"".join(hashes[:256])
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert whole.content_type == "application/octet-stream"
    rest = len(hashes) - 256
    tail = client.get(f"/log/tile/0/001.p/{rest}").data
    leaves = [(whole.data + tail)[n : n + 32] for n in range(0, len(hashes) * 32, 32)]
    assert merkle.root(leaves) == grown[-1].root
    assert client.get("/log/tile/1/000.p/1").data == merkle.root(leaves[:256])
    assert client.get("/log/tile/0/000.p/4").data == whole.data[:128]
    gone = client.get("/log/tile/1/000", headers=JSON)
    assert (gone.status_code, gone.headers["Cache-Control"]) == (404, "no-store")


def test_nobody_learns_what_a_leaf_says(
    client: FlaskClient, grown: list[log.Checkpoint], hashes: list[bytes]
) -> None:
    """Hash tiles and audit paths name every leaf's hash: asking with it must tell nothing more."""
    answers = [client.get(path, headers=JSON).text for path in ("/log", "/log/checkpoint")]
    for leaf in hashes[:6]:
        for path in (f"/check/{leaf.hex()}", f"/log/inclusion?hash={leaf.hex()}"):
            answers += [client.get(path, headers=headers).text for headers in (JSON, {})]
    shown = "\n".join(answers)
    assert [word for word in ("bid.commitment", "salt", SECRET) if word in shown] == []


def test_witnesses_are_shown_with_what_they_signed_last(
    app: Flask, client: FlaskClient, grown: list[log.Checkpoint]
) -> None:
    edge: Edge = app.extensions["sunbid"]
    assert "未设见证人" in client.get("/log").text
    edge.house = watched(edge.house)
    assert "尚未签名" in client.get("/log").text
    worker.witness(edge.house, routine=True)
    lines = client.get("/log/checkpoint").text.split("\n\n")[1].splitlines()
    name = watcher(edge.house).name
    assert [line.split()[1] == name for line in lines] == [False, True]
    page = client.get("/log").text
    assert name in page
    assert page.count("正常") == 2
    with edge.house.database.writing() as session:
        session.add(StandingRow(witness=name, attempts=3, code="x", retry_at=legal_now(session)))
    assert "起没有答复" in client.get("/log").text

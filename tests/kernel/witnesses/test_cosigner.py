"""The cosigner: what it signs, what never, and that it remembers through a power cut."""

import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.cosigner.__main__ import answer
from kernel.cosigner.book import Book
from kernel.cosigner.signing import Cosigner
from kernel.own_clock import ClockUnknownError, OwnClock
from kernel.pure import checkpoints, merkle, witness
from kernel.pure.checkpoints import ED25519, Checkpoint, format_vkey
from kernel.pure.errors import Refused
from kernel.witnesses import HttpCosigner, known
from kernel.witnesses import Witnesses as Named
from tests.kernel.pure.test_witness import LEAVES, path

ORIGIN = "sunbid/production/one"
OTHER = [*LEAVES[:5], merkle.leaf_hash(b"other"), *LEAVES[6:]]


class Away(OwnClock):
    """A demonstration's clock that does not answer."""

    def now(self) -> datetime:
        raise ClockUnknownError("away")


@pytest.fixture
def log() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def note(log: Ed25519PrivateKey, size: int, leaves: list[bytes], origin: str = ORIGIN) -> str:
    body = Checkpoint(origin, size, merkle.root(leaves[:size])).body()
    key_id = checkpoints.ed25519_key_id(origin, public(log))
    line = checkpoints.signature_line(origin, key_id, log.sign(body.encode()))
    return checkpoints.format_note(body, line)


def asked(
    log: Ed25519PrivateKey, old: int, size: int, leaves: list[bytes] = LEAVES, **options: str
) -> str:
    return witness.format_request(old, path(old, size, leaves), note(log, size, leaves, **options))


@pytest.fixture
def folder(tmp_path: Path, log: Ed25519PrivateKey) -> Path:
    book = Book(tmp_path / "cosigner")
    book.found("witness.example/1")
    for origin in (ORIGIN, "sunbid/demo/two"):
        book.trust(format_vkey(origin, ED25519, public(log)))
    return tmp_path / "cosigner"


def code(cosigner: Cosigner, text: str) -> str:
    with pytest.raises(Refused) as caught:
        cosigner.offer(text)
    return caught.value.code


def test_it_signs_what_grew_and_refuses_forks_rollbacks_strangers(
    folder: Path, log: Ed25519PrivateKey
) -> None:
    cosigner = Cosigner(folder, clock=OwnClock())
    before = int(time.time())
    line = checkpoints.read_cosignature(cosigner.offer(asked(log, 0, 8)))
    assert before <= line.time <= before + 5
    body = checkpoints.parse_note(note(log, 8, LEAVES)).text
    message = checkpoints.cosignature_message(line.time, body)
    assert known(Named((cosigner,)), line) is cosigner
    Ed25519PublicKey.from_public_bytes(cosigner.key).verify(line.signature, message)
    assert code(cosigner, asked(log, 8, 8, OTHER)) == "LOG-2103"
    assert code(cosigner, asked(log, 8, 12, OTHER)) == "LOG-2104"
    assert code(cosigner, asked(log, 4, 6)) == "LOG-2102"
    assert code(cosigner, asked(log, 8, 12, origin="sunbid/production/two")) == "LOG-2105"
    assert code(cosigner, asked(Ed25519PrivateKey.generate(), 8, 12)) == "LOG-2003"
    # Started anew from its folder it still knows what it signed.
    again = Cosigner(folder, clock=OwnClock())
    assert code(again, asked(log, 0, 12)) == "LOG-2102"
    again.offer(asked(log, 8, 12))
    assert code(cosigner, asked(log, 8, 10)) == "LOG-2102"


def test_only_a_demonstration_lends_its_clock(folder: Path, log: Ed25519PrivateKey) -> None:
    cosigner = Cosigner(folder, clock=OwnClock(), demo_clock=Away())
    cosigner.offer(asked(log, 0, 8))
    with pytest.raises(ClockUnknownError):
        cosigner.offer(asked(log, 0, 8, origin="sunbid/demo/two"))
    reply = answer(cosigner, "/add-checkpoint", asked(log, 0, 8, origin="sunbid/demo/two").encode())
    assert reply.status == 503
    # Not dated is not signed, and nothing was written down.
    assert Book(folder).seen("sunbid/demo/two").size == 0


def test_the_process_speaks_tlog_witness_and_survives_its_death(
    folder: Path, log: Ed25519PrivateKey
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    identity = Book(folder).identity()
    asking = HttpCosigner(identity.name, identity.public_key, f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "kernel.cosigner", str(folder), "--port", str(port)]
    for old, size in ((0, 8), (8, 20)):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(asking, log)
            line = asking.offer(asked(log, old, size))
            assert checkpoints.read_cosignature(line.strip()).name == identity.name
            with pytest.raises(Refused) as caught:
                asking.offer(asked(log, 3, size))
            assert (caught.value.code, caught.value.facts["size"]) == ("LOG-2102", size)
        finally:
            process.kill()
            process.wait()


def wait_for(asking: HttpCosigner, log: Ed25519PrivateKey) -> None:
    """Until it answers at all: an unknown origin is refused."""
    for _ in range(200):
        try:
            asking.offer(asked(log, 0, 4, origin="sunbid/production/unknown"))
        except Refused as refused:
            assert refused.code == "LOG-2105"
            return
        except RuntimeError:
            time.sleep(0.05)
    raise AssertionError("the cosigner does not answer")

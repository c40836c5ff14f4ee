"""Checkpoint bodies and signed notes: round trip, the published example, bad forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import checkpoints
from kernel.pure.checkpoints import Checkpoint
from kernel.pure.errors import Refused

LINES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)


@given(LINES, st.integers(0, 10**14), st.binary(min_size=32, max_size=32), st.lists(LINES))
def test_bodies_read_back(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert checkpoints.parse_body(checkpoint.body()) == checkpoint


@given(st.lists(st.binary(min_size=5, max_size=70), min_size=1, max_size=3))
def test_notes_read_back(signatures: list[bytes]) -> None:
    body = Checkpoint("example.com/log demo", 5, bytes(32)).body()
    lines = [
        checkpoints.signature_line(f"signer-{number}", raw[:4], raw[4:])
        for number, raw in enumerate(signatures)
    ]
    note = checkpoints.parse_note(checkpoints.format_note(body, *lines))
    assert note.text == body
    assert [line.key_id + line.signature for line in note.signatures] == signatures
    assert note.by("signer-0", signatures[0][:4]) == note.signatures[0]
    assert note.by("signer-9", signatures[0][:4]) is None


def test_the_key_id_of_the_note_specification() -> None:
    # PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW (golang.org/x/mod note)
    key = "1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6"
    found = checkpoints.ed25519_key_id("PeterNeumann", bytes.fromhex(key))
    assert found.hex() == "c74f20a3"


@pytest.mark.parametrize(
    "text",
    ["", "a\n1\n", "a\n01\nAA==\n", "a\n1\nAAAA\n", "a\n1\n!!\n", "a\n-1\nAA==\n", "a\n\nb\nc\n"],
)
def test_bodies_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="LOG-1001"):
        checkpoints.parse_body(text)


@pytest.mark.parametrize(
    "note", ["", "a\n", "a\n\n", "a\n\n- x AAAAAAA=\n", "a\n\n— x\n", "a\n\n— x AAAA\n"]
)
def test_notes_of_another_form_are_refused(note: str) -> None:
    with pytest.raises(Refused, match=r"LOG-100[12]"):
        checkpoints.parse_note(note)


def test_a_checkpoint_cannot_smuggle_lines() -> None:
    with pytest.raises(ValueError, match="single lines"):
        Checkpoint("a\nb", 1, bytes(32)).body()
    with pytest.raises(ValueError, match="without spaces"):
        checkpoints.ed25519_key_id("a b", bytes(32))
    with pytest.raises(ValueError, match="ending in a newline"):
        checkpoints.format_note("a", "— x AAAAAAA=\n")


def test_leaves_are_canonical() -> None:
    leaf = checkpoints.leaf_bytes("receipt", {"b": 1, "a": "x"}, b"\x01\x02")
    assert leaf == b'{"body":{"a":"x","b":1},"kind":"receipt","salt":"0102"}'


def test_cosignatures_read_back() -> None:
    key = bytes(range(32))
    key_id = checkpoints.cosigner_key_id("witness.example/1", key)
    made = checkpoints.Cosignature("witness.example/1", key_id, 1_790_000_000, bytes(64))
    assert checkpoints.read_cosignature(made.line()) == made
    assert checkpoints.read_cosignature(made.line() + "\n") == made
    assert checkpoints.ed25519_key_id("witness.example/1", key) != key_id
    body = Checkpoint("example.com/log", 5, bytes(32)).body()
    message = checkpoints.cosignature_message(1_790_000_000, body)
    assert message == b"cosignature/v1\ntime 1790000000\n" + body.encode()
    with pytest.raises(Refused, match="LOG-1002"):
        checkpoints.read_cosignature(checkpoints.signature_line("witness", key_id, bytes(64)))


def test_verifier_keys_read_back() -> None:
    told = checkpoints.format_vkey("witness.example/1", checkpoints.COSIGNATURE, bytes(32))
    assert checkpoints.parse_vkey(told) == ("witness.example/1", checkpoints.COSIGNATURE, bytes(32))
    for wrong in ("", "a+b+c", told[:-4] + "BBBB", told.replace("example", "elsewhere")):
        with pytest.raises(Refused, match="LOG-1003"):
            checkpoints.parse_vkey(wrong)

"""What a witness signs and what not, over trees of every small size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import checkpoints, merkle, witness
from kernel.pure.checkpoints import Checkpoint
from kernel.pure.errors import Refused
from kernel.pure.witness import Request, Seen

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(40)]


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return merkle.root(leaves[:size])


def path(old: int, size: int, leaves: list[bytes] = LEAVES) -> tuple[bytes, ...]:
    """Proof over a plain list: every subtree hashed anew."""

    def read(level: int, index: int) -> bytes:
        return merkle.root(leaves[index << level : (index + 1) << level])

    return merkle.StoredTree(size, read).consistency(old) if 0 < old < size else ()


def asked(old: int, size: int, leaves: list[bytes] = LEAVES) -> Request:
    checkpoint = Checkpoint("sunbid/demo/x", size, root(size, leaves))
    line = checkpoints.signature_line("sunbid/demo/x", bytes(4), bytes(64))
    text = witness.format_request(
        old, path(old, size, leaves), checkpoints.format_note(checkpoint.body(), line)
    )
    read = witness.read_request(text)
    assert read.checkpoint == checkpoint
    return read


def refused(request: Request, seen: Seen) -> str:
    with pytest.raises(Refused) as caught:
        witness.judge(request, seen)
    return caught.value.code


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_tree_that_grew_is_signed_and_no_other(old: int, size: int) -> None:
    old, size = sorted((old, size))
    seen = Seen(old, root(old))
    assert witness.judge(asked(old, size), seen) == Seen(size, root(size))


def test_forks_rollbacks_and_stale_sizes_are_refused() -> None:
    other = [*LEAVES[:5], merkle.leaf_hash(b"other"), *LEAVES[6:]]
    seen = Seen(12, root(12))
    assert refused(asked(12, 12, other), seen) == "LOG-2103"
    assert refused(asked(12, 20, other), seen) == "LOG-2104"
    assert refused(asked(8, 11), seen) == "LOG-2102"
    assert refused(asked(8, 20), seen) == "LOG-2102"
    assert refused(asked(0, 20), seen) == "LOG-2102"
    assert refused(asked(12, 9), seen) == "LOG-2101"


@pytest.mark.parametrize("text", ["", "old 1\n", "old 01\n\n", "new 1\n\nx", "old 1\n!!\n\nx\n"])
def test_malformed_requests_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="LOG-1004"):
        witness.read_request(text)

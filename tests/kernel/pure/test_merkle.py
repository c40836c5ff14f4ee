"""The Merkle tree against a direct reading of RFC 6962, its proofs, and forged proofs."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.pure import merkle

LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(70)]


def _slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1 word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + _slow_root(leaves[:k]) + _slow_root(leaves[k:])).digest()


def test_known_roots_of_certificate_transparency() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    inputs.append("606162636465666768696a6b6c6d6e6f")
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in inputs]
    expected = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.root(leaves).hex() == expected
    assert merkle.root(leaves[:1]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@given(st.integers(0, 70))
def test_every_way_gives_the_root_of_the_definition(size: int) -> None:
    expected = _slow_root(LEAVES[:size])
    tree = merkle.Tree(LEAVES)
    frontier = merkle.Frontier()
    for leaf in LEAVES[:size]:
        frontier.add(leaf)
    resumed = merkle.Frontier(frontier.size, frontier.peaks)
    assert tree.root(size) == merkle.root(LEAVES[:size]) == frontier.root() == expected
    assert resumed.root() == expected


@given(st.integers(1, 70), st.data())
def test_inclusion_holds_for_the_right_leaf_only(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = merkle.Tree(LEAVES)
    path, root = tree.inclusion(index, size), tree.root(size)
    check = {"index": index, "size": size, "path": path, "root": root}
    assert merkle.verify_inclusion(leaf=LEAVES[index], **check)  # type: ignore[arg-type]
    other = data.draw(st.integers(0, 69).filter(lambda n: n != index))
    assert not merkle.verify_inclusion(leaf=LEAVES[other], **check)  # type: ignore[arg-type]
    leaf = LEAVES[index]
    for wrong in (index + 1, index - 1, size):
        assert not merkle.verify_inclusion(leaf=leaf, index=wrong, size=size, path=path, root=root)
    longer = (*path, LEAVES[0])
    assert not merkle.verify_inclusion(leaf=leaf, index=index, size=size, path=longer, root=root)
    if path:
        short = path[:-1]
        assert not merkle.verify_inclusion(leaf=leaf, index=index, size=size, path=short, root=root)


@given(st.integers(1, 70), st.data())
def test_consistency_holds_for_a_true_prefix_only(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    tree = merkle.Tree(LEAVES)
    path = tree.consistency(old, size)
    old_root, root = tree.root(old), tree.root(size)
    assert merkle.verify_consistency(
        old_size=old, old_root=old_root, size=size, root=root, path=path
    )
    forged = merkle.Tree([LEAVES[-1], *LEAVES[1:]]).root(old)
    assert not merkle.verify_consistency(
        old_size=old, old_root=forged, size=size, root=root, path=path
    )
    assert not merkle.verify_consistency(
        old_size=old, old_root=old_root, size=size, root=forged + b"", path=(*path, root)
    )


def test_sizes_outside_the_tree_are_mistakes() -> None:
    tree = merkle.Tree(LEAVES[:3])
    with pytest.raises(ValueError, match="not among"):
        tree.inclusion(3)
    with pytest.raises(ValueError, match="earlier size"):
        tree.consistency(0)
    with pytest.raises(ValueError, match="not among"):
        tree.root(4)
    with pytest.raises(ValueError, match="one peak"):
        merkle.Frontier(3, LEAVES[:1])

"""Leaves of the log that an evaluation rests on; each check raises Failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from kernel.pure import checkpoints, merkle
from verifier import proofs
from verifier.bundle import Bundle
from verifier.evaluation import Evaluation, Proof
from verifier.failure import Failed


def evaluation_of(bundle: Bundle) -> Evaluation:
    """The evaluation of a bundle that has one."""
    if bundle.evaluation is None:
        raise Failed("the bundle holds no evaluation")
    return bundle.evaluation


def leaf_holds(bundle: Bundle, proof: Proof, kind: str, body: Mapping[str, Any]) -> None:
    """The leaf says so, is in the log, and the evaluation's last checkpoint extends its."""
    extends(bundle, evaluation_of(bundle), leaf_included(bundle, proof, kind, body))


def leaf_included(
    bundle: Bundle, proof: Proof, kind: str, body: Mapping[str, Any]
) -> checkpoints.Checkpoint:
    """The checkpoint in whose tree a leaf of this kind and content lies."""
    content = json.loads(proof.leaf)
    if content["kind"] != kind or any(content["body"].get(k) != v for k, v in body.items()):
        raise Failed(f"leaf {proof.index} tells otherwise")
    point = proofs.checkpoint(bundle, proof.checkpoint)
    held = merkle.verify_inclusion(
        leaf=merkle.leaf_hash(proof.leaf.encode()),
        index=proof.index,
        size=point.size,
        path=proof.path,
        root=point.root,
    )
    if not held or proof.tree_size != point.size:
        raise Failed(f"leaf {proof.index} is not in its checkpoint's tree")
    return point


def extends(bundle: Bundle, told: Evaluation, older: checkpoints.Checkpoint) -> None:
    """The last checkpoint of the evaluation extends an older one."""
    last = proofs.checkpoint(bundle, told.checkpoint)
    holds = partial(merkle.verify_consistency, size=last.size, root=last.root)
    path = told.consistency.get(older.size, ())
    if not holds(old_size=older.size, old_root=older.root, path=path):
        raise Failed(f"the log does not extend its checkpoint of {older.size} leaves")

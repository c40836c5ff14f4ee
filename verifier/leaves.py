"""Leaves of the log that an evaluation rests on; each check raises Failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.pure import checkpoints
from verifier import proofs
from verifier.bundle import Bundle
from verifier.evaluation import Evaluation
from verifier.failure import Failed
from verifier.papers import Proof


def evaluation_of(bundle: Bundle) -> Evaluation:
    """The evaluation of a bundle that has one."""
    if bundle.evaluation is None:
        raise Failed("the bundle holds no evaluation")
    return bundle.evaluation


def leaf_holds(bundle: Bundle, proof: Proof, kind: str, body: Mapping[str, Any]) -> None:
    """The leaf says so, is in the log, and the evaluation's last checkpoint extends its."""
    extends(bundle, evaluation_of(bundle), proofs.included(bundle, proof, kind, body))


def extends(bundle: Bundle, told: Evaluation, older: checkpoints.Checkpoint) -> None:
    """The last checkpoint of the evaluation extends an older one."""
    proofs.extended(older, proofs.checkpoint(bundle, told.checkpoint), told.consistency)

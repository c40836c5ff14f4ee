"""Which lists are published: asked of whoever runs the lots, for escrow knows of none."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from escrow.disclosure.rules import SEALED, Block, Horizon, LotName, horizon_of

PORT: Final = "escrow.lots"
"""Where the composition root puts its `Lots` among the application's extensions."""


class Lots(Protocol):
    """What escrow's pages ask about lots; all of it is public."""

    def sealed_since(self, session: Session) -> datetime | None:
        """The first notice of any lot whose list is not published; None when there is none."""

    def named(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, LotName]:
        """Lots by reference; unknown ones are left out."""

    def blocks(self, session: Session, refs: Iterable[UUID]) -> Mapping[UUID, Block]:
        """What holds the deposits of these lots; lots that nothing holds are left out."""


def horizon(session: Session) -> Horizon:
    """Up to which day sums may be shown; sealed altogether when nobody tells of lots."""
    lots = _lots()
    return horizon_of(lots.sealed_since(session)) if lots else SEALED


def named(session: Session, refs: Iterable[UUID]) -> Mapping[UUID, LotName]:
    """Lots by reference, as far as somebody knows them."""
    lots = _lots()
    return lots.named(session, refs) if lots else {}


def blocks(session: Session, refs: Iterable[UUID]) -> Mapping[UUID, Block]:
    """What holds the deposits of these lots."""
    lots = _lots()
    return lots.blocks(session, refs) if lots else {}


def _lots() -> Lots | None:
    found: Lots | None = current_app.extensions.get(PORT)
    return found

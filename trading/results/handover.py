"""移交评标: the closed opening as one frozen dossier, from which evaluation works alone.

招标投标法 37, 条例 46. The content keys come from the trustees' shares and the kept holder secret.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public as evaluation
from evaluation.public import Dossier, DossierBid, DossierPart, Security
from kernel.crypto.sealing import Secrets, committee_secret, holder_secret, part_cek
from kernel.permissions import Actor
from kernel.pure.envelope import Header, PartName, draw_part, parse_header
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from kernel.secrets import Keys
from trading.bids import queries as bids
from trading.bids.queries import EnvelopeRow
from trading.openings.committee import shares_for
from trading.openings.draws import values as drawn_values
from trading.openings.queries import kept_secret, opening_row
from trading.results import queries, rules
from trading.results.queries import Bidder
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

PHRASE = "移交评标"
EVALUATED = (PartName.TECHNICAL, PartName.COMMERCIAL, PartName.ATTACHMENTS)


def hand_over(session: Session, keys: Keys, lot_id: UUID, *, actor: Actor, now: datetime) -> UUID:
    """Convene the evaluation of an opened lot; returns its room.

    Raises:
        Refused: TEN-1004 not its agency; RES-1004 another stage; RES-1101 fewer effective bids
            than the floor; EVA-11xx the plan.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    rules.check_stage(lot.stage, LotStage.OPENED)
    room = evaluation.convene(session, keys, dossier(session, keys, lot), now=now)
    move(session, lot, LotStage.EVALUATING, actor=actor, now=now)
    return room


def effective(session: Session, lot_id: UUID) -> tuple[Bidder, ...]:
    """The bids that were opened and read out."""
    return tuple(bidder for bidder in queries.bidders(session, lot_id) if bidder.effective)


def dossier(session: Session, keys: Keys, lot: Lot) -> Dossier:
    """Everything evaluation is given. Raises Refused RES-1101, EVA-11xx, RES-1001."""
    listed = effective(session, lot.id)
    rules.check_effective(len(listed), lot.remaining_floor)
    opening = opening_row(session, lot.id)
    root = opening.close_root
    if root is None:
        raise Refused("RES-1001")
    shares = shares_for(session, lot.id, ReleaseStage.OPEN)
    rows = {row.id: row for row in bids.live_envelopes(session, lot.id)}
    return Dossier(
        lot_ref=lot.id,
        tender_ref=lot.project_id,
        centre_ref=lot.centre_id,
        agency_ref=lot.project.agency_id,
        tenderee_ref=lot.project.tenderee_id,
        title=lot.name,
        number=lot.number,
        plan=evaluation.read_plan(lot.evaluation_plan),
        close_root=bytes(root),
        ceiling_fen=lot.ceiling_fen,
        bids=tuple(
            _bid(session, keys, lot, bidder, rows[bidder.envelope_id], shares[bidder.commitment])
            for bidder in listed
        ),
        unopened=_unopened(session, lot.id, rows, shares),
        drawn=drawn_values(session, opening),
    )


def _unopened(
    session: Session,
    lot_id: UUID,
    rows: Mapping[UUID, EnvelopeRow],
    shares: Mapping[bytes, Mapping[int, bytes]],
) -> dict[bytes, bytes | None]:
    """Draw parts of the listed bids that were not opened; None where they rebuild nothing right."""
    found: dict[bytes, bytes | None] = {}
    for bidder in queries.bidders(session, lot_id):
        if bidder.effective:
            continue
        header = parse_header(rows[bidder.envelope_id].header)
        try:
            secret = committee_secret(header, ReleaseStage.OPEN, shares.get(bidder.commitment, {}))
            found[bidder.commitment] = draw_part(secret)
        except Refused:
            found[bidder.commitment] = None
    return found


def security(lot: Lot, bidder: Bidder) -> Security | None:
    """What secures a bid, as the hall shows it; None where the documents ask for no deposit."""
    if lot.deposit_fen == 0:
        return None
    told = bidder.deposit
    return Security(told["outcome"], told["word"], told["sound"])


def _bid(
    session: Session,
    keys: Keys,
    lot: Lot,
    bidder: Bidder,
    row: EnvelopeRow,
    shares: Mapping[int, bytes],
) -> DossierBid:
    header = parse_header(row.header)
    kept = kept_secret(session, keys, row.lot_id, bidder.seat)
    opened = committee_secret(header, ReleaseStage.OPEN, shares)
    secrets = Secrets(open=opened, holder=holder_secret(header, kept))
    offer = bidder.offer or {}
    return DossierBid(
        number=bidder.seat,
        bidder_ref=bidder.ref,
        commitment=bidder.commitment,
        organisation=bidder.organisation,
        credit_code=bidder.credit_code,
        price_fen=int(offer["price_fen"]),
        offer=offer,
        related=(),
        draw_part=draw_part(opened),
        security=security(lot, bidder),
        parts=_parts(session, row, header, secrets),
    )


def _parts(
    session: Session, row: EnvelopeRow, header: Header, secrets: Secrets
) -> tuple[DossierPart, ...]:
    """The sealed files that experts read, each with its own key; the rest is never handed over."""
    stored = bids.part_blobs(session, row.id)
    return tuple(
        DossierPart(
            name=name.value,
            header=row.header,
            blob_key=stored[name],
            cek=part_cek(header, name, secrets),
        )
        for name in EVALUATED
        if header.part(name) is not None and name in stored
    )

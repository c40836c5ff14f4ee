"""The opening's files of a lot's bundle: all that anyone needs to check it offline.

Layout: docs/sealed-bid-envelope.md 11. Never s_holder, and never release 2 under committee_only.
"""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log, scripts
from kernel.clock import installation
from kernel.crypto.sealing import Secrets, committee_secret, holder_secret, part_cek
from kernel.house import Call
from kernel.pure import jcs
from kernel.pure.envelope import Header, HolderLock, PartName, parse_header
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from trading.bids import queries as bids
from trading.bids.actions import receipt
from trading.bids.queries import read_part
from trading.openings import draws, refused
from trading.openings.closing import standing
from trading.openings.committee import RELEASES, shares_for
from trading.openings.models import OpeningRow, ReleaseRow, SeatRow
from trading.openings.queries import opening_row
from trading.openings.record_models import SupplementRow
from trading.tenders import queries as tenders


def files(call: Call, lot_id: UUID) -> dict[str, bytes]:
    """File name to content; the same for the same opening. Raises Refused OPN-1702 before it is
    closed."""
    row = opening_row(call.session, lot_id)
    if row.facts is None or row.facts_hash is None:
        raise Refused("OPN-1702")
    seats = _opened(call.session, lot_id)
    told = _entries(call, row)
    headers = {
        bytes.fromhex(name[len("envelopes/") :][:64]): parse_header(value["header"].encode())
        for name, value in told.items()
        if name.startswith("envelopes/")
    }
    policies = {header.context.policy_digest: header.policy for header in headers.values()}
    told["bundle.json"] = {
        "format": "SBE/1 bundle",
        "lot": str(lot_id),
        "log": {
            "name": installation(call.session).log_origin,
            "key": call.house.keys.log_public_key.hex(),
            **call.house.witnesses.as_json(),
        },
        "platform": call.house.keys.platform_public_key.hex(),
        "record": row.facts_hash.hex(),
    }
    told["policies.json"] = [policies[digest].to_json() for digest in sorted(policies)]
    told["scripts.json"] = _scripts(call.session, row, told)
    drawn = draws.rows(call.session, lot_id)
    told["draws.json"] = {
        "parts": _parts(call.session, lot_id, headers),
        "draws": [],
        "parameters": [draws.told(each) for each in drawn],
        "notice": _notice(call.session, lot_id, frozenset(policies)) if drawn else None,
    }
    told["close.json"] = _close(call, row, told)
    told["manifest.json"] = {"manifest": json.loads(row.manifest or b"{}")}
    told["releases.json"] = _releases(call.session, lot_id, headers)
    told["bindings.json"] = [_binding(seat) for seat in seats]
    told["refusals.json"] = refused.told(call, row)
    raw = {name: jcs.canonical(value) for name, value in told.items()}
    raw["facts.json"] = row.facts
    raw["openings.json"] = row.openings or b"{}"
    raw |= _supplements(call.session, lot_id)
    for seat in seats:
        raw |= _opening(call, seat, headers[seat.commitment])
    return raw


def _supplements(session: Session, lot_id: UUID) -> dict[str, bytes]:
    """What reconvened sessions added to the record."""
    rows = session.scalars(select(SupplementRow).where(SupplementRow.lot_id == lot_id))
    return {f"supplements/{row.no}.json": row.facts for row in rows}


def _opened(session: Session, lot_id: UUID) -> list[SeatRow]:
    """The bids that were read out, by seat."""
    rows = session.scalars(select(SeatRow).where(SeatRow.lot_id == lot_id).order_by(SeatRow.seat))
    return [row for row in rows if row.offer is not None and row.read]


def _entries(call: Call, row: OpeningRow) -> dict[str, Any]:
    """Envelopes and withdrawals with their receipts under the close, by file name."""
    files: dict[str, Any] = {}
    for entry in bids.manifest_entries(call.session, row.lot_id):
        proof = receipt(
            call.session,
            call.house.keys,
            leaf_id=entry.leaf_id,
            of=entry.commitment,
            most=row.close_size,
        )
        value = {"signature": entry.signature.hex(), "receipt": proof}
        name = f"withdrawals/{entry.commitment.hex()}.json"
        if entry.header is not None:
            value["header"] = entry.header.decode()
            name = f"envelopes/{entry.commitment.hex()}.json"
        files[name] = value
    return files


def _scripts(session: Session, row: OpeningRow, entries: dict[str, Any]) -> list[dict[str, object]]:
    """The script releases that bidders of this lot may have been served."""
    places = [value["receipt"]["index"] for value in entries.values() if "receipt" in value]
    return scripts.served_between(session, min(places, default=0), row.close_size or 0)


def _notice(session: Session, lot_id: UUID, policies: frozenset[str]) -> dict[str, Any] | None:
    """The last notice that bids were sealed under, with its place in the log."""
    for notice in sorted(tenders.notices(session, lot_id), key=lambda each: -each.version):
        proof = log.inclusion(session, notice.leaf_id)
        if notice.policy_digest.hex() in policies and proof is not None:
            return {"body": notice.body, "proof": proof.as_json()}
    return None


def _close(call: Call, row: OpeningRow, entries: dict[str, Any]) -> dict[str, Any]:
    size, held = row.close_size or 0, standing(call.session, row)
    older = {value["receipt"]["tree_size"] for value in entries.values() if "receipt" in value}
    older |= {proof["tree_size"] for proof in entries["scripts.json"]}
    if notice := entries["draws.json"]["notice"]:
        older.add(notice["proof"]["tree_size"])
    return {
        **(held.as_json() if held else {}),
        "consistency": refused.consistency(call.session, older, size),
    }


def _releases(session: Session, lot_id: UUID, headers: dict[bytes, Header]) -> list[dict[str, Any]]:
    """Accepted releases; release 2 would open every part of a bid without a holder's lock."""
    free = any(h.policy.holder_lock is HolderLock.COMMITTEE_ONLY for h in headers.values())
    listed = session.scalars(
        select(ReleaseRow)
        .where(ReleaseRow.lot_id == lot_id)
        .order_by(ReleaseRow.release, ReleaseRow.trustee)
    )
    return [row.body for row in listed if not (free and row.release == RELEASES[ReleaseStage.OPEN])]


def _parts(
    session: Session, lot_id: UUID, headers: dict[bytes, Header]
) -> list[dict[str, str | None]]:
    """What every live bid puts into the lot's draws; nothing where its shares rebuild nothing."""
    shares = shares_for(session, lot_id, ReleaseStage.OPEN)
    parts: list[dict[str, str | None]] = []
    for row in sorted(bids.live_envelopes(session, lot_id), key=lambda each: each.commitment):
        header, held = headers[row.commitment], shares.get(row.commitment, {})
        part = draws.part_of(header, held)
        parts.append({"commitment": row.commitment.hex(), "part": part.hex() if part else None})
    return parts


def _binding(seat: SeatRow) -> dict[str, Any]:
    return {
        "commitment": seat.commitment.hex(),
        "certificate_chain": [str(der) for der in seat.identity["certificate_chain"]],
        "signature": str(seat.identity["binding_signature"]),
    }


def _opening(call: Call, seat: SeatRow, header: Header) -> dict[str, bytes]:
    shares = shares_for(call.session, seat.lot_id, ReleaseStage.OPEN)[seat.commitment]
    given = seat.holder_secret
    holder = call.house.keys.unwrap(given, context=seat.commitment) if given is not None else None
    secrets = Secrets(
        open=committee_secret(header, ReleaseStage.OPEN, shares),
        holder=holder_secret(header, holder),
    )
    cek = part_cek(header, PartName.OPENING, secrets)
    stem = f"openings/{seat.commitment.hex()}"
    chunks = read_part(call.session, call.house.blobs, seat.envelope_id, PartName.OPENING)
    return {
        f"{stem}.json": jcs.canonical({"cek": cek.hex(), "opening": seat.offer}),
        f"{stem}.sealed": b"".join(chunks),
    }

"""Every attempt that is refused ends with a receipt that proves it, offline and without us.

条例 36. Attacks: late, in flight, replayed, truncated, flipped, garbage, a late leaf.
"""

import hashlib
import json
import threading
import time
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from kernel.clock import legal_now
from kernel.crypto.signatures import verify_ed25519
from kernel.pure import jcs, receipts
from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from kernel.pure.messages import withdrawal_message
from trading.bids import actions, queries
from trading.bids.rules import MOST_REFUSALS, MOST_REFUSALS_OF_A_CODE, SEALED_CHUNK
from trading.bids.tickets import LIFETIME
from trading.tenders.models import Lot
from trading.tenders.queries import lock_lot

from .desk import Desk
from .test_actions import close_in, sealed
from .world import SMALL, Bidder, sealed_bytes


def test_late_by_a_second_and_again_later(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    late = sealed(desk.house, bidder)
    close_in(desk.house, bidder.lot, -1)
    answer = desk.hand_in(bidder, late)
    found = desk.proven(bidder, answer, "BID-1403")
    assert datetime.fromisoformat(found.at) >= bidder.lot.deadline - timedelta(hours=1)
    again = desk.hand_in(bidder, late)
    assert again.get_json()["refusal"] == answer.get_json()["refusal"]
    [listed] = desk.ask(bidder, "GET", f"/lots/{bidder.lot.id}/refusals").get_json()["refusals"]
    assert listed["what"] == answer.get_json()["what"] and listed["act"] == "submit"


def test_in_flight_at_the_deadline(desk: Desk) -> None:
    """Sent before T, waiting for the lot's lock when T comes: judged after it, and told so."""
    bidder = Bidder(desk.lot())
    submission = sealed(desk.house, bidder)
    answers: list[TestResponse] = []
    with desk.house.database.writing() as session:
        lock_lot(session, bidder.lot.id)
        sender = threading.Thread(target=lambda: answers.append(desk.hand_in(bidder, submission)))
        sender.start()
        time.sleep(0.4)
        closed = legal_now(session)
        session.execute(update(Lot).where(Lot.id == bidder.lot.id).values(deadline=closed))
    sender.join()
    found = desk.proven(bidder, answers[0], "BID-1403")
    assert datetime.fromisoformat(found.at) >= closed


def test_an_upload_in_flight_at_the_deadline(desk: Desk) -> None:
    bidder, data = Bidder(desk.lot()), sealed_bytes(SMALL)
    path = desk.begin(bidder, "opening", len(data)).headers["Location"]
    close_in(desk.house, bidder.lot, 0)
    desk.proven(bidder, desk.patch(bidder, path, data), "BID-1403")
    desk.proven(bidder, desk.begin(bidder, "opening", len(data)), "BID-1403")


def test_a_replay_into_another_lot_or_by_another_bidder(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    submission = sealed(desk.house, bidder)
    elsewhere = Bidder(desk.lot(), bidder.key)
    stranger = Bidder(bidder.lot)
    desk.proven(elsewhere, desk.hand_in(elsewhere, submission), "ENV-1101")
    desk.proven(stranger, desk.hand_in(stranger, submission), "ENV-1102")
    assert desk.hand_in(bidder, submission).status_code == 201


def test_truncated_flipped_and_damaged_bytes(desk: Desk) -> None:
    bidder, data = Bidder(desk.lot()), sealed_bytes(SMALL)
    path = desk.begin(bidder, "opening", len(data)).headers["Location"]
    flipped = bytes([data[0] ^ 1]) + data[1:]
    desk.proven(bidder, desk.patch_changed(bidder, path, flipped, data), "BID-1201")
    short = desk.patch(bidder, path, data[:-1])
    desk.proven(bidder, short, "BID-1204")
    desk.proven(bidder, desk.patch(bidder, path, data, offset=SEALED_CHUNK), "BID-1203")
    assert desk.patch(bidder, path, data).status_code == 204
    whole = sealed(desk.house, bidder)
    torn = actions.Submission(whole.header[:-9], whole.signature, whole.uploads)
    code = desk.hand_in(bidder, torn).get_json()["code"]
    assert code.startswith("ENV-100")
    desk.proven(bidder, desk.hand_in(bidder, torn), code)
    forged = actions.Submission(whole.header, bytes(64), whole.uploads)
    desk.proven(bidder, desk.hand_in(bidder, forged), "ENV-1006")
    missing = {PartName.IDENTITY: whole.uploads[PartName.IDENTITY]}
    unfinished = actions.Submission(whole.header, whole.signature, missing)
    found = desk.proven(bidder, desk.hand_in(bidder, unfinished), "BID-1411")
    accepted = desk.hand_in(bidder, whole)
    assert accepted.get_json()["commitment"] == found.subject.hex()


def test_garbage_that_names_a_huge_length(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    desk.proven(bidder, desk.begin(bidder, "technical", 1 << 45), "BID-1206")
    roots = {part: (SMALL, bytes(32)) for part in (PartName.IDENTITY, PartName.OPENING)}
    huge, signature = bidder.header({**roots, PartName.TECHNICAL: (1 << 52, bytes(32))})
    answer = desk.hand_in(bidder, actions.Submission(huge, signature, {}))
    found = desk.proven(bidder, answer, answer.get_json()["code"])
    assert (found.code or "").startswith("ENV-10")
    path = f"/lots/{bidder.lot.id}/bids"
    clear = b'{"price_fen": 1, "technical": "clear text"}'
    subject = desk.proven(bidder, desk.ask(bidder, "POST", path, clear), "BID-1407").subject
    assert subject == receipts.attempt_digest(
        pseudonym=bidder.pseudonym,
        lot=str(bidder.lot.id),
        method="POST",
        path=path,
        body=hashlib.sha256(clear).digest(),
    )
    desk.proven(bidder, desk.ask(bidder, "POST", path, b"\x00garbage"), "WEB-1004")


def test_a_late_leaf_is_outside_the_close(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    in_time = desk.hand_in(bidder, sealed(desk.house, bidder)).get_json()
    close_in(desk.house, bidder.lot, 0)
    close = desk.sequence()
    taken = bytes.fromhex(in_time["commitment"])
    late = sealed(desk.house, bidder, sequence=2, previous=taken)
    found = desk.proven(bidder, desk.hand_in(bidder, late), "BID-1402")
    assert found.index >= close.size
    with desk.house.database.reading() as session:
        [entry] = queries.manifest_entries(session, bidder.lot.id)
    assert entry.commitment == taken and (entry.index or 0) < close.size


def test_withdrawals_refused(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    taken = desk.hand_in(bidder, sealed(desk.house, bidder)).get_json()["commitment"]
    path = f"/lots/{bidder.lot.id}/withdrawals"
    message = withdrawal_message(
        lot=str(bidder.lot.id), pseudonym=bidder.pseudonym, commitment=bytes.fromhex(taken)
    )

    def withdraw(signature: bytes, token: str | None = None) -> TestResponse:
        asked = {"commitment": taken, "signature": signature.hex(), "token": token}
        return desk.ask(bidder, "POST", path, json.dumps(asked).encode())

    desk.proven(bidder, withdraw(bytes(64)), "BID-1414")
    # The withdrawal fails whole: nothing of it stays but the refusal.
    desk.proven(bidder, withdraw(bidder.sign(message), "no such token"), "ESC-1201")
    [own] = desk.ask(bidder, "GET", f"/lots/{bidder.lot.id}/bids").get_json()["bids"]
    assert own["state"] == "live"
    close_in(desk.house, bidder.lot, 0)
    desk.proven(bidder, withdraw(bidder.sign(message)), "BID-1402")


def test_a_ticket_or_a_signature_that_came_too_late(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    submission = sealed(desk.house, bidder)
    desk.proven(bidder, desk.hand_in(bidder, submission, aged=LIFETIME), "BID-1302")
    stale = timedelta(minutes=6)
    desk.proven(bidder, desk.hand_in(bidder, submission, stale=stale), "BID-1304")
    unknown = desk.ask(bidder, "POST", f"/lots/{bidder.lot.id}/bids", b"{}", digest=bytes(32))
    assert unknown.get_json()["code"] == "BID-1303" and "refusal" not in unknown.get_json()
    read = desk.ask(bidder, "GET", f"/lots/{bidder.lot.id}/bids", stale=stale)
    assert "refusal" not in read.get_json()


def test_a_refusal_is_its_owners_alone(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    refusal = desk.begin(bidder, "technical", 5).get_json()["refusal"]
    path = f"/lots/{bidder.lot.id}/refusals/{UUID(refusal['id'])}/receipt"
    stranger = Bidder(bidder.lot)
    assert desk.ask(stranger, "GET", path).get_json()["code"] == "BID-1418"
    own = desk.ask(stranger, "GET", f"/lots/{bidder.lot.id}/refusals").get_json()
    assert own["refusals"] == []


def test_a_flood_fills_neither_log_nor_disk(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    path = f"/lots/{bidder.lot.id}/bids"
    told = [
        desk.ask(bidder, "POST", path, f"garbage {number}".encode()).get_json()
        for number in range(MOST_REFUSALS_OF_A_CODE + 2)
    ]
    assert [one["refusal"] is None for one in told] == [False] * MOST_REFUSALS_OF_A_CODE + [
        True
    ] * 2
    assert desk.begin(bidder, "technical", 5).get_json()["refusal"] is not None
    assert MOST_REFUSALS > 4 * MOST_REFUSALS_OF_A_CODE


def test_a_refusal_is_no_receipt_and_nothing_of_it_can_be_changed(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    answer = desk.hand_in(bidder, sealed(desk.house, bidder))
    envelope = UUID(answer.get_json()["envelope_id"])
    refusal = desk.begin(bidder, "technical", 5).get_json()["refusal"]
    refused = desk.receipt(bidder, refusal)
    desk.sequence()
    path = f"/lots/{bidder.lot.id}/bids/{envelope}/receipt"
    taken = desk.ask(bidder, "GET", path).get_json()
    assert receipts.prove(taken, desk.key, verify_ed25519).code is None

    def code(value: dict[str, Any]) -> str:
        with pytest.raises(Refused) as caught:
            receipts.prove(value, desk.key, verify_ed25519)
        return caught.value.code

    for name, value, wanted in (
        ("format", receipts.RECEIPT, "LOG-2001"),
        ("code", "BID-1403", "LOG-2001"),
        ("at", refused["at"].replace("20", "21", 1), "LOG-2001"),
        ("commitment", "00" * 32, "LOG-2001"),
        ("leaf", refused["leaf"].replace("BID-1206", "BID-1207"), "LOG-2001"),
        ("index", refused["index"] + 1, "LOG-2002"),
        ("tree_size", refused["tree_size"] + 1, "LOG-2002"),
        ("checkpoint", refused["checkpoint"].replace("time 20", "time 21"), "LOG-2003"),
        ("path", refused["path"][:-1], "LOG-2002"),
        ("path", ["x"], "LOG-1005"),
    ):
        assert code({**deepcopy(refused), name: value}) == wanted, name
    as_refusal = {**taken, "format": receipts.REFUSAL, "code": "BID-1403", "at": refused["at"]}
    assert code(as_refusal) == "LOG-2001"
    signature = bytes.fromhex(refused.pop("platform_signature"))
    message = receipts.REFUSAL.encode() + jcs.canonical(refused)
    assert desk.house.keys.is_platforms(signature, message)

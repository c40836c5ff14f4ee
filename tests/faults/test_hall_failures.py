"""What bidders and trustees do wrong, or do not do at all, through the public interface.

招标投标法 28, 29, 36; 条例 26, 44, 51; 20号令 27, 31: each ends as the law says, with its code.
"""

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.faults.puppets import TurnedAway
from tests.faults.world import TRUSTEES, World, offer, until, world
from trading.demo.cast import cast
from trading.demo.lots import acting
from trading.tenders import actions as tenders
from trading.tenders.rules import LotStage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FOUR = ("bidder-1", "bidder-2", "bidder-3", "bidder-4")
THIRD_PARTY = "3301040160000899001"
FILES = {"technical": "技术文件 " * 300, "commercial": "商务文件"}


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world("受托", "不足", "终止") as found:
        yield found


def of(here: World, lot: str, login: str) -> dict[str, str]:
    """Who acts for which lot."""
    return {"as": login, "lot": str(here.lots[lot])}


def seal(here: World, lot: str, login: str, **more: Any) -> dict[str, Any]:
    """A sealed and uploaded envelope that nobody has handed in."""
    asked = of(here, lot, login)
    sealed: dict[str, Any] = here.puppets.ask(
        "seal", **asked, offer=offer(400_000_000), files=FILES, **more
    )
    return {name: sealed[name] for name in ("header", "signature", "uploads")}


def handing_in(here: World, lot: str, login: str, envelope: dict[str, Any]) -> dict[str, Any]:
    """The request that hands an envelope in."""
    path = f"/lots/{here.lots[lot]}/bids"
    return {**of(here, lot, login), "method": "POST", "path": path, "json": envelope}


def refusal(here: World, lot: str, login: str, envelope: dict[str, Any]) -> str:
    return here.puppets.refused("ticketed", **handing_in(here, lot, login, envelope))


def own(here: World, lot: str, login: str) -> list[tuple[int, str]]:
    """Sequence and state of a bidder's own envelopes."""
    path = f"/lots/{here.lots[lot]}/bids"
    told = here.puppets.ask("ticketed", **of(here, lot, login), method="GET", path=path)
    return [(each["sequence"], each["state"]) for each in told["bids"]]


def book(here: World, account: str) -> list[dict[str, Any]]:
    """What the bank's own book says of an account."""
    address = f"{here.installation.settings.bank_url}/api/book?account={account}"
    with urllib.request.urlopen(address, timeout=20) as answer:
        entries: list[dict[str, Any]] = json.loads(answer.read())
    return entries


def came_back(here: World, account: str, sub_account: str) -> int:
    """Fen that the bank has paid back to an account from a sub-account."""
    return sum(
        entry["amount_fen"]
        for entry in book(here, account)
        if entry["sign"] == "CRDT" and entry["sub_account"] == sub_account
    )


def basic_account(login: str) -> str:
    person = next(one for one in cast().people if one.login == login)
    account = cast().organisation(person.organisation).account
    assert account is not None
    return account.number


def test_what_is_no_sealed_envelope_is_refused_by_code(here: World) -> None:
    envelope = seal(here, "不足", "bidder-1")
    header, signature = envelope["header"], envelope["signature"]
    at = header.index('"commitment_salt":"') + 20
    flipped = f"{header[:at]}{int(header[at], 16) ^ 1:x}{header[at + 1 :]}"
    other_bit = f"{int(signature[0], 16) ^ 1:x}{signature[1:]}"
    assert flipped != header
    tried = {
        "unencrypted": {**envelope, "header": "%PDF-1.7 投标报价 4000000 元"},
        "truncated": {**envelope, "header": header[:-40]},
        "flipped header": {**envelope, "header": flipped},
        "flipped signature": {**envelope, "signature": other_bit},
        "part missing": {
            **envelope,
            "uploads": {k: v for k, v in envelope["uploads"].items() if k != "opening"},
        },
    }
    codes = {name: refusal(here, "不足", "bidder-1", each) for name, each in tried.items()}
    assert codes == {
        "unencrypted": "ENV-1001",
        "truncated": "ENV-1001",
        "flipped header": "ENV-1006",
        "flipped signature": "ENV-1006",
        "part missing": "BID-1411",
    }
    assert own(here, "不足", "bidder-1") == []


def test_an_open_file_or_another_part_cannot_stand_for_the_sealed_one(here: World) -> None:
    envelope = seal(here, "不足", "bidder-1")
    plain = base64.b64encode("技术文件，未加密".encode() * 400).decode()
    upload = here.puppets.ask(
        "upload", **of(here, "不足", "bidder-1"), part="technical", bytes=plain
    )
    swapped = {**envelope, "uploads": {**envelope["uploads"], "technical": upload}}
    assert refusal(here, "不足", "bidder-1", swapped) == "ENV-1201"
    foreign = seal(here, "不足", "bidder-2")["uploads"]["technical"]
    swapped = {**envelope, "uploads": {**envelope["uploads"], "technical": foreign}}
    assert refusal(here, "不足", "bidder-1", swapped) == "BID-1411"


def test_an_envelope_belongs_to_its_lot_and_its_bidder(here: World) -> None:
    envelope = seal(here, "不足", "bidder-1")
    assert refusal(here, "受托", "bidder-1", envelope) == "ENV-1101"
    assert refusal(here, "不足", "bidder-2", envelope) == "ENV-1102"


def test_a_replayed_envelope_stays_what_it_was(here: World) -> None:
    first = seal(here, "不足", "bidder-1")
    request = handing_in(here, "不足", "bidder-1", first)
    given = here.puppets.ask("ticketed", **request)
    assert here.puppets.ask("ticketed", **request) == given
    here.puppets.ask("bid", **of(here, "不足", "bidder-1"), offer=offer(1), files=FILES)
    assert here.puppets.ask("ticketed", **request) == given
    assert own(here, "不足", "bidder-1") == [(1, "superseded"), (2, "live")]


def test_two_tabs_hand_in_one_version(here: World) -> None:
    place = {"sequence": 1, "previous": None}
    both = [seal(here, "不足", "bidder-2", place=place) for _ in range(2)]
    doing = [
        here.puppets.begin("ticketed", **handing_in(here, "不足", "bidder-2", each))
        for each in both
    ]
    errors = [one.exception(timeout=60) for one in doing]
    [refused] = [error for error in errors if error is not None]
    assert isinstance(refused, TurnedAway) and refused.code == "BID-1408"
    assert own(here, "不足", "bidder-2") == [(1, "live")]


def test_a_terminated_lot_has_no_opening(here: World) -> None:
    lot = here.lots["终止"]
    here.puppets.ask("bid", **of(here, "终止", "bidder-1"), offer=offer(1), files=FILES)
    with here.house.database.writing() as session:
        agency = acting(session, "agency")
        at = here.now()
        tenders.end_lot(session, lot, LotStage.TERMINATED, actor=agency, now=at, reason="规划调整")
    assert here.until_stage(lot, "cancelled") == "cancelled"
    again = of(here, "终止", "bidder-1")
    assert here.puppets.refused("seal", **again, offer=offer(2), files=FILES) == "BID-1401"
    assert own(here, "终止", "bidder-1") == [(1, "returned")]
    until(lambda: not ciphertext(here, "终止"), "the ciphertext to be erased")
    assert here.payloads(lot, "cancelled")[0]["reason"] == "规划调整"


def ciphertext(here: World, lot: str) -> list[str]:
    """Files that still hold a part of an admitted envelope of the lot."""
    kept = here.installation.settings.blobs_dir
    blobs = here.rows(
        "SELECT u.blob FROM upload u JOIN envelope_part p ON p.upload_id = u.id "
        "WHERE u.lot_id = :lot AND u.blob IS NOT NULL",
        lot=here.lots[lot],
    )
    return [blob for (blob,) in blobs if list(kept.rglob(blob))]


@pytest.fixture(scope="module")
def closed(here: World) -> dict[str, Any]:
    """All lots past their deadline, with deposits paid, and one submission in flight at T."""
    subs = {}
    for login in FOUR:
        payer = {"payer": THIRD_PARTY} if login == "bidder-4" else {}
        subs[login] = here.puppets.ask("deposit", **of(here, "受托", login), **payer)
        here.puppets.ask("bid", **of(here, "受托", login), offer=offer(4_000_000), files=FILES)
    returned = here.puppets.ask("deposit", **of(here, "不足", "bidder-1"))
    flying = handing_in(here, "不足", "bidder-3", seal(here, "不足", "bidder-3"))
    late = handing_in(here, "不足", "bidder-1", seal(here, "不足", "bidder-1"))
    deadline = here.deadline(here.lots["不足"])
    here.advance(deadline - timedelta(seconds=20))
    with psycopg.connect(here.house.database.url) as connection:
        connection.execute("SELECT 1 FROM lot WHERE id = %s FOR UPDATE", (here.lots["不足"],))
        doing = here.puppets.begin("ticketed", **flying)
        until(lambda: _waits_for_a_lock(here), "the submission at the lot's row")
        here.advance(deadline + timedelta(seconds=1))
    error = doing.exception(timeout=60)
    assert isinstance(error, TurnedAway)
    return {"subs": subs, "returned": returned, "flying": error.code, "late": late}


def _waits_for_a_lock(here: World) -> bool:
    return bool(
        here.rows(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state='active'"
        )
    )


def test_what_was_under_way_at_the_deadline_is_late(here: World, closed: dict[str, Any]) -> None:
    assert closed["flying"] == "BID-1403"
    assert own(here, "不足", "bidder-3") == []
    assert here.puppets.refused("ticketed", **closed["late"]) == "BID-1402"


def test_fewer_than_three_go_back_unopened(here: World, closed: dict[str, Any]) -> None:
    lot = here.lots["不足"]
    here.until_stage(lot, "failed_too_few")
    assert here.payloads(lot, "failed_too_few")[0]["when"] == "at_deadline"
    assert here.payloads(lot, "manifest_published") == []
    until(lambda: not ciphertext(here, "不足"), "the ciphertext to be erased")
    assert own(here, "不足", "bidder-1") == [(1, "superseded"), (2, "returned")]
    assert here.puppets.ask("release", **{"as": "centre", "lot": str(lot)}) is None
    sub, payer = closed["returned"], basic_account("bidder-1")
    give_back(here, sub["token"])
    due = cast().lot("main").deposit_fen
    until(lambda: came_back(here, payer, sub["number"]) == due, "the deposit at the bank")


def give_back(here: World, token: str) -> None:
    """The holder of a token asks for the deposit, as the page does."""
    data = urllib.parse.urlencode({"token": token}).encode()
    request = urllib.request.Request(f"{here.installation.url}/deposits/return", data=data)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_the_hall_waits_for_the_third_trustee(here: World, closed: dict[str, Any]) -> None:
    lot = here.lots["受托"]
    here.until_vouched(lot)
    wrong = here.puppets.refused("releaseWrongShare", **of(here, "受托", "agency"))
    assert wrong == "OPN-1203"
    assert here.payloads(lot, "share_refused")[0]["role"] == "agency"
    for login in TRUSTEES[:2]:
        here.puppets.ask("release", **of(here, "受托", login))
    here.advance(here.now() + timedelta(hours=3))
    told = json.loads(here.fetch(f"/lots/{lot}/hall/state"))
    given = [(each["given"], each["threshold"]) for each in here.payloads(lot, "share_released")]
    assert (told["stage"], given) == ("deadline_lock", [(1, 3), (2, 3)])
    here.puppets.ask("release", **of(here, "受托", TRUSTEES[2]))
    here.until_stage(lot, "bidder_decryption")
    [listed] = here.payloads(lot, "list_published")
    deposits = [each["deposit"]["outcome"] for each in listed["bids"]]
    assert deposits == ["ok", "ok", "ok", "name_mismatch"]


def test_who_never_decrypts_is_revoked_and_the_others_go_on(
    here: World, closed: dict[str, Any]
) -> None:
    lot = here.lots["受托"]
    silent = "bidder-3"
    for login in FOUR:
        if login != silent:
            here.puppets.ask("unlock", **of(here, "受托", login))
    [window] = here.rows("SELECT until FROM opening WHERE lot_id = :lot", lot=lot)
    here.advance(window[0] + timedelta(seconds=1))
    here.until_stage(lot, "opening")
    assert here.puppets.refused("unlock", **of(here, "受托", silent)) == "OPN-2114"
    [failed] = [each for each in here.payloads(lot, "bid_failed") if each["final"]]
    assert (failed["seat"], failed["code"], failed["fault"]) == (3, "OPN-2114", "bidder")
    for login in TRUSTEES:
        # A client that lost its memory between the releases knows its own by its signature.
        here.puppets.ask("releaseWithoutMemory", **of(here, "受托", login))
    until(lambda: here.payloads(lot, "openings_unsealed"), "the openings")
    for stage in ("opening", "read_out"):
        here.until_stage(lot, stage)
        here.puppets.ask("host", **of(here, "受托", "agency"), stage=stage)
    here.until_stage(lot, "record_confirmation")
    assert [each["seat"] for each in here.payloads(lot, "bid_read_out")] == [1, 2, 4]


def test_deposits_follow_the_rule(here: World, closed: dict[str, Any]) -> None:
    """A third party's money goes back by itself; who was revoked gets nothing by itself."""
    subs, due = closed["subs"], cast().lot("main").deposit_fen
    strange = subs["bidder-4"]["number"]
    until(lambda: came_back(here, THIRD_PARTY, strange) == due, "the third party's money")
    lot = here.lots["受托"]
    for stage in ("questions", "closed"):
        here.advance(here.now() + timedelta(minutes=10))
        here.until_stage(lot, stage)
    assert came_back(here, basic_account("bidder-3"), subs["bidder-3"]["number"]) == 0

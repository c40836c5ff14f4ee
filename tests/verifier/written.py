"""A whole opening's bundle written in memory, without server or database: a second of work.

It has all that a bundle can hold of an opening: a replaced and a withdrawn envelope, an absent
bidder, refused attempts, a wrong share, a trustee's refusal, a tie that was drawn, a late close.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto.signatures import sign_p256
from kernel.pure import checkpoints, envelope, jcs, parameters
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.envelope import HolderLock, PartName, Policy
from kernel.pure.manifests import Entry, Manifest, Sealed, Withdrawn, live
from kernel.pure.messages import Release, ReleasedShare, ReleaseStage, withdrawal_message
from kernel.pure.parameters import BidRange, Inputs, Parameter
from tests.sealing_writer import LOT, Committee, Written, released, write_envelope
from tests.verifier.written_log import COSIGNER, DEADLINE, NAME, Authority, Holder, Json, Log, raw

Files = dict[str, bytes]

BIDDER = "bidder"
CEILING = 450_000_000
PARAMETERS = (
    Parameter("k", "下浮系数 K", tuple(Decimal(n) / 1000 for n in range(950, 981, 5))),
    Parameter("delta", "Δ", (Decimal("0.01"), Decimal("0.02"))),
    Parameter(
        "b",
        "B 值所在的投标",
        (),
        BidRange("delta", Decimal("0.7"), Decimal("0.3"), Decimal("0.25"), Decimal("0.95")),
    ),
)
IN_TIME, LATE = timedelta(seconds=2), timedelta(minutes=20)
STAGES = (ReleaseStage.LIST, ReleaseStage.OPEN)
ANSWER, READ_OUT = "SBE/1 record answer", "cd" * 32
PAPER = {"name": "见证.pdf", "sha256": "ef" * 32, "size": 1234}


@dataclass
class Bid:
    """One envelope with its bidder's certificate, as the bundle tells it."""

    written: Written
    holder: Holder
    opening: Json
    index: int = 0


class Opening:
    """One lot from its first envelope to its record; `files` is the bundle."""

    def __init__(
        self, *, closed: timedelta = IN_TIME, holder_lock: HolderLock = HolderLock.BIDDER
    ) -> None:
        self.authority = Authority()
        self.committee = Committee()
        self.policy = self.committee.policy(holder_lock=holder_lock, floor=2)
        # Only one sealed under it, and withdrew: it moves no deadline.
        self.postponed = replace(self.policy, version=2, deadline="2026-12-02T01:30:00Z")
        self.log = Log(self.authority)
        self.supervisor, self.agency = (self.authority.holder(n) for n in ("super", "agency"))
        self.closed = closed
        self.entries: list[Entry] = []
        self.bids: dict[bytes, Bid] = {}
        self.told: dict[str, Any] = {}
        self._bid_all()
        self._close()
        self._release()
        self._read_out()
        self._refuse()

    def trustee_key(self, index: int) -> ec.EllipticCurvePrivateKey:
        return self.committee.keys[index - 1]

    @property
    def files(self) -> Files:
        raw_files = {name: jcs.canonical(value) for name, value in self.told.items()}
        for named, bid in self.opened.items():
            sealed = b"".join(bid.written.chunks[PartName.OPENING])
            raw_files[f"openings/{named.hex()}.sealed"] = sealed
        return raw_files

    @property
    def opened(self) -> dict[bytes, Bid]:
        standing = [sealed.commitment for sealed in live(tuple(self.entries))]
        return {named: self.bids[named] for named in standing[:3]}

    def _bid_all(self) -> None:
        """Five bid; the first replaces, the last withdraws, one more is refused on the way."""
        self.scripts = self.log.add("scripts", {"digest": "ab" * 32, "files": 3})
        self.notice: Json = {
            "ceiling_fen": CEILING,
            "evaluation_plan": {"draws": [each.to_json() for each in PARAMETERS]},
            "policy_digest": self.policy.digest().hex(),
        }
        digest = sha256(b"sunbid notice/1\x00" + jcs.canonical(self.notice)).hexdigest()
        said = {"lot": LOT, "digest": digest, "policy_digest": self.notice["policy_digest"]}
        self.published = self.log.add("notice", said)
        seeds = [os.urandom(32) for _ in range(5)]
        first = self._bid(seeds[0], 398_000_000)
        for number, seed in enumerate(seeds[1:], start=1):
            policy = self.postponed if number == 4 else self.policy
            self._bid(seed, 400_000_000 + number, policy=policy)
        early = self.log.note(DEADLINE - timedelta(hours=2))
        self._bid(seeds[0], 397_000_000, sequence=2, previous=first.written.commitment)
        gone = list(self.bids.values())[4].written
        self.early_refusal = self.log.add(
            "bid.refusal",
            {"at": "2026-12-01T00:00:00+00:00", "code": "BID-1408", "commitment": "cd" * 32},
        )
        taken = self.log.add("bid.withdrawal", {"at": "then", "commitment": gone.commitment.hex()})
        pseudonym = gone.header.context.pseudonym
        self.entries.append(Withdrawn(gone.commitment, pseudonym, taken))
        self.later = self.log.note(DEADLINE - timedelta(hours=1))
        self.early = early
        for named, bid in self.bids.items():
            point = early if bid.index < early[0] else self.later
            receipt = self.log.receipt(named, bid.index, point, DEADLINE - timedelta(minutes=30))
            told = {"header": bid.written.raw.decode(), "signature": bid.written.signature.hex()}
            self.told[f"envelopes/{named.hex()}.json"] = {**told, "receipt": receipt}
        message = withdrawal_message(lot=LOT, pseudonym=pseudonym, commitment=gone.commitment)
        self.told[f"withdrawals/{gone.commitment.hex()}.json"] = {
            "signature": sign_p256(gone.signer, message).hex(),
            "receipt": self.log.receipt(
                gone.commitment, taken, self.later, DEADLINE - timedelta(minutes=30)
            ),
        }

    def _bid(self, seed: bytes, price: int, *, policy: Policy | None = None, **changes: Any) -> Bid:
        holder = self.authority.holder(BIDDER)
        opening = {"price_fen": price, "duration_days": 90, "quality": "合格"}
        written = write_envelope(
            policy or self.policy, seed=seed, opening=opening, certificate=holder.key, **changes
        )
        named, context = written.commitment, written.header.context
        index = self.log.add("bid.commitment", {"at": "then", "commitment": named.hex()})
        self.bids[named] = Bid(written, holder, opening, index)
        self.entries.append(
            Sealed(named, context.envelope_id, context.pseudonym, context.sequence, index)
        )
        return self.bids[named]

    def _close(self) -> None:
        self.manifest = Manifest(LOT, tuple(self.entries))
        at = DEADLINE + self.closed
        self.log.add("cover", {})
        self.close = self.log.note(at)
        body = checkpoints.parse_note(self.close[1]).text
        self.told["close.json"] = {
            **self.log.witnessed(self.close[1], at),
            "delta": 10,
            "decision": self._decision(body) if self.closed == LATE else None,
            "consistency": self.log.consistency([self.early[0], self.later[0]], self.close[0]),
        }
        self.told["scripts.json"] = [self.log.proof(self.scripts, self.early)]
        self.told["manifest.json"] = {"manifest": self.manifest.to_json()}
        self.told["policies.json"] = [each.to_json() for each in (self.policy, self.postponed)]

    def _decision(self, body: str) -> Json:
        told = {
            "format": "SBE/1 late close",
            "lot": LOT,
            "checkpoint": sha256(body.encode()).hexdigest(),
            "manifest": self.manifest.digest().hex(),
            "verdict": "go_on",
            "reason": "时间戳机构停电二十分钟，日志连续，见证签名齐全。",
        }
        signature = sign_p256(self.supervisor.key, b"SBE/1 late close" + jcs.canonical(told))
        chain = self.supervisor.chain_hex
        return {**told, "certificate_chain": chain, "signature": signature.hex()}

    def _release(self) -> None:
        free = self.policy.holder_lock is HolderLock.COMMITTEE_ONLY
        self.releases = [
            self.release(trustee, stage)
            for stage in STAGES
            for trustee in (1, 2, 4)
            if not (free and stage is ReleaseStage.OPEN)
        ]
        self.told["releases.json"] = [release.to_json() for release in self.releases]

    def release(self, trustee: int, stage: ReleaseStage) -> Release:
        shares = []
        for sealed in live(tuple(self.entries)):
            written = self.bids[sealed.commitment].written
            both = released(written, self.committee, [trustee])[trustee]
            share = both[:32] if stage is ReleaseStage.LIST else both[32:]
            shares.append(ReleasedShare(sealed.commitment, sealed.envelope_id, share))
        told = Release(LOT, self.manifest.digest(), stage, trustee, tuple(shares), bytes(64))
        return self.signed(told)

    def signed(self, release: Release) -> Release:
        signature = sign_p256(self.committee.keys[release.trustee - 1], release.message())
        return Release(
            release.lot,
            release.manifest,
            release.stage,
            release.trustee,
            release.shares,
            signature,
        )

    def _read_out(self) -> None:
        rows, stated = [], []
        for seat, sealed in enumerate(live(tuple(self.entries)), start=1):
            bid = self.bids[sealed.commitment]
            opened = sealed.commitment in self.opened
            digest = sha256(jcs.canonical(bid.opening)).hexdigest() if opened else None
            offer = dict(bid.opening) if opened else None
            named = sealed.commitment.hex()
            bidder = {"organisation": BIDDER, "credit_code": BIDDER}
            told = {"seat": seat, "commitment": named, "offer": offer, "opening": digest}
            rows.append({**bidder, **told})
            if opened:
                stated.append({"commitment": named, "opening": digest})
                self._open(bid)
        self.told["openings.json"] = {"lot": LOT, "openings": stated}
        statement = jcs.canonical(self.told["openings.json"])
        self.told["bindings.json"] = [
            {
                "commitment": named.hex(),
                "certificate_chain": bid.holder.chain_hex,
                "signature": sign_p256(
                    bid.holder.key, envelope.binding_message(bid.written.header)
                ).hex(),
            }
            for named, bid in self.opened.items()
        ]
        self.facts: Json = {
            "format": "SBE/1 opening record",
            "lot": {"id": LOT, "name": "一标段", "ceiling_fen": CEILING},
            "manifest": self.manifest.digest().hex(),
            "bids": rows,
            "read_out": READ_OUT,
            "objections": [],
            "superseded": [],
            "openings_signature": {
                "certificate": self.agency.chain_hex[0],
                "signature": sign_p256(self.agency.key, statement).hex(),
            },
        }

    def _open(self, bid: Bid) -> None:
        written = bid.written
        context = written.header.context
        cek = envelope.part_cek(PartName.OPENING, context, secret=written.s_open + written.s_holder)
        name = f"openings/{written.commitment.hex()}.json"
        self.told[name] = {"cek": cek.hex(), "opening": bid.opening}

    def _refuse(self) -> None:
        """Somebody was late, a trustee sent a wrong share, another would not release at first."""
        at = (DEADLINE + timedelta(seconds=1)).isoformat()
        named = "ef" * 32
        told = {"at": at, "code": "BID-1403", "commitment": named}
        late = self.log.add("bid.refusal", told)
        wrong = self.log.add("release_refused", {"lot": LOT, "trustee": 3, "code": "OPN-1203"})
        refusal = self._refusal(5)
        digest = sha256(jcs.canonical(refusal)).hexdigest()
        no = self.log.add("release_declined", {"lot": LOT, "trustee": 5, "digest": digest})
        when = DEADLINE + timedelta(hours=1)
        point = self.log.note(when)
        release = {"trustee": 3, "stage": "list", "code": "OPN-1203", "at": at}
        older = [self.early[0], self.later[0], self.close[0]]
        early = {"code": "BID-1408", "at": "2026-12-01T00:00:00+00:00"}
        self.told["refusals.json"] = {
            "submissions": [
                self.log.receipt(b"\xcd" * 32, self.early_refusal, self.later, DEADLINE, **early),
                self.log.receipt(b"\xef" * 32, late, point, when, code="BID-1403", at=at),
            ],
            "releases": [{**release, "proof": self.log.proof(wrong, point)}],
            "declined": [{"refusal": refusal, "proof": self.log.proof(no, point)}],
            "checkpoint": point[1],
            "consistency": self.log.consistency(older, point[0]),
        }
        self._speak()
        row = {"trustee": 3, "release": 1, "code": "OPN-1203", "at": at}
        self.facts["refused_releases"] = [row]
        self._draw()
        self.told["facts.json"] = self.facts
        self.told["bundle.json"] = {
            "format": "SBE/1 bundle",
            "lot": LOT,
            "log": {
                "name": NAME,
                "key": raw(self.log.key).hex(),
                "cosigners": [{"name": COSIGNER, "key": raw(self.log.cosigner).hex()}],
                "stamping": [self.authority.root.hex()],
            },
            "platform": raw(self.log.platform).hex(),
            "record": sha256(jcs.canonical(self.facts)).hexdigest(),
        }
        self.told["supplements/2.json"] = {
            "format": "SBE/1 record supplement",
            "lot": LOT,
            "no": 2,
            "former": sha256(jcs.canonical(self.facts)).hexdigest(),
            "objections": self.spoken,
        }

    def _speak(self) -> None:
        """One agrees, one objects to the record and once more in a session convened again."""
        first, second, *silent = self.facts["bids"]
        agreed = self._said(first, format=ANSWER, record=READ_OUT, answer="agreed", text="")
        more = {"text": "工期读错", "attachments": [PAPER]}
        objected = self._said(second, format=ANSWER, record=READ_OUT, answer="objected", **more)
        for row, said, answer in ((first, agreed, "agreed"), (second, objected, "objected")):
            signature = said["signature"]
            row |= {"statement": said["statement"], "statement_signature": signature}
            row["answer"] = answer
        for row in silent:
            row |= {"answer": "deemed", "statement": None, "statement_signature": None}
        once = {**more, **objected, "no": 1, "seat": second["seat"], "reply": "已核对"}
        self.facts["objections"] = [once]
        later = {"text": "答复没有附件", "attachments": []}
        again = self._said(first, format="SBE/1 objection", id="ab" * 16, **later)
        twice = {**later, **again, "no": 2, "seat": first["seat"], "reply": "已补充"}
        self.spoken = [twice]

    def _said(self, row: Json, **told: Any) -> Json:
        written = self.bids[bytes.fromhex(row["commitment"])].written
        own = {"lot": LOT, "pseudonym": written.header.context.pseudonym, "seat": row["seat"]}
        statement = jcs.canonical({**own, **told})
        signature = sign_p256(written.signer, statement).hex()
        return {"statement": statement.decode(), "signature": signature}

    def _refusal(self, trustee: int) -> Json:
        told: Json = {
            "format": "SBE/1 release refusal",
            "lot": LOT,
            "manifest": self.manifest.digest().hex(),
            "reason": "先核对封标时刻。",
            "stage": "list",
            "trustee": trustee,
        }
        message = b"SBE/1 release refusal" + jcs.canonical(told)
        return {**told, "signature": sign_p256(self.committee.keys[trustee - 1], message).hex()}

    def _draw(self) -> None:
        parts = {
            sealed.commitment: envelope.draw_part(self.bids[sealed.commitment].written.s_open)
            for sealed in live(tuple(self.entries))
        }
        root = checkpoints.parse_body(checkpoints.parse_note(self.close[1]).text).root
        listed = {bytes.fromhex(row["commitment"]) for row in self.facts["bids"]}
        over = {named: parts[named] for named in listed}
        name = "ranking from 1"
        seed = lot_seed(lot=LOT, name=name, close_root=root, draw_parts=over)
        options = sorted(self.opened)
        drawn = {
            "name": name,
            "seed": seed.hex(),
            "options": [named.hex() for named in options],
            "order": [named.hex() for named in Draw(seed).shuffle(options)],
        }
        told = [{"commitment": n.hex(), "part": parts[n].hex()} for n in sorted(parts)]
        values = self._parameters(root, over)
        self.facts["draws"] = {
            "published": self.notice["evaluation_plan"]["draws"],
            "parts": [row for row in told if bytes.fromhex(row["commitment"]) in listed],
            "drawn": [{**each, "at": "then", "log_leaf": "there"} for each in values],
        }
        proof = self.log.proof(self.published, self.early)
        notice = {"body": self.notice, "proof": proof}
        extra = {"parameters": values, "notice": notice}
        self.told["draws.json"] = {"parts": told, "draws": [drawn], **extra}

    def _parameters(self, root: bytes, parts: dict[bytes, bytes]) -> list[Json]:
        """K, Δ and one bid between C and 0.95 A, of whose set two of the three opened ones are."""
        prices = {named: bid.opening["price_fen"] for named, bid in self.opened.items()}
        inputs = Inputs(LOT, root, parts, prices, CEILING)
        values: dict[str, str | None] = {}
        told = []
        for each in PARAMETERS:
            found = parameters.draw(each, inputs, values)
            values[each.name] = found.value
            told.append(
                {
                    "parameter": each.to_json(),
                    "options": list(found.options),
                    "index": found.index,
                    "value": found.value,
                    "seed": found.seed.hex(),
                }
            )
        return told

"""Single faults of a bundle by name: "step/what was done", each a tiny change of its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto.signatures import sign_p256
from kernel.pure import jcs
from kernel.pure.messages import read_release

Files = dict[str, bytes]
TrusteeKey = Callable[[int], ec.EllipticCurvePrivateKey]
Change = Callable[[Files, TrusteeKey], None]


def first(files: Files, folder: str, end: str = ".json") -> str:
    """The first file of a folder."""
    return min(name for name in files if name.startswith(f"{folder}/") and name.endswith(end))


def edit(name: str, change: Callable[[Any], None]) -> Change:
    """Change one JSON file; `name` ending in a slash means the first of that folder."""

    def apply(files: Files, _key: TrusteeKey) -> None:
        target = first(files, name.removesuffix("/")) if name.endswith("/") else name
        value = json.loads(files[target])
        change(value)
        files[target] = jcs.canonical(value)
        if target == "facts.json":
            _rebind(files, sha256(files[target]).hexdigest())

    return apply


def _rebind(files: Files, record: str) -> None:
    """Bundle and supplement name the changed record."""
    files["bundle.json"] = jcs.canonical({**json.loads(files["bundle.json"]), "record": record})
    if raw := files.get("supplements/2.json"):
        files["supplements/2.json"] = jcs.canonical({**json.loads(raw), "former": record})


def applied(table: dict[str, Change], files: Files, key: TrusteeKey) -> list[tuple[str, Files]]:
    """The name of every change with a copy of the files that has it."""
    found = []
    for name, change in table.items():
        changed = dict(files)
        change(changed, key)
        found.append((name, changed))
    return found


def flip(text: str) -> str:
    """Another hexadecimal text of the same length."""
    return ("0" if text[0] != "0" else "1") + text[1:]


def flipped(*path: str | int) -> Callable[[Any], None]:
    """Change one hexadecimal text."""
    return put(*path, by=flip)


def put(*path: str | int, by: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Replace what stands at a path."""

    def change(value: Any) -> None:
        place = value
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = by(place[path[-1]])

    return change


def _middle(text: str) -> str:
    """One hexadecimal digit changed in the last quarter: in a stamp, its signature."""
    at = len(text) - 8
    return text[:at] + flip(text[at:])


def _line(lines: list[str]) -> list[str]:
    """A cosignature whose time says otherwise."""
    head, _, tail = lines[0].rpartition(" ")
    return [f"{head} {tail[:8]}{'A' if tail[8] != 'A' else 'B'}{tail[9:]}"]


def _wrong_share(files: Files, key: TrusteeKey) -> None:
    """A share that a trustee signed but that is not the header's."""
    value = json.loads(files["releases.json"])
    value[0]["shares"][0]["share"] = flip(value[0]["shares"][0]["share"])
    signature = sign_p256(key(value[0]["trustee"]), read_release(value[0]).message())
    value[0]["signature"] = signature.hex()
    files["releases.json"] = jcs.canonical(value)


def _swap_receipts(files: Files, _key: TrusteeKey) -> None:
    one, other = sorted(name for name in files if name.startswith("envelopes/"))[:2]
    left, right = json.loads(files[one]), json.loads(files[other])
    left["receipt"], right["receipt"] = right["receipt"], left["receipt"]
    files[one], files[other] = jcs.canonical(left), jcs.canonical(right)


def _swap_ciphertexts(files: Files, _key: TrusteeKey) -> None:
    """The sealed openings of two bids change places."""
    one, other = sorted(name for name in files if name.endswith(".sealed"))[:2]
    files[one], files[other] = files[other], files[one]


def _flip_sealed(files: Files, _key: TrusteeKey) -> None:
    name = first(files, "openings", ".sealed")
    files[name] = bytes([files[name][0] ^ 1]) + files[name][1:]


def _another_stamp(files: Files, _key: TrusteeKey) -> None:
    """The close gets the stamp of an earlier checkpoint."""
    receipt = json.loads(files[first(files, "envelopes")])["receipt"]
    edit("close.json", lambda value: value.update(stamp=receipt["stamp"]))(files, _key)


def _strange_policy(value: Any) -> None:
    """A policy with a later deadline, under which nothing was sealed."""
    value.append({**value[0], "deadline": "2099-01-01T00:00:00Z", "version": 99})


def _another_price(value: Any) -> None:
    row = next(row for row in value["bids"] if row["offer"])
    row["offer"]["price_fen"] += 1


def _hidden_bid(files: Files, _key: TrusteeKey) -> None:
    live = json.loads(files["manifest.json"])["manifest"]["live"]
    del files[f"envelopes/{live[0]}.json"]


def _hidden_offer(value: Any) -> None:
    row = next(row for row in value["bids"] if row["offer"])
    row.update(offer=None, opening=None)


def _bare_opening(files: Files, _key: TrusteeKey) -> None:
    del files[first(files, "openings")]


def _renamed(files: Files, _key: TrusteeKey) -> None:
    name = first(files, "envelopes")
    files[f"envelopes/{'00' * 32}.json"] = files.pop(name)


def _drop(name: str) -> Change:
    def apply(files: Files, _key: TrusteeKey) -> None:
        del files[name]

    return apply


def _header(change: Callable[[Any], None]) -> Change:
    """Change the first envelope's header, and nothing that rests on it."""

    def apply(value: Any) -> None:
        header = json.loads(value["header"])
        change(header)
        value["header"] = jcs.canonical(header).decode()

    return edit("envelopes/", apply)


def _leaf(value: Any) -> None:
    value["receipt"]["leaf"] = value["receipt"]["leaf"].replace("bid.", "b.")


def _unsigned_close(value: Any) -> None:
    """The log's line under the close is another key's."""
    note: str = value["checkpoint"]
    body, _, line = note.rpartition("\n\n")
    head, _, tail = line.rpartition(" ")
    value["checkpoint"] = (
        f"{body}\n\n{head} {tail[:20]}{'A' if tail[20] != 'A' else 'B'}{tail[21:]}"
    )


def _null_part(value: Any) -> None:
    value["parts"][0]["part"] = None


def _another_value(value: Any) -> None:
    """The next of the published options, consistently told."""
    drawn = value["parameters"][0]
    drawn["index"] = (drawn["index"] + 1) % len(drawn["options"])
    drawn["value"] = drawn["options"][drawn["index"]]


def _all_bids(value: Any) -> None:
    """One bid drawn among every listed one."""
    value["parameters"][2]["options"] = [part["commitment"] for part in value["parts"]]


def _grown(value: Any) -> None:
    for options in (
        value["parameters"][0]["parameter"]["options"],
        value["parameters"][0]["options"],
    ):
        options.append("1.2")


def _gap(files: Files, _key: TrusteeKey) -> None:
    files["supplements/3.json"] = files.pop("supplements/2.json")


OPENING: dict[str, Change] = {
    "contents/facts changed": lambda files, _key: files.update({"facts.json": b"{}"}),
    "contents/strange file": lambda files, _key: files.update({"../evil": b""}),
    "contents/close missing": _drop("close.json"),
    "contents/not canonical": lambda files, _key: files.update({"policies.json": b"[ ]"}),
    "contents/ciphertext without its opening": _bare_opening,
    "contents/a field too many": edit("draws.json", lambda value: value.update(more=1)),
    "contents/a point off the curve": _header(flipped("locks", "holder", "bid_key", "enc")),
    "contents/pseudonym of another key": _header(flipped("context", "pseudonym")),
    "signatures/of a header": edit("envelopes/", flipped("signature")),
    "signatures/one word of a header": _header(flipped("commitment_salt")),
    "signatures/under another name": _renamed,
    "signatures/of a withdrawal": edit("withdrawals/", flipped("signature")),
    "signatures/of a release": edit("releases.json", flipped(0, "signature")),
    "signatures/of the agency": edit("facts.json", flipped("openings_signature", "signature")),
    "signatures/of no known policy": edit("policies.json", lambda value: value.clear()),
    "signatures/of the close": edit("close.json", _unsigned_close),
    "inclusion/a path": edit("envelopes/", flipped("receipt", "path", 0)),
    "inclusion/a leaf": edit("envelopes/", _leaf),
    "inclusion/an index": edit("envelopes/", put("receipt", "index", by=lambda n: n + 1)),
    "inclusion/receipts swapped": _swap_receipts,
    "cosignatures/another time": edit("close.json", put("cosignatures", by=_line)),
    "cosignatures/none": edit("close.json", lambda value: value["cosignatures"].clear()),
    "cosignatures/twice": edit("close.json", put("cosignatures", by=lambda lines: lines * 2)),
    "cosignatures/of a receipt": edit("envelopes/", put("receipt", "cosignatures", by=_line)),
    "cosignatures/by a stranger": edit("bundle.json", flipped("log", "cosigners", 0, "key")),
    "times/signature of the stamp": edit("close.json", put("stamp", by=_middle)),
    "times/no stamp, no decision": edit("close.json", lambda value: value.update(stamp=None)),
    "times/stamp of a receipt": edit("envelopes/", put("receipt", "stamp", by=_middle)),
    "times/authority not trusted": edit("bundle.json", lambda v: v["log"]["stamping"].clear()),
    "signatures/a policy nobody sealed under": edit("policies.json", _strange_policy),
    "receipts/the platform's signature": edit(
        "envelopes/", flipped("receipt", "platform_signature")
    ),
    "receipts/another platform": edit("bundle.json", flipped("platform")),
    "manifest/a bid left out": _hidden_bid,
    "manifest/another digest": edit("facts.json", flipped("manifest")),
    "shares/not the header's": _wrong_share,
    "shares/too few": edit("releases.json", lambda value: value.pop() and None),
    "shares/one trustee twice": edit("releases.json", lambda value: value.append(value[0])),
    "keys/content key": edit("openings/", flipped("cek")),
    "tags/one bit": _flip_sealed,
    "tags/ciphertexts swapped": _swap_ciphertexts,
    "tags/another opening": edit("openings/", lambda value: value["opening"].update(price_fen=1)),
    "bindings/signature": edit("bindings.json", flipped(0, "signature")),
    "bindings/missing": edit("bindings.json", lambda value: value.pop() and None),
    "bindings/chain": edit(
        "bindings.json", put(0, "certificate_chain", by=lambda chain: [chain[0], chain[0]])
    ),
    "bindings/another bidder": edit(
        "facts.json", put("bids", 0, "organisation", by=lambda name: f"{name}分公司")
    ),
    "bindings/another credit code": edit(
        "facts.json", put("bids", 0, "credit_code", by=lambda code: code[::-1])
    ),
    "read-out/another price": edit("facts.json", _another_price),
    "read-out/a bid forgotten": edit("facts.json", lambda value: value["bids"].pop() and None),
    "read-out/an offer left out": edit("facts.json", _hidden_offer),
    "refusals/last checkpoint": edit(
        "refusals.json", lambda value: value.update(checkpoint="log\n0\n\n\n")
    ),
    "refusals/a refused release made up": edit(
        "facts.json",
        lambda value: value["refused_releases"].append(
            {"trustee": 1, "release": 1, "code": "OPN-1203", "at": "2026-12-01T01:40:00+00:00"}
        ),
    ),
    "draws/a part": edit("draws.json", flipped("parts", 0, "part")),
    "draws/a part kept back": edit("draws.json", _null_part),
    "draws/a bid left out": edit("draws.json", lambda value: value["parts"].pop() and None),
    "draws/another value": edit("draws.json", _another_value),
    "draws/a parameter's seed": edit("draws.json", flipped("parameters", 1, "seed")),
    "draws/an option less": edit(
        "draws.json", lambda value: value["parameters"][0]["options"].pop() and None
    ),
    "draws/another set of one bid": edit("draws.json", _all_bids),
    "draws/a published set grown": edit("draws.json", _grown),
    "draws/a parameter not drawn": edit(
        "draws.json", lambda value: value["parameters"].pop() and None
    ),
    "draws/another notice": edit(
        "draws.json",
        lambda value: value["notice"]["body"]["evaluation_plan"]["draws"].pop() and None,
    ),
    "draws/no notice": edit("draws.json", lambda value: value.update(notice=None)),
    "draws/the record tells another value": edit(
        "facts.json", lambda value: value["draws"]["drawn"][0].update(value="1.5")
    ),
    "draws/the record tells another part": edit("facts.json", flipped("draws", "parts", 0, "part")),
    "contents/a value that is no text": edit(
        "draws.json", lambda value: value["parameters"][0].update(value=1)
    ),
}

WRITTEN: dict[str, Change] = {
    "times/stamp of another checkpoint": _another_stamp,
    "inclusion/no consistency": edit("close.json", lambda value: value["consistency"].clear()),
    "inclusion/scripts": edit("scripts.json", flipped(0, "path", 0)),
    "draws/seed": edit("draws.json", flipped("draws", 0, "seed")),
    "draws/order": edit("draws.json", lambda value: value["draws"][0]["order"].reverse()),
    "record/an answer turned": edit(
        "facts.json", lambda value: value["bids"][0].update(answer="objected")
    ),
    "record/a silent bidder made to agree": edit(
        "facts.json", lambda value: value["bids"][2].update(answer="agreed")
    ),
    "record/an answer's signature": edit("facts.json", flipped("bids", 0, "statement_signature")),
    "record/an objection's text": edit(
        "facts.json", lambda value: value["objections"][0].update(text="无异议")
    ),
    "record/an objection's file": edit(
        "facts.json", flipped("objections", 0, "attachments", 0, "sha256")
    ),
    "record/an objection left out": edit("facts.json", lambda value: value["objections"].clear()),
    "record/an objection of another seat": edit(
        "facts.json", lambda value: value["objections"][0].update(seat=1)
    ),
    "record/an objection without an answer": edit(
        "facts.json", lambda value: value["objections"][0].update(reply=None)
    ),
    "record/another read-out": edit("facts.json", flipped("read_out")),
    "record/a supplement of another record": edit("supplements/2.json", flipped("former")),
    "record/a supplement's objection": edit(
        "supplements/2.json", lambda value: value["objections"][0].update(text="无")
    ),
    "contents/a supplement left out": _gap,
    "refusals/another code": edit(
        "refusals.json", lambda value: value["submissions"][0].update(code="BID-1409")
    ),
    "refusals/signature": edit("refusals.json", flipped("submissions", 0, "platform_signature")),
    "refusals/a trustee's reason": edit(
        "refusals.json", lambda value: value["declined"][0]["refusal"].update(reason="无")
    ),
    "refusals/a wrong share untold": edit("refusals.json", lambda value: value["releases"].clear()),
    "refusals/another trustee": edit(
        "refusals.json", lambda value: value["releases"][0].update(trustee=2)
    ),
    "refusals/no consistency": edit("refusals.json", lambda value: value["consistency"].clear()),
}

LATE: dict[str, Change] = {
    "times/no decision": edit("close.json", lambda value: value.update(decision=None)),
    "times/decided against": edit(
        "close.json", lambda value: value["decision"].update(verdict="return")
    ),
    "times/another reason": edit(
        "close.json", lambda value: value["decision"].update(reason="另有原因")
    ),
    "times/about another manifest": edit("close.json", flipped("decision", "manifest")),
    "times/signed by nobody": edit("close.json", flipped("decision", "signature")),
    "times/chain of the decision": edit(
        "close.json", put("decision", "certificate_chain", by=lambda chain: chain * 2)
    ),
}

"""The public log by HTTP: notes, proofs and hash tiles; never a leaf's text (decision 0009).

docs/sealed-bid-envelope.md, 9.1. Nobody is asked who he is; the answer is the same for everyone.
"""

from base64 import b64encode
from typing import Any

from flask import Response, request

from kernel import log, log_tree, pages, scripts, testimony
from kernel.clock import installation
from kernel.house import Call
from kernel.i18n import say
from kernel.pure import checkpoints
from kernel.pure.errors import Refused
from kernel.pure.tiles import parse_tile
from kernel.web import Feature
from trading.portal.access import PortalRight
from trading.portal.checks import parse_digest
from trading.portal.watchers import watching, with_lines

feature = Feature("log", __name__)
FOR_EVER = "public, max-age=31536000, immutable"
MAX_DIGITS = 15
SHOWN = 10


@feature.get("/log", permission=PortalRight.READ)
def public_log(call: Call) -> str:
    """公开日志: what it is, its newest checkpoint, who watches it, and how to check it oneself."""
    newest = log.latest(call.session)
    name, key = installation(call.session).log_origin, call.house.keys.log_public_key
    note = _witnessed(call, newest) if newest else ""
    return pages.render(
        "portal/log.html",
        checkpoint=newest,
        note=note,
        watchers=watching(call.session, call.house.witnesses),
        endpoints=_endpoints(),
        releases=scripts.releases(call.session)[:SHOWN],
        log_key=key.hex(),
        verifier_key=_verifier_key(name, key),
        page={"logKey": key.hex(), "logName": name, "note": note},
    )


def _verifier_key(name: str, key: bytes) -> str:
    """The log's key as C2SP signed-note clients take it: name+id+base64(type ‖ key)."""
    key_id = checkpoints.ed25519_key_id(name, key).hex()
    return f"{name}+{key_id}+{b64encode(bytes([checkpoints.ED25519]) + key).decode()}"


def _endpoints() -> tuple[tuple[str, str], ...]:
    return (
        ("/log/checkpoint", say("最新检查点，带见证人的签名")),
        ("/log/checkpoint/<size>", say("签发过的某个检查点")),
        ("/log/inclusion?hash=…  /log/inclusion?index=…", say("一条在日志中的位置证明")),
        ("/log/consistency?old=…&new=…", say("两个检查点之间只增未改的证明")),
        ("/log/tile/<L>/<N>[.p/<W>]", say("指纹块，签发后不再变化")),
    )


@feature.get("/log/checkpoint", permission=PortalRight.READ)
def checkpoint(call: Call) -> Response:
    """The newest checkpoint as a C2SP signed note."""
    newest = log.latest(call.session)
    if newest is None:
        raise Refused("POR-1003")
    return _note(call, newest)


@feature.get("/log/checkpoint/<int:size>", permission=PortalRight.READ)
def checkpoint_of(call: Call, size: int) -> Response:
    """The note once published at a size."""
    return _note(call, _published(call, size))


@feature.get("/log/inclusion", permission=PortalRight.READ)
def inclusion(call: Call) -> dict[str, Any]:
    """A leaf's place and audit path, by its hash or its index."""
    index, leaf = _leaf(call)
    size = _number("size")
    over = _published(call, size) if size is not None else log.first_over(call.session, index)
    if over is None or over.size <= index:
        raise Refused("LOG-3002")
    path = log_tree.ask(call.session, over.size, lambda tree: tree.inclusion(index))
    return {
        "hash": leaf.hex(),
        "index": index,
        "tree_size": over.size,
        "path": [step.hex() for step in path],
        "checkpoint": over.note,
    }


@feature.get("/log/consistency", permission=PortalRight.READ)
def consistency(call: Call) -> dict[str, Any]:
    """That a later checkpoint's tree extends an earlier one."""
    old, new = _number("old"), _number("new")
    later = log.latest(call.session) if new is None else _published(call, new)
    if later is None:
        raise Refused("POR-1003")
    if old is None or not 0 < old <= later.size:
        raise Refused("LOG-3003", new=later.size)
    path = log_tree.ask(call.session, later.size, lambda tree: tree.consistency(old))
    return {
        "old_size": old,
        "new_size": later.size,
        "path": [step.hex() for step in path],
        "checkpoint": later.note,
    }


@feature.get("/log/tile/<path:tile>", permission=PortalRight.READ)
def tile(call: Call, tile: str) -> Response:
    """One C2SP hash tile; it never changes once it can be had."""
    asked = parse_tile(tile)
    found = log_tree.tile(call.session, asked.level, asked.index, asked.width)
    if found is None:
        raise Refused("LOG-3004")
    answer = Response(found, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


def _note(call: Call, found: log.Checkpoint) -> Response:
    return Response(_witnessed(call, found), mimetype="text/plain")


def _witnessed(call: Call, found: log.Checkpoint) -> str:
    return with_lines(found.note, testimony.of(call.session, found.size).cosignatures)


def _published(call: Call, size: int) -> log.Checkpoint:
    found = log.published(call.session, size)
    if found is None:
        raise Refused("LOG-3001")
    return found


def _leaf(call: Call) -> tuple[int, bytes]:
    """Index and hash of the leaf that is asked for. Raises Refused LOG-3002, POR-1002."""
    shown = request.args.get("hash")
    if shown is not None:
        leaf = parse_digest(shown)
        found = log_tree.index_of(call.session, leaf)
        if found is None:
            raise Refused("LOG-3002")
        return found, leaf
    index = _number("index")
    held = log_tree.nodes(call.session, [(0, index)]) if index is not None else {}
    if index is None or not held:
        raise Refused("LOG-3002")
    return index, held[0, index]


def _number(name: str) -> int | None:
    """A number of the query, None when it was left out. Raises Refused WEB-1004."""
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > MAX_DIGITS:
        raise Refused("WEB-1004", detail=name)
    return int(text)

"""HTTP of the picture: the host shows and uploads parts, viewers join or watch the parts, replay.

Nothing here exists before every list of the sitting is out.
"""

from typing import Any
from uuid import UUID

from flask import Response, make_response, request

from kernel import live
from kernel.clock import clock_timestamp
from kernel.house import Call
from kernel.hub import off_hub
from kernel.media import actions, peers
from kernel.media import queries as media
from kernel.media.models import RecordingRow
from kernel.media.rules import Kind, State, check_size
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.media import queries, rules
from trading.media.access import Right
from trading.media.rules import Standing
from trading.sittings import actions as sittings
from trading.sittings.queries import SittingView

feature = Feature("media", __name__)
SITTING = "/sittings/<uuid:sitting_id>"
PICTURE = "/pictures/<uuid:recording_id>"
PEER = f"{PICTURE}/peers/<uuid:peer_id>"


@feature.get(f"{SITTING}/picture", permission=Right.WATCH, quiet=True)
def picture(call: Call, sitting_id: UUID) -> dict[str, Any]:
    """Whether a picture is shown, and how this visitor may watch it."""
    sitting = queries.sitting_of(call.session, sitting_id)
    wall = clock_timestamp(call.session)
    return queries.state_json(call.session, call.house, sitting, call.actor, wall=wall)


@feature.post(f"{SITTING}/picture", permission=Right.SHOW)
def show(call: Call, sitting_id: UUID) -> dict[str, Any]:
    """The acting host begins to show camera or screen; the recording begins with it."""
    sitting = queries.sitting_of(call.session, sitting_id)
    actor = _host(call, sitting)
    rules.check_open(queries.stages_of(call.session, sitting))
    shown = body()
    if shown.get("kind") not in set(Kind):
        raise Refused("WEB-1004", detail="kind")
    sittings.preside(call.session, sitting.lots[0].id, actor=actor)
    before = media.running(call.session, sitting_id)
    row = actions.start(
        call.session,
        sitting_id,
        kind=Kind(shown["kind"]),
        mime=str(shown.get("mime")),
        actor=actor,
        now=call.now,
        wall=clock_timestamp(call.session),
    )
    if before is not None:
        tell_stopped(call, sitting, before)
    told = {"recording": str(row.id), "kind": row.kind.value, "by": _by(row)}
    live.append(call.session, sitting.live_id, "media_started", told)
    live.tell(call.session, sitting.live_id, "picture", {"running": True})
    return {"recording": str(row.id), "root": bytes(row.tip).hex()}


@feature.post(f"{PICTURE}/parts/<int:no>", permission=Right.SHOW, quiet=True)
def take(call: Call, recording_id: UUID, no: int) -> dict[str, Any]:
    """One part of the recording; the answer brings what viewers ask of the mesh meanwhile."""
    actor = _maker(call, recording_id)
    content = request.get_data(cache=False)
    check_size(len(content))
    row = actions.take(
        call.session,
        call.house.blobs,
        recording_id,
        actions.Offered(
            no=no,
            from_ms=_number("X-Part-From"),
            until_ms=_number("X-Part-Until"),
            link=_link(),
            content=content,
        ),
        most=call.house.settings.picture_mib << 20,
        actor=actor,
        now=call.now,
        wall=clock_timestamp(call.session),
    )
    return {"next": row.parts, "offers": peers.waiting(call.session, recording_id)}


@feature.post(f"{PICTURE}/end", permission=Right.SHOW)
def end(call: Call, recording_id: UUID) -> dict[str, Any]:
    """The host stops; the chain's root goes into the log."""
    was = media.recording_row(call.session, recording_id).state
    row = actions.end(call.session, recording_id, actor=_account(call), now=call.now)
    if was is State.RUNNING:
        tell_stopped(call, queries.of_recording(call.session, row), row)
    return {"parts": row.parts, "root": bytes(row.tip).hex()}


@feature.get(f"{PICTURE}/beginning", permission=Right.WATCH, quiet=True)
def beginning(call: Call, recording_id: UUID) -> Response:
    """The stream's head, which every viewer needs before any cluster; no picture is in it."""
    row = media.recording_row(call.session, recording_id)
    part = media.part_row(call.session, recording_id, 0)
    if part is None:
        raise Refused("MED-1003")
    return _bytes(_blob(call, bytes(part.sha256).hex())[: row.beginning], row.mime)


@feature.get(f"{PICTURE}/parts/<int:no>", permission=Right.WATCH, quiet=True)
def part(call: Call, recording_id: UUID, no: int) -> Response:
    """One part's bytes; MED-1003 when it has not come yet."""
    row = media.recording_row(call.session, recording_id)
    found = media.part_row(call.session, recording_id, no)
    if found is None:
        raise Refused("MED-1003")
    sitting = queries.of_recording(call.session, row)
    age = (call.now - found.at).total_seconds()
    rules.check_live(
        queries.standing(call.session, sitting, call.actor),
        running=row.state is State.RUNNING,
        over=rules.is_over(queries.stages_of(call.session, sitting)),
        age=age,
    )
    return _bytes(_blob(call, bytes(found.sha256).hex()), row.mime)


@feature.post(f"{PICTURE}/peers", permission=Right.JOIN)
def ask(call: Call, recording_id: UUID) -> dict[str, Any]:
    """A participant asks for a direct line; MED-1402 says: watch the parts."""
    _joining(call, recording_id)
    wall = clock_timestamp(call.session)
    most = call.house.settings.picture_peers
    sdp = str(body().get("sdp"))
    return {"peer": str(peers.ask(call.session, recording_id, sdp, most=most, wall=wall))}


@feature.get(PEER, permission=Right.JOIN, quiet=True)
def answer_to(call: Call, recording_id: UUID, peer_id: UUID) -> dict[str, Any]:
    """The answer to one's own offer, null while it is awaited."""
    _joining(call, recording_id)
    return {"sdp": peers.answer_to(call.session, recording_id, peer_id)}


@feature.post(f"{PEER}/answer", permission=Right.SHOW)
def answer(call: Call, recording_id: UUID, peer_id: UUID) -> dict[str, Any]:
    """The showing host's answer to one viewer."""
    _maker(call, recording_id)
    peers.answer(call.session, recording_id, peer_id, str(body().get("sdp")))
    return {}


@feature.post(f"{PEER}/leave", permission=Right.JOIN)
def leave(call: Call, recording_id: UUID, peer_id: UUID) -> dict[str, Any]:
    """Either end gives the place back."""
    _joining(call, recording_id)
    peers.leave(call.session, recording_id, peer_id)
    return {}


def tell_stopped(call: Call, sitting: SittingView, row: RecordingRow) -> None:
    """Say on the sitting's stream that a picture ended, and how."""
    told = {"recording": str(row.id), "kind": row.kind.value, "how": row.state.value}
    live.append(call.session, sitting.live_id, "media_stopped", told)
    live.tell(call.session, sitting.live_id, "picture", {"running": False})


def _by(row: RecordingRow) -> dict[str, str]:
    return {"role": row.role, "name": row.name, "organisation": row.organisation}


def _host(call: Call, sitting: SittingView) -> Account:
    if queries.standing(call.session, sitting, call.actor) is not Standing.HOST:
        raise Refused("OPN-1001", act="")
    return _account(call)


def _maker(call: Call, recording_id: UUID) -> Account:
    """Whoever's picture it is. Raises Refused MED-1001, MED-1101."""
    actor = _account(call)
    if media.recording_row(call.session, recording_id).person_id != actor.person_id:
        raise Refused("MED-1101")
    return actor


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor


def _joining(call: Call, recording_id: UUID) -> None:
    """Only participants have direct lines. Raises Refused MED-1001, MED-1104."""
    row = media.recording_row(call.session, recording_id)
    sitting = queries.of_recording(call.session, row)
    if queries.standing(call.session, sitting, call.actor) is Standing.PUBLIC:
        raise Refused("MED-1104")


def _number(name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isdigit() or len(value) > 12:
        raise Refused("WEB-1004", detail=name)
    return int(value)


def _link() -> bytes:
    try:
        found = bytes.fromhex(request.headers.get("X-Part-Link", ""))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise Refused("WEB-1004", detail="X-Part-Link")
    return found


def _blob(call: Call, key: str) -> bytes:
    def read() -> bytes:
        with call.house.blobs.open(key) as file:
            return file.read()

    return off_hub(read)


def _bytes(content: bytes, mime: str) -> Response:
    answer = make_response(content)
    answer.headers["Content-Type"] = mime
    return answer

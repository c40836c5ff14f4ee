"""HTTP of the recording: manifest with the log's proof, the whole file, the page to watch it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response

from kernel.house import Call
from kernel.media import queries as media
from kernel.pages import render
from kernel.web import Feature
from trading.media import queries, rules
from trading.media.access import Right
from trading.media.views import PICTURE, SITTING
from trading.openings import queries as openings
from trading.sittings.queries import SittingView

feature = Feature("media_replay", __name__)


@feature.get(f"{PICTURE}/manifest", permission=Right.WATCH)
def manifest(call: Call, recording_id: UUID) -> dict[str, Any]:
    """Head, parts with their hashes, root, and the log's proof of it."""
    row = media.recording_row(call.session, recording_id)
    _check_replay(call, queries.of_recording(call.session, row))
    return media.manifest(call.session, row)


@feature.get(f"{PICTURE}/file", permission=Right.WATCH)
def file(call: Call, recording_id: UUID) -> Response:
    """The whole recording as one WebM file: its parts, one after the other."""
    row = media.recording_row(call.session, recording_id)
    _check_replay(call, queries.of_recording(call.session, row))
    keys = [bytes(p.sha256).hex() for p in media.part_rows(call.session, recording_id)]
    blobs = call.house.blobs

    def content() -> Iterator[bytes]:
        for key in keys:
            with blobs.open(key) as found:
                yield found.read()

    answer = Response(content(), content_type=row.mime)
    answer.headers["Content-Length"] = str(row.held)
    answer.headers["Content-Disposition"] = f'attachment; filename="opening-{recording_id}.webm"'
    return answer


@feature.get(f"{SITTING}/replay", permission=Right.WATCH)
def replay(call: Call, sitting_id: UUID) -> str:
    """录像回看: every recording with the ledger's events as chapters; gaps are named."""
    sitting = queries.sitting_of(call.session, sitting_id)
    _check_replay(call, sitting)
    page = queries.replay_json(call.session, sitting)
    page["events"] = {
        str(lot.id): openings.frames(call.session, lot.live_id) for lot in sitting.lots
    }
    return render("media/replay.html", sitting=sitting, page=page)


def _check_replay(call: Call, sitting: SittingView) -> None:
    who = queries.standing(call.session, sitting, call.actor)
    over = rules.is_over(queries.stages_of(call.session, sitting))
    rules.check_replay(who, over=over)

"""HTTP of the bundle: everything needed to check a lot offline, for anyone."""

from uuid import UUID

from flask import Response, make_response

from kernel.house import Call
from kernel.web import Feature
from trading.openings.access import Right as OpeningRight
from trading.results import bundle

feature = Feature("bundles", __name__)


@feature.get("/lots/<uuid:lot_id>/bundle.zip", permission=OpeningRight.DOWNLOAD_RECORD)
def bundle_zip(call: Call, lot_id: UUID) -> Response:
    """The lot's bundle as far as its facts are public."""
    answer = make_response(bundle.build(call, lot_id))
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="lot-{lot_id}.zip"'
    return answer

"""The keys by which anybody checks a receipt: the log's own, its cosigners', the stamps' roots."""

from typing import Any

from kernel.clock import installation
from kernel.house import Call
from kernel.web import Feature
from trading.portal.access import PortalRight

feature = Feature("log-keys", __name__)


@feature.get("/log/keys", permission=PortalRight.READ)
def keys(call: Call) -> dict[str, Any]:
    """Whoever distrusts this answer has them from elsewhere: keys do not change."""
    return {
        "name": installation(call.session).log_origin,
        "key": call.house.keys.log_public_key.hex(),
        **call.house.witnesses.as_json(),
    }

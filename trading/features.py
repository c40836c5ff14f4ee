"""What the business packages bring to the application: routes, rights, jobs, streams, reactions."""

from kernel.jobs import Jobs
from kernel.outbox import Subscription
from kernel.permissions import Grants, Right
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = ()
DEMO_FEATURES: tuple[Feature, ...] = ()
GRANTS: tuple[Grants, ...] = ()
JOBS: tuple[Jobs, ...] = ()
STREAMS: dict[str, Right] = {}
SUBSCRIPTIONS: tuple[Subscription, ...] = ()

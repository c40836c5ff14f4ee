"""What evaluation brings to the application: routes, rights, jobs, streams."""

from kernel.jobs import Jobs
from kernel.permissions import Grants
from kernel.sockets import Stream
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = ()
GRANTS: tuple[Grants, ...] = ()
JOBS: tuple[Jobs, ...] = ()
STREAMS: dict[str, Stream] = {}

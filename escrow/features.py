"""What escrow brings to the application: routes, rights, jobs. Imported by the composition root."""

from kernel.jobs import Jobs
from kernel.permissions import Grants
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = ()
GRANTS: tuple[Grants, ...] = ()
JOBS: tuple[Jobs, ...] = ()

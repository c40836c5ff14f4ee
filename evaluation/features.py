"""What evaluation brings to the application: routes, rights, jobs, streams."""

from evaluation.reports.access import GRANTS as REPORTS_GRANTS
from evaluation.reports.jobs import jobs as reports_jobs
from evaluation.reports.views import feature as reports
from evaluation.rooms.access import GRANTS as ROOMS_GRANTS
from evaluation.rooms.access import Right as RoomsRight
from evaluation.rooms.access import admits
from evaluation.rooms.views import feature as rooms
from evaluation.scoring.access import GRANTS as SCORING_GRANTS
from evaluation.scoring.jobs import jobs as scoring_jobs
from evaluation.scoring.views import feature as scoring
from kernel.jobs import Jobs
from kernel.permissions import Grants
from kernel.sockets import Stream
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = (reports, rooms, scoring)
GRANTS: tuple[Grants, ...] = (REPORTS_GRANTS, ROOMS_GRANTS, SCORING_GRANTS)
JOBS: tuple[Jobs, ...] = (reports_jobs, scoring_jobs)
STREAMS: dict[str, Stream] = {"evaluation": Stream(RoomsRight.WATCH, admits)}

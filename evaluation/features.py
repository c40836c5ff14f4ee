"""What evaluation brings to the application: routes, rights, jobs, streams."""

from evaluation.scoring.access import GRANTS as SCORING_GRANTS
from evaluation.scoring.jobs import jobs as scoring_jobs
from evaluation.scoring.views import feature as scoring
from kernel.jobs import Jobs
from kernel.permissions import Grants
from kernel.sockets import Stream
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = (scoring,)
GRANTS: tuple[Grants, ...] = (SCORING_GRANTS,)
JOBS: tuple[Jobs, ...] = (scoring_jobs,)
STREAMS: dict[str, Stream] = {}

"""What escrow brings to the application: routes, rights, jobs. Imported by the composition root."""

from escrow.banks import access as bank_access
from escrow.banks import jobs as bank_jobs
from escrow.banks import views as bank_views
from escrow.deposits import access, jobs, views
from kernel.jobs import Jobs
from kernel.permissions import Grants
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = (bank_views.feature, views.feature)
GRANTS: tuple[Grants, ...] = (bank_access.GRANTS, access.GRANTS)
JOBS: tuple[Jobs, ...] = (bank_jobs.jobs, jobs.jobs)

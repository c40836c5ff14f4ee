"""What escrow brings to the application: routes, rights, jobs. Imported by the composition root."""

from escrow.banks import access as bank_access
from escrow.banks import jobs as bank_jobs
from escrow.banks import views as bank_views
from escrow.deposits import access, jobs, views
from escrow.listener import access as listener_access
from escrow.reconciliation import access as reconciliation_access
from escrow.reconciliation import jobs as reconciliation_jobs
from escrow.reconciliation import views as reconciliation_views
from escrow.settlements import access as settlement_access
from escrow.settlements import views as settlement_views
from kernel.jobs import Jobs
from kernel.permissions import Grants, Guarded
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = (
    bank_views.feature,
    views.feature,
    settlement_views.feature,
    reconciliation_views.feature,
)
GRANTS: tuple[Grants, ...] = (
    bank_access.GRANTS,
    access.GRANTS,
    reconciliation_access.GRANTS,
    settlement_access.GRANTS,
)
JOBS: tuple[Jobs, ...] = (bank_jobs.jobs, jobs.jobs, reconciliation_jobs.jobs)
DOORS: tuple[Guarded, ...] = listener_access.DOORS
"""What is asked of a process of its own; the routes of the others stand in FEATURES."""

"""What escrow brings to the application: routes, rights, jobs, streams, subscriptions.

Imported by the composition root.
"""

from escrow.accounts import access as account_access
from escrow.accounts import views as account_views
from escrow.banks import access as bank_access
from escrow.banks import jobs as bank_jobs
from escrow.board import access as board_access
from escrow.board import live as board_live
from escrow.board import seen as board
from escrow.board import views as board_views
from escrow.deposits import access, jobs, views
from escrow.explorer import access as explorer_access
from escrow.explorer import jobs as explorer_jobs
from escrow.explorer import views as explorer_views
from escrow.forfeits import access as forfeit_access
from escrow.forfeits import views as forfeit_views
from escrow.guarantees import access as guarantee_access
from escrow.guarantees import jobs as guarantee_jobs
from escrow.guarantees import views as guarantee_views
from escrow.listener import access as listener_access
from escrow.reconciliation import access as reconciliation_access
from escrow.reconciliation import jobs as reconciliation_jobs
from escrow.reconciliation import views as reconciliation_views
from escrow.settlements import access as settlement_access
from escrow.settlements import views as settlement_views
from kernel.jobs import Jobs
from kernel.outbox import Subscription
from kernel.permissions import Grants, Guarded
from kernel.sockets import Stream
from kernel.web import Feature

FEATURES: tuple[Feature, ...] = (
    board_views.feature,
    account_views.feature,
    views.feature,
    settlement_views.feature,
    guarantee_views.feature,
    forfeit_views.feature,
    reconciliation_views.feature,
    explorer_views.feature,
)
GRANTS: tuple[Grants, ...] = (
    bank_access.GRANTS,
    board_access.GRANTS,
    account_access.GRANTS,
    access.GRANTS,
    guarantee_access.GRANTS,
    forfeit_access.GRANTS,
    explorer_access.GRANTS,
    reconciliation_access.GRANTS,
    settlement_access.GRANTS,
)
JOBS: tuple[Jobs, ...] = (
    bank_jobs.jobs,
    jobs.jobs,
    reconciliation_jobs.jobs,
    guarantee_jobs.jobs,
    explorer_jobs.jobs,
)
STREAMS: dict[str, Stream] = {board.STREAM: Stream(board_access.BoardRight.BANK_BOARD_READ)}
SUBSCRIPTIONS: tuple[Subscription, ...] = board_live.SUBSCRIPTIONS
ROOMS: tuple[str, ...] = ("/refunds", "/reconciliation", "/sub-accounts", "/ledger", "/escrow")
"""Where the pages about money stand, for the one entry of the navigation that leads to them."""
DOORS: tuple[Guarded, ...] = listener_access.DOORS
"""What is asked of a process of its own; the routes of the others stand in FEATURES."""

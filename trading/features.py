"""What the business packages bring to the application: routes, rights, jobs, streams, reactions."""

from escrow.features import ROOMS as MONEY_ROOMS
from escrow.features import SUBSCRIPTIONS as ESCROW_REACTIONS
from kernel import components
from kernel.jobs import Jobs
from kernel.outbox import Subscription
from kernel.pages import Place
from kernel.permissions import Grants, Role
from kernel.sockets import Event, Stream
from kernel.web import Feature
from kernel.witnessing import Witnessed
from trading.bids import access as bids_access
from trading.bids import jobs as bids_jobs
from trading.bids import refusal_views as bids_refusal_views
from trading.bids import rehearsal_views as bids_rehearsal_views
from trading.bids import vault_views as bids_vault_views
from trading.bids import views as bids_views
from trading.demo import access as demo_access
from trading.demo import views as demo_views
from trading.media import access as media_access
from trading.media import jobs as media_jobs
from trading.media import replay_views as media_replay_views
from trading.media import views as media_views
from trading.openings import access as openings_access
from trading.openings import closing_views as openings_closing_views
from trading.openings import jobs as openings_jobs
from trading.openings import objection_views as openings_objection_views
from trading.openings import presence as openings_presence
from trading.openings import record_views as openings_record_views
from trading.openings import rescue_views as openings_rescue_views
from trading.openings import sitting_views as openings_sitting_views
from trading.openings import trustee_views as openings_trustee_views
from trading.openings import views as openings_views
from trading.portal import access as portal_access
from trading.portal import check_views as portal_check_views
from trading.portal import key_views as portal_key_views
from trading.portal import log_views as portal_log_views
from trading.portal import script_views as portal_script_views
from trading.portal import views as portal_views
from trading.reactions import SUBSCRIPTIONS as REACTIONS
from trading.reminders import access as reminder_access
from trading.reminders import jobs as reminder_jobs
from trading.reminders import views as reminder_views
from trading.results import access as results_access
from trading.results import bundle_views as results_bundle_views
from trading.results import jobs as results_jobs
from trading.results import public_views as results_public_views
from trading.results import views as results_views
from trading.supervision import access as supervision_access
from trading.supervision import views as supervision_views
from trading.tenders import access as tenders_access
from trading.tenders import jobs as tenders_jobs
from trading.tenders import publish_views as tenders_publish_views
from trading.tenders import views as tenders_views
from trading.tenders.events import LotMoved, NoticePublished
from trading.venues import access as venues_access
from trading.venues import jobs as venues_jobs
from trading.venues import views as venues_views
from trading.venues.events import RoomStep

FEATURES: tuple[Feature, ...] = (
    bids_views.feature,
    bids_refusal_views.feature,
    bids_rehearsal_views.feature,
    bids_vault_views.feature,
    media_views.feature,
    media_replay_views.feature,
    openings_views.feature,
    openings_closing_views.feature,
    openings_objection_views.feature,
    openings_record_views.feature,
    openings_rescue_views.feature,
    openings_sitting_views.feature,
    openings_trustee_views.feature,
    portal_views.feature,
    portal_check_views.feature,
    portal_log_views.feature,
    portal_key_views.feature,
    portal_script_views.feature,
    results_views.feature,
    results_public_views.feature,
    results_bundle_views.feature,
    reminder_views.feature,
    supervision_views.feature,
    tenders_views.feature,
    tenders_publish_views.feature,
    venues_views.feature,
)
DEMO_FEATURES: tuple[Feature, ...] = (components.feature, demo_views.feature)
GRANTS: tuple[Grants, ...] = (
    bids_access.GRANTS,
    media_access.GRANTS,
    openings_access.GRANTS,
    portal_access.GRANTS,
    reminder_access.GRANTS,
    results_access.GRANTS,
    supervision_access.GRANTS,
    tenders_access.GRANTS,
    venues_access.GRANTS,
    demo_access.GRANTS,
)
JOBS: tuple[Jobs, ...] = (
    bids_jobs.jobs,
    media_jobs.jobs,
    openings_jobs.jobs,
    reminder_jobs.jobs,
    results_jobs.jobs,
    tenders_jobs.jobs,
)
EVENTS: tuple[Event, ...] = ()
STREAMS: dict[str, Stream] = {
    "opening": Stream(openings_access.Right.WATCH),
    "sitting": Stream(openings_access.Right.WATCH, seats=openings_presence.has_seat),
}
SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(LotMoved, "openings.lot_moved", openings_jobs.lot_moved),
    Subscription(Witnessed, "openings.witnessed", openings_jobs.witnessed),
    Subscription(NoticePublished, "venues.notice", venues_jobs.notice_published),
    Subscription(LotMoved, "venues.lot_moved", venues_jobs.lot_moved),
    Subscription(NoticePublished, "reminders.notice", reminder_jobs.notice_published),
    Subscription(RoomStep, "reminders.room_step", reminder_jobs.room_step),
    *REACTIONS,
    *ESCROW_REACTIONS,
)

MONEY = Place("资金", "/bank-board", MONEY_ROOMS)
NAV: dict[str, tuple[Place, ...]] = {
    "public": (
        Place("首页", "/"),
        Place("开标日历", "/calendar"),
        Place("在线验证", "/check"),
        Place("公开日志", "/log"),
        Place("帮助", "/help"),
    ),
    Role.BIDDER: (
        Place("我的标段", "/my/lots"),
        Place("保险柜", "/my/vault"),
        Place("交易信息", "/"),
        Place("在线验证", "/check"),
    ),
    Role.TENDEREE: (
        Place("项目", "/tenders"),
        Place("开标场地", "/venues"),
        Place("受托", "/trustee"),
        Place("交易信息", "/"),
    ),
    Role.AGENCY: (
        Place("项目", "/tenders"),
        Place("开标场地", "/venues"),
        Place("受托", "/trustee"),
        Place("交易信息", "/"),
    ),
    Role.CENTRE: (
        Place("现场", "/supervision"),
        Place("开标场地", "/venues"),
        Place("评标室", "/evaluations"),
        MONEY,
        Place("交易信息", "/"),
        Place("受托", "/trustee"),
        Place("救援小组", "/rescue"),
        Place("公开日志", "/log"),
    ),
    Role.SUPERVISOR: (
        Place("现场", "/supervision"),
        Place("开标场地", "/venues"),
        Place("评标室", "/evaluations"),
        MONEY,
        Place("受托", "/trustee"),
        Place("交易信息", "/"),
    ),
    Role.BANK: (MONEY,),
    Role.TRUSTEE: (
        Place("我的受托", "/trustee"),
        Place("救援小组", "/rescue"),
        Place("交易信息", "/"),
    ),
    Role.EXPERT: (Place("我的评标", "/evaluations"), Place("交易信息", "/")),
}

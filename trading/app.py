"""The composition root: every feature, grant and catalogue of the application, in one place."""

from datetime import datetime
from pathlib import Path

from flask import Flask, request
from sqlalchemy.orm import Session

import escrow
import evaluation
import kernel
import trading
from escrow import features as escrow_features
from escrow.public import DEPOSIT_MOVED, LOTS_PORT
from evaluation import features as evaluation_features
from kernel import access as kernel_access
from kernel import pages, web
from kernel import views as kernel_views
from kernel.clock import clock_timestamp, installation
from kernel.house import House
from kernel.identity import access as identity_access
from kernel.identity import passkey_views
from kernel.identity import queries as identity_queries
from kernel.identity import rules as identity_rules
from kernel.identity import views as identity_views
from kernel.permissions import Account, Actor, PermissionTable, Pseudonym, Visitor
from kernel.refusals import Catalogue
from kernel.settings import Settings
from kernel.sockets import LiveDoors, Sockets
from kernel.waits import Waits
from trading import features
from trading.bids import tickets, upload
from trading.demo import views as demo_views
from trading.openings.presence import Presence
from trading.reminders import views as reminder_views
from trading.results.lots_shown import LotsShown


def create_house_table() -> PermissionTable:
    """The grants of every package."""
    return PermissionTable(
        [
            kernel_access.GRANTS,
            identity_access.GRANTS,
            *escrow_features.GRANTS,
            *evaluation_features.GRANTS,
            *features.GRANTS,
        ]
    )


def catalogue() -> Catalogue:
    """The words for every refusal of the application."""
    packages = (kernel, escrow, evaluation, trading)
    folders = [Path(str(package.__file__)).parent for package in packages]
    return Catalogue(folder / "refusals.toml" for folder in folders)


def web_features(*, demo: bool) -> list[web.Feature]:
    """Every blueprint; a demonstration has a few more."""
    return [
        kernel_views.feature,
        identity_views.feature,
        passkey_views.feature,
        *escrow_features.FEATURES,
        *evaluation_features.FEATURES,
        *features.FEATURES,
        *(features.DEMO_FEATURES if demo else ()),
    ]


def guard_rest(table: PermissionTable) -> LiveDoors:
    """Register jobs and live streams; raises UnguardedError when one names no granted right."""
    for jobs in (*escrow_features.JOBS, *evaluation_features.JOBS, *features.JOBS):
        for door in jobs.doors:
            table.guard(door)
    for door in (*upload.DOORS, *escrow_features.DOORS):
        table.guard(door)
    streams = {
        **escrow_features.STREAMS,
        **evaluation_features.STREAMS,
        **features.STREAMS,
    }
    return LiveDoors(streams, table, features.EVENTS)


def create_app(settings: Settings) -> Flask:
    """The web application; raises UnguardedError when any door names no granted right."""
    house = House.open(settings)
    with house.database.reading() as session:
        here = installation(session)
        cookie_name = identity_rules.cookie_name(here.id)
        demo = here.demo
    app = Flask(
        "sunbid",
        static_folder=str(settings.static_dir),
        static_url_path="/static",
        template_folder=str(Path(str(kernel.__file__)).parent / "templates"),
    )
    table = create_house_table()
    edge = web.Edge(
        house=house,
        table=table,
        catalogue=catalogue(),
        read_account=identity_queries.actor_for,
        read_ticket=_ticket_reader(house),
        cookie_name=cookie_name,
    )
    pages.install(app, settings)
    app.extensions["sunbid.nav"] = features.NAV
    app.extensions["sunbid.inbox"] = reminder_views.bell
    app.extensions[LOTS_PORT] = LotsShown()
    app.extensions["sunbid.deposits"] = Waits(settings.database_url, DEPOSIT_MOVED)
    if demo:
        app.extensions["sunbid.demo"] = demo_views.bar
    web.mount(
        app,
        edge,
        web_features(demo=demo),
    )
    doors = guard_rest(table)
    sockets = Sockets(app, house, table, doors, SocketActor(cookie_name))
    app.extensions["sunbid.sockets"] = sockets
    app.extensions["sunbid.presence"] = Presence(sockets, house.database)
    app.extensions["sunbid.streams"] = doors
    return app


def _ticket_reader(house: House) -> web.TicketReader:
    def read(
        *,
        authorization: str,
        signature: str,
        method: str,
        path: str,
        body_digest: bytes,
        at: datetime,
    ) -> Pseudonym:
        shown = tickets.TicketRequest(
            authorization=authorization,
            signature=signature,
            method=method,
            path=path,
            body_digest=body_digest,
        )
        return tickets.authenticate(house.keys, shown, at)

    return read


class SocketActor:
    """The account behind a socket's cookie, asked anew at each event."""

    def __init__(self, cookie_name: str) -> None:
        self._cookie_name = cookie_name

    def __call__(self, session: Session) -> Actor:
        cookie = request.cookies.get(self._cookie_name)
        if not cookie:
            return Visitor()
        found: Account | None = identity_queries.actor_for(
            session, cookie, clock_timestamp(session)
        )
        return found or Visitor()

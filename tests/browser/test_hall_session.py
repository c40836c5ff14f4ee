"""One session of the hall: two lots, five bidders, host, supervisor, three trustees, the public.

An extension, a pause, a failed bidder, a draw, an objection with files and a session convened
again; then the record line by line. The second lot is presided over by keyboard alone.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from kernel.settings import Launch
from tests.browser import acts_session as acts
from tests.browser import session_record as record
from tests.browser.acts_session import BIDDERS, LOTS, Session
from tests.browser.looks import Album
from tests.browser.people import Guest, chapter
from tests.faults.fork import many_bidders
from tests.faults.world import world

DRAWS = (
    {"name": "k", "title": "下浮系数 K", "kind": "set", "options": ["0.95", "0.96", "0.97"]},
    {"name": "q1", "title": "权重 Q1", "kind": "set", "options": ["0.65", "0.7", "0.75", "0.8"]},
)


@pytest.fixture
def session(browser: Browser) -> Iterator[Session]:
    """Everybody at a browser of their own, both lots sealed, the deadline ahead."""
    with world(*LOTS, told=many_bidders(), draws=DRAWS, together=True) as here:
        acts.hand_in(here)
        here.advance(here.deadline(here.lots[LOTS[0]]) - timedelta(minutes=20))
        album = Album(Launch.from_env().state_root / "artefacts" / "session")
        roles = ("public", "agency", "supervisor", "trustee", *BIDDERS)
        guests = {role: Guest(browser, here.installation.url, role) for role in roles}
        yield Session(here, album, guests)
        for guest in guests.values():
            guest.context.close()


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_one_session_of_two_lots(session: Session) -> None:
    guests, folder = list(session.guests.values()), session.album.folder
    with chapter("before", guests, folder):
        acts.take_places(session)
    with chapter("list", guests, folder):
        acts.publish_lists(session)
    with chapter("decryption", guests, folder):
        acts.talk(session)
        acts.decrypt(session)
        acts.pause(session)
        acts.fail_one(session)
    with chapter("prices", guests, folder):
        acts.open_prices(session)
        acts.draw(session)
        acts.read_out(session)
    with chapter("answers", guests, folder):
        acts.object_and_answer(session)
        acts.close(session)
        acts.sign_record(session)
        acts.convene_again(session)
    with chapter("keyboard", guests, folder):
        acts.preside_by_keyboard(session)
    with chapter("record", guests, folder):
        record.check_record(session)
        record.check_signatures(session)
        record.check_bundle(session)
    session.album.sheet()
    assert {guest.role: guest.faults for guest in guests if guest.faults} == {}
    assert session.album.blemishes == []

"""What anybody can ask of an opening: frozen commands, each naming the party that gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.pure.closes import Verdict
from trading.openings.causes import Cause
from trading.openings.states import Answer, Bid, Party

Attachments = tuple[dict[str, str | int], ...]
"""Files kept with an objection or its answer: name, size, sha256, media_type, url."""


@dataclass(frozen=True, slots=True)
class Command:
    """A wish of one party; the table says whether it may be heard."""

    by: Party


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """The clock asks what is due."""


@dataclass(frozen=True, slots=True)
class SignIn(Command):
    """A pseudonym is here."""


@dataclass(frozen=True, slots=True)
class Lock(Command):
    """The close checkpoint stands; `live` envelopes are in the manifest."""

    live: int


@dataclass(frozen=True, slots=True)
class Vouch(Command):
    """The witnesses' word on the close checkpoint: both in time, or not."""

    in_time: bool


@dataclass(frozen=True, slots=True)
class DecideClose(Command):
    """A supervisor's signed decision on a late close was verified."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Release(Command):
    """A trustee's verified shares, `release` 1 (list) or 2 (open)."""

    trustee: int
    release: int


@dataclass(frozen=True, slots=True)
class PublishList(Command):
    """The identities are open: the seats in log order."""

    bids: tuple[Bid, ...]


@dataclass(frozen=True, slots=True)
class StartDecryption(Command):
    """Open the decryption window."""


@dataclass(frozen=True, slots=True)
class Unlock(Command):
    """A holder secret that matches its hash; `via` bid_key, recovery or committee."""

    seat: int
    via: str


@dataclass(frozen=True, slots=True)
class ReportFailure(Command):
    """An attempt failed, with its code: by key or code on the bidder's machine, or by the panel."""

    seat: int
    code: str
    via: str = "bid_key"


@dataclass(frozen=True, slots=True)
class AskRescue(Command):
    """A bidder's signed request to the rescue panel was verified; `code` is what failed before."""

    seat: int
    code: str


@dataclass(frozen=True, slots=True)
class RescueShare(Command):
    """A panel member's share of one bid's secret was verified."""

    seat: int
    member: int


@dataclass(frozen=True, slots=True)
class CloseWindow(Command):
    """Close the decryption window: all have decrypted, or time is up."""


@dataclass(frozen=True, slots=True)
class Excuse(Command):
    """The supervisor finds that the platform or a service kept a bidder from decrypting."""

    seat: int
    reason: str


@dataclass(frozen=True, slots=True)
class Extend(Command):
    """Move the running window's end for all, or reopen the decryption window."""

    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unseal(Command):
    """The opening parts were read: which seats could be, which not; digest of their manifest."""

    opened: tuple[int, ...]
    failed: tuple[tuple[int, Cause], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class SignManifest(Command):
    """The agency's certificate signature over the manifest of openings was verified."""


@dataclass(frozen=True, slots=True)
class Verify(Command):
    """Hash against receipt, bid by bid."""

    matched: tuple[int, ...]
    failed: tuple[tuple[int, Cause], ...]


@dataclass(frozen=True, slots=True)
class Draw(Command):
    """Draw this parameter, which must be the next; none named means all that are left."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOut(Command):
    """Read out these seats; none named means all that are left."""

    seats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered(Command):
    """A bidder agrees with the record or objects."""

    seat: int
    answer: Answer
    text: str = ""
    attachments: Attachments = ()


@dataclass(frozen=True, slots=True)
class CloseConfirmation(Command):
    """Close the confirmation window: all have answered, or time is up."""


@dataclass(frozen=True, slots=True)
class RaiseObjection(Command):
    """A bidder's signed objection was verified; `most` of one bidder are heard."""

    seat: int
    text: str
    attachments: Attachments = ()
    most: int = 20


@dataclass(frozen=True, slots=True)
class AnswerObjection(Command):
    """The host's reply to an objection."""

    no: int
    text: str
    attachments: Attachments = ()


@dataclass(frozen=True, slots=True)
class CloseOpening(Command):
    """Declare the opening closed."""


@dataclass(frozen=True, slots=True)
class Reconvene(Command):
    """复会: take a closed session up again, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pause(Command):
    """Stop the hall, for a reason; `resumes_at` is announced, `since` when it stood still before.

    Repeated while it stands, it tells another reason or time.
    """

    reason: str
    resumes_at: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Let the hall go on."""


@dataclass(frozen=True, slots=True)
class Announce(Command):
    """Say something to all; it stands in the record."""

    text: str


Wish = Callable[[Party], Command]
"""A command that still lacks its party: who asks is known at the door, not in the request."""


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """The lot has ended for another reason: `word` says how, `reason` why."""

    word: str
    reason: str

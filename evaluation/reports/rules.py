"""What a report is made of, what a member signs, and when it is complete. Pure.

条例 53: all members sign; who disagrees states opinion and reasons in writing; who refuses to sign
and states none is deemed to agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from kernel.pure import jcs
from kernel.pure.errors import Refused

FORMAT: Final = "sunbid report/1"
LABEL: Final = b"sunbid report/1\x00"
HIDDEN_LABEL: Final = b"sunbid hidden/1\x00"
MAX_OPINION: Final = 4000


class Answer(StrEnum):
    """What a member made of the report. DEEMED: refused to sign and stated no reason."""

    AGREE = "agree"
    DISSENT = "dissent"
    DEEMED = "deemed"


@dataclass(frozen=True, slots=True)
class Standing:
    """A report and who has answered it: seats that must, answers by seat, whether it is issued."""

    seats: tuple[int, ...]
    answers: Mapping[int, Answer]
    issued: bool

    @property
    def missing(self) -> tuple[int, ...]:
        """Seats without an answer: each of them blocks the closing."""
        return tuple(seat for seat in self.seats if seat not in self.answers)

    @property
    def complete(self) -> bool:
        """Whether every member has answered."""
        return not self.missing


def facts_digest(facts: bytes) -> bytes:
    """SHA-256 of the canonical facts: the one hash that every member signs."""
    return sha256(facts).digest()


def hidden_digest(entry: Mapping[str, Any]) -> bytes:
    """What stands in the facts for what only the whole report shows: SHA-256, salted, canonical.

    Of a member: {"employer", "employer_code", "name", "salt" 32 bytes hex, "seat"}; of why
    somebody left: {"reason", "salt", "seat"}.
    """
    return sha256(HIDDEN_LABEL + jcs.canonical(dict(entry))).digest()


def signing_message(
    *, room: str, digest: bytes, seat: int, answer: Answer, opinion: str | None
) -> bytes:
    """The bytes a member signs (ECDSA P-256, SHA-256): facts' hash, answer and opinion."""
    told = {
        "answer": answer.value,
        "digest": digest.hex(),
        "opinion": opinion,
        "room": room,
        "seat": seat,
    }
    return LABEL + jcs.canonical(told)


def read_opinion(answer: Answer, text: str | None) -> str | None:
    """The opinion as it is signed and printed.

    Raises:
        Refused: EVA-3003 a dissent without opinion; EVA-3004 an agreement with one, or too long.
    """
    if answer is Answer.DISSENT:
        if text is None or not text.strip():
            raise Refused("EVA-3003")
        if len(text) > MAX_OPINION or text != text.strip():
            raise Refused("EVA-3004", most=MAX_OPINION)
        return text
    if text is not None:
        raise Refused("EVA-3004", most=MAX_OPINION)
    return None


def admit(standing: Standing, seat: int, answer: Answer) -> bool:
    """Whether an answer is new; the same answer again changes nothing.

    Raises:
        Refused: EVA-3002 the seat has answered otherwise; EVA-3005 no such seat; EVA-3006 issued.
    """
    if seat not in standing.seats:
        raise Refused("EVA-3005", seat=seat)
    given = standing.answers.get(seat)
    if given is answer:
        return False
    if given is not None:
        raise Refused("EVA-3002", seat=seat)
    if standing.issued:
        raise Refused("EVA-3006")
    return True

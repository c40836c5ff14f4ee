"""The legal time limits after a report, each with its clause, its end, and whether it was kept.

A limit that was missed is told as a breach with its clause; it never blocks the next step.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.pure.legal_days import SHANGHAI, Holidays
from kernel.pure.rule_sets import RuleSet
from trading.tenders.legal_calendar import ends


class Limit(StrEnum):
    """What has to happen in time, by the number of the rule set that says in how much."""

    CANDIDATES = "candidate_start_days"
    ANSWER = "objection_answer_days"
    CONTRACT = "contract_days"
    REFUND = "refund_days"


class Kept(StrEnum):
    """Waiting and in time, kept, waiting too long, or done too late."""

    RUNNING = "running"
    KEPT = "kept"
    OVERDUE = "overdue"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Timed:
    """One limit of one lot. `unpublished` names a year whose holidays are not known yet."""

    limit: Limit
    clause: str
    days: int
    began: datetime
    due: datetime
    done: datetime | None
    unpublished: int | None = None

    def kept(self, now: datetime) -> Kept:
        """Whether it was kept, by the row and the clock."""
        if self.done is not None:
            return Kept.KEPT if self.done < self.due else Kept.LATE
        return Kept.RUNNING if now < self.due else Kept.OVERDUE

    @property
    def clause_short(self) -> str:
        """The statute and article without what they say."""
        return self.clause.partition("：")[0]


def timed(
    limit: Limit,
    began: datetime,
    done: datetime | None,
    *,
    rules: RuleSet,
    holidays: Holidays,
) -> Timed:
    """A limit that began at `began` and was met at `done`."""
    rule = rules.rule(limit.value)
    due = ends(began, rule.value, holidays)
    return Timed(limit, rule.source, rule.value, began, due, done, _unknown(due, holidays))


def _unknown(due: datetime, holidays: Holidays) -> int | None:
    """The year the end falls in, when the State Council has not published it."""
    year = due.astimezone(SHANGHAI).year
    return None if year in holidays.years else year

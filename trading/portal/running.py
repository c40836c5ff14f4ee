"""Openings under way, as the public sees them: the stage, and until when."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.i18n import say
from trading.openings import queries as openings
from trading.portal import queries
from trading.tenders import life
from trading.tenders.rules import LotStage


def running_openings(session: Session, *, most: int) -> list[dict[str, Any]]:
    """The openings that run now, by deadline: lot, stage in a word, end of its window."""
    lots = queries.lots_in(session, LotStage.SUBMISSION_CLOSED, LotStage.OPENING)
    found = []
    for lot in lots[:most]:
        opening = openings.opening_of(session, lot.id)
        word = opening_word(opening.stage.value) if opening else life.stage_word(lot.stage)
        until: datetime | None = opening.until if opening else None
        paused = opening is not None and opening.paused_at is not None
        found.append({"lot": lot, "word": word, "until": until, "paused": paused})
    return found


def opening_word(stage: str) -> str:
    """A stage of the opening in one word."""
    return {
        "waiting": say("等待"),
        "sign_in": say("签到"),
        "deadline_lock": say("截止锁定"),
        "list_published": say("名单公布"),
        "bidder_decryption": say("投标人解密"),
        "opening": say("受托人放行"),
        "verification": say("核验"),
        "parameter_draw": say("抽取参数"),
        "read_out": say("唱标"),
        "record_confirmation": say("记录确认"),
        "questions": say("答复异议"),
        "closed": say("开标结束"),
        "reconvened": say("复会"),
        "failed_too_few": say("不足三家，未开标"),
        "cancelled": say("不再开标"),
    }.get(stage, stage)

"""Who watches the log from outside and how each stands: what it signed last, or since when not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import testimony
from kernel.format import stamp
from kernel.i18n import say
from kernel.testimony import CosignatureRow, Failing, StampRow, WitnessRefusalRow
from kernel.witnesses import STAMPING, Witnesses


@dataclass(frozen=True, slots=True)
class Watching:
    """One row for people; `state` and `word` are a chip's."""

    name: str
    work: str
    size: int | None
    at: datetime | None
    state: str
    word: str


def watching(session: Session, witnesses: Witnesses) -> tuple[Watching, ...]:
    """Every cosigner and the time-stamp authority of this installation."""
    owing = {each.witness: each for each in testimony.failing(session)}
    rows = []
    for cosigner in witnesses.cosigners:
        last = session.execute(
            select(CosignatureRow.size, CosignatureRow.at)
            .where(CosignatureRow.cosigner == cosigner.name)
            .order_by(CosignatureRow.size.desc())
            .limit(1)
        ).first()
        size, at = (last[0], last[1]) if last else (None, None)
        state, word = _standing(session, cosigner.name, owing.get(cosigner.name), at)
        rows.append(Watching(cosigner.name, say("见证：只增未改"), size, at, state, word))
    if witnesses.authority is not None:
        newest = session.execute(
            select(StampRow.size, StampRow.at).order_by(StampRow.size.desc()).limit(1)
        ).first()
        size, at = (newest[0], newest[1]) if newest else (None, None)
        state, word = _standing(session, STAMPING, owing.get(STAMPING), at)
        name = say("时间戳机构（RFC 3161）")
        rows.append(Watching(name, say("时间：最晚何时已存在"), size, at, state, word))
    return tuple(rows)


def _standing(
    session: Session, witness: str, owing: Failing | None, at: datetime | None
) -> tuple[str, str]:
    refused = session.scalar(
        select(WitnessRefusalRow.code)
        .where(WitnessRefusalRow.witness == witness)
        .order_by(WitnessRefusalRow.number.desc())
        .limit(1)
    )
    if refused is not None:
        return "refused", say("拒绝过签名，代码 %(code)s", code=refused)
    if owing is not None:
        return "need", say("自 %(at)s 起没有答复", at=stamp(owing.since))
    return ("done", say("正常")) if at else ("neutral", say("尚未签名"))


def with_lines(note: str, lines: tuple[str, ...]) -> str:
    """A note with its cosignatures after the log's own line."""
    return note + "".join(f"{line.rstrip()}\n" for line in lines)
